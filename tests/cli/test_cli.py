import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from harness.cli.commands import main
from harness.plugins import registry
from harness.run import whole_run
from harness.run_folder.folder_lock import claimed

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", ["derainers", "rain-sets", "tasks"])
def test_lists_name_what_can_be_used(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", kind]) == 0
    printed = capsys.readouterr().out
    expected = {"derainers": "prenet", "rain-sets": "Rain100L", "tasks": "segmentation"}
    assert expected[kind] in printed
    assert "broken" not in printed


def test_weights_are_listed_with_what_they_learned_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    assert main(["list", "derainers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    sapnet = next(line for line in lines if line.startswith("weights of sapnet: "))
    assert "Rain100H" in sapnet and "MIT" in sapnet and sapnet.endswith("807bb1668528")
    assert "logs/SAPNet/Model11/net_latest.pth" in lines[lines.index(sapnet) + 1]
    listed = {line.split()[2].rstrip(":") for line in lines if line.startswith("weights of ")}
    assert listed == {
        *("rescan", "prn", "prn-r", "prenet", "prenet-r", "spanet", "umrl", "brn", "vrgnet"),
        *("sapnet", "dpenet", "maxim", "ddn", "rdmc-s", "spandrel"),
    }
    tabular = lines[: lines.index("")]
    assert tabular[0].split() == ["name", "method", "paper"]


def test_one_is_listed_with_its_options_their_types_and_defaults(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["list", "tasks", "Detection"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["max_detections", "int", "100"] in rows
    assert ["score_threshold", "float", "|", "None", "None"] in rows
    said = rows.index(["max_detections"])
    assert " ".join(rows[said + 1]) == "The best of an image that count."
    assert main(["list", "rain-sets", "pairs"]) == 0
    root = next(one for one in capsys.readouterr().out.splitlines() if one.startswith("root "))
    assert root.split(maxsplit=2)[1:] == ["Path", "(must be given)"] or "(must be given)" in root
    assert main(["list", "derainers", "prenett"]) == 2
    assert "did you mean 'prenet'" in capsys.readouterr().err


def test_lists_for_programs_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "derainers", "sapnet", "--json"]) == 0
    (sapnet,) = json.loads(capsys.readouterr().out)["derainers"]
    assert sapnet["method"] == "SAPNet" and len(sapnet["weights"][0]["sha256"]) == 64
    weights = next(one for one in sapnet["options"] if one["name"] == "weights")
    assert weights == {
        "name": "weights",
        "type": "Path | None",
        "required": False,
        "description": "A checkpoint; by default the one that this project ships, where there is "
        "one.",
        "default": None,
    }


def test_lists_for_programs_have_defaults_as_values(capsys: pytest.CaptureFixture[str]) -> None:
    known = {}
    for kind, name in (("derainers", "rdmc"), ("rain-sets", "pairs")):
        assert main(["list", kind, name, "--json"]) == 0
        (one,) = json.loads(capsys.readouterr().out)[kind]
        known |= {option["name"]: option for option in one["options"]}
    assert known["recruitment"]["default"] == "dynamic" and known["trust"]["default"] is False
    assert known["dilations"]["default"] == [1, 2, 3]
    assert known["root"]["required"] and "default" not in known["root"]


@pytest.mark.parametrize("kind", registry.BUILT_IN)
def test_no_list_is_wider_than_the_terminal(
    kind: registry.Kind, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name in [[], *([one] for one in registry.names(kind))]:
        assert main(["list", kind, *name]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line for line in lines if cell_len(line) > 80] == []
        assert len(lines) > 3


@pytest.mark.parametrize("kind", registry.BUILT_IN)
def test_lists_for_programs_know_no_width(
    kind: registry.Kind, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = []
    for columns in ("40", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        assert main(["list", kind, "--json"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] and json.loads(printed[0])[kind]


def test_what_only_the_weight_file_tells_is_no_fact_of_the_list(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def multiple(name: str) -> str:
        assert main(["list", "derainers", name]) == 0
        lines = capsys.readouterr().out.splitlines()
        (told,) = [line for line in lines if line.startswith("size multiple")]
        return told.removeprefix("size multiple").strip()

    assert multiple("spandrel") == "the file tells it" and int(multiple("umrl")) >= 1


def test_a_wrong_command_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["run", "--no-such-option", "x.yaml"])
    assert exit_.value.code == 2
    assert "no-such-option" in capsys.readouterr().err


def test_a_missing_configuration_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "none.yaml"]) == 2
    assert capsys.readouterr().err == "rdmc-bench: none.yaml: no such configuration file\n"


def test_a_report_of_no_run_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 1
    assert "holds no records" in capsys.readouterr().err


def test_training_something_unknown_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "train.yaml").write_text("train: parrot\n")
    assert main(["train", str(tmp_path / "train.yaml")]) == 2
    assert "must be derainer, detection or segmentation" in capsys.readouterr().err


def test_one_training_at_a_time_works_in_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, out = ROOT / "configs/train/detector.yaml", tmp_path / "out"
    with claimed(out, "train detector.yaml"):
        assert main(["train", str(config), "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert f"process {os.getpid()} on " in told
    assert "(train detector.yaml); wait for its end" in told


@pytest.mark.parametrize("is_before", [False, True])
@pytest.mark.parametrize("below", ["", "deeper/still"])
@pytest.mark.parametrize("command", ["run", "cost", "train", "ablate", "new-derainer"])
def test_an_out_that_is_a_file_ends_with_2_in_one_line(
    command: str, below: str, is_before: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("x")
    (tmp_path / "run.yaml").write_text(
        "name: x\nrain_sets: [streets-light]\nderainers: [rainy]\ntasks: [restoration]\n"
    )
    what = "my-derainer" if command == "new-derainer" else str(tmp_path / "run.yaml")
    out = ["--out", str(tmp_path / "taken" / below)]
    assert main([*out, command, what] if is_before else [command, what, *out]) == 2
    printed = capsys.readouterr()
    assert printed.err == (
        f"rdmc-bench: {tmp_path / 'taken'}: is no folder; results go into one, name another\n"
    )
    assert (tmp_path / "taken").read_text() == "x"


@pytest.mark.parametrize("command", ["run", "cost", "check", "train", "ablate", "report"])
def test_an_empty_out_is_no_name_for_the_folder_one_is_in(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main([command, "run.yaml", "--out", ""])
    assert end.value.code == 2
    assert "argument --out: is empty; name a folder" in capsys.readouterr().err.splitlines()[-1]


@pytest.fixture
def two_pairs(tmp_path: Path, make_pairs: Callable[..., Path]) -> Path:
    """The configuration of a run on two pictures."""
    make_pairs(tmp_path / "data", 2)
    config = tmp_path / "pairs.yaml"
    config.write_text(
        "name: pairs\nrain_sets: [{name: pairs, layout: Rain100L, root: data}]\n"
        "derainers: [rainy]\ntasks: [restoration]\n"
    )
    return config


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        (["--limit", "1"], [], 1),
        ([], ["--limit", "1"], 1),
        (["--limit", "2"], ["--limit", "1"], 1),  # the later counts
        (["--lim=1", "--device", "cpu"], [], 1),
        (["--device", "cpu"], ["--device", "auto"], 2),
    ],
)
def test_an_option_before_the_command_counts_as_one_after_it(
    before: list[str],
    after: list[str],
    rows: int,
    two_pairs: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*before, "run", str(two_pairs), "--dry-run", *after]) == 0
    assert f"pairs: {rows} row" in capsys.readouterr().out


def test_the_folder_and_a_new_start_may_stand_before_the_command(
    two_pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(whole_run, "write_report", lambda directory: directory / "report.html")
    command = ["--out", "elsewhere", "run", str(two_pairs), "--device", "cpu"]
    assert main(command) == 0 and main(["--fresh", *command]) == 0
    manifest = json.loads((tmp_path / "elsewhere" / "manifest.json").read_text())
    assert [one["images"] for one in manifest["invocations"]] == [2]
    assert not (tmp_path / "results").exists()


def test_an_option_that_must_be_given_may_stand_before_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--out", "net.zip", "export", "rdmc-s"]) == 2
    assert "net.zip" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("before", "command"),
    [
        (["--limit", "3"], ["list", "derainers"]),
        (["--fresh"], ["check", "run.yaml"]),
        (["--device", "cpu"], ["train", "run.yaml"]),
        (["--out", "there"], ["compare", "a", "b"]),
    ],
)
def test_an_option_that_the_command_does_not_take_is_refused_before_it_too(
    before: list[str], command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([*before, *command])
    assert end.value.code == 2
    said = f"error: {before[0]}: `{command[0]}` does not take it; leave it out\n"
    assert capsys.readouterr().err.endswith(said)


def test_tracebacks_may_be_asked_for_before_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--debug", "run", "nowhere.yaml"]) == 2
    assert "Traceback" in capsys.readouterr().err
