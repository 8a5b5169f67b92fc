"""`weights` lists the known files and fetches one, once its licence is agreed to."""

import sys
from pathlib import Path

import pytest

from baselines.prenet import PReNetDerainer
from harness.cli import weights_command
from harness.cli.commands import main
from harness.digests import digest_file
from harness.provenance import Provenance


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one known file, which a URL leads to."""
    served = tmp_path / "served.pth"
    served.write_bytes(b"numbers")
    known = Provenance(
        trained_on="Rain",
        source="somebody, github.com/x/y",
        licence="non-commercial use alone",
        file="logs/net.pth",
        tag="rain",
        name="prenet_rain.pth",
        url=served.as_uri(),
    )
    monkeypatch.setattr(PReNetDerainer, "known_weights", {digest_file(served): known})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("RDMC_BENCH_WEIGHTS", raising=False)
    return served


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "rdmc-bench" / "weights" / "prenet_rain.pth"


def test_it_is_fetched_once_with_the_licence_shown(
    served: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["weights", "prenet:rain", "--yes"]) == 0
    printed = capsys.readouterr().out
    assert "licence     non-commercial use alone" in printed
    assert printed.endswith(f"weights: {target}\n")
    assert target.read_bytes() == b"numbers"
    served.unlink()
    assert main(["weights", "prenet_rain.pth"]) == 0  # it is here: nothing to agree to
    assert capsys.readouterr().out == f"weights: {target}\n"


def test_nobody_agreed_nothing_is_fetched(
    served: Path,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["weights", "prenet:rain"]) == 2
    assert "nobody can be asked here; give --yes" in capsys.readouterr().err
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "")
    assert main(["weights", "prenet:rain"]) == 1
    assert capsys.readouterr().out.endswith("not fetched\n")
    assert not target.exists()


def test_another_file_than_the_known_one_is_not_kept(
    served: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    served.write_bytes(b"something else")
    assert main(["weights", "prenet:rain", "--yes"]) == 1
    told = capsys.readouterr().err
    assert "cannot be fetched (invalid hash value" in told
    assert "fetch it elsewhere and put it as prenet_rain.pth into the folder that" in told
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("prenet:rian", "no weight file is known as 'prenet:rian'; did you mean 'prenet:rain'?"),
        ("detection:yolox-nano-coco", "no address of it is known"),
    ],
)
def test_what_cannot_be_fetched_is_told(
    served: Path, name: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["weights", name, "--yes"]) == 2
    assert told in capsys.readouterr().err


def test_the_list_says_where_each_lies(
    served: Path,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def line() -> str:
        assert main(["weights"]) == 0
        lines = capsys.readouterr().out.splitlines()
        return next(" ".join(one.split()) for one in lines if one.startswith("prenet:rain "))

    monkeypatch.setenv("COLUMNS", "240")
    assert line().endswith("not here")
    assert "non-commercial use alone somebody, github.com/x/y" in line()
    target.parent.mkdir(parents=True)
    target.write_bytes(b"numbers")
    assert line().endswith("cache")
    monkeypatch.setenv(weights_command.FOLDER, str(served.parent))
    (served.parent / "prenet_rain.pth").write_bytes(b"another")
    assert line().endswith("another file as prenet_rain.pth")


def test_the_list_fits_a_terminal(
    served: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["weights"]) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if len(line) > 80] == []
    place = lines.index("prenet:rain: not here")
    told = " ".join(lines[place + 1 : place + 3])
    assert "non-commercial use alone" in told and "somebody, github.com/x/y; SHA-256" in told
