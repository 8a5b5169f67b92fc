"""`init`, `run --dry-run` and `schema`."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.cli.commands import main
from harness.cli.config_schema import config_schema
from harness.config import read_run_config
from harness.run import whole_run

ROOT = Path(__file__).parent.parent.parent
CONFIGS = [*ROOT.glob("configs/*.yaml"), ROOT / "harness" / "streets.yaml"]


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_first_configuration_runs_and_goes_on_as_the_dry_run_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(whole_run, "write_report", lambda directory: directory / "report.html")
    assert main(["init", "yes.yaml"]) == 0
    assert read_run_config(Path("yes.yaml")).name == "yes"  # and no boolean
    arguments = ["run", "yes.yaml", "--limit", "1", "--device", "cpu"]
    assert main([*arguments, "--dry-run"]) == 0
    assert files(tmp_path) == {"yes.yaml"}
    printed = capsys.readouterr().out
    assert "yes: 3 rows to compute, 0 rows there" in printed
    assert ["streets", "guided-filter", "1", "0", "1"] in map(str.split, printed.splitlines())
    assert main(arguments) == 0
    before = files(tmp_path)
    assert main([*arguments, "--dry-run"]) == 0
    assert "yes: 0 rows to compute, 3 rows there" in capsys.readouterr().out
    assert main([*arguments, "--dry-run", "--fresh"]) == 0
    assert "yes: 3 rows to compute, 0 rows there" in capsys.readouterr().out
    text = Path("yes.yaml").read_text().replace("  - guided-filter\n", "  - ugsm\n")
    Path("yes.yaml").write_text(text)
    assert main([*arguments, "--dry-run"]) == 0
    assert "yes: 1 row to compute, 2 rows there" in capsys.readouterr().out
    assert files(tmp_path) == before


def test_a_dry_run_tells_what_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes((ROOT / "docs" / "images" / "scenes.png").read_bytes())
    config = tmp_path / "run.yaml"
    config.write_text(
        "name: n\nrain_sets: [{name: a, layout: unpaired, root: a}]\n"
        "derainers: [rainy, clean]\ntasks: [restoration, niqe]\n"
    )
    assert main(["run", str(config), "--out", str(tmp_path / "out"), "--dry-run"]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "left out: restoration on a: a has no clean images" in printed
    assert "left out: a has no clean images" in printed  # the clean row
    assert "n: 1 row to compute" in printed and not (tmp_path / "out").exists()


def test_what_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine")
    assert main(["init", str(path)]) == 2
    assert "is there already" in capsys.readouterr().err and path.read_text() == "mine"
    assert main(["init", str(tmp_path / "none" / "mine.yaml")]) == 2
    assert "make it first" in capsys.readouterr().err


def properties_below(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every property with its place; those of a condition name no key of their own."""
    if isinstance(schema, list):
        for index, one in enumerate(schema):
            yield from properties_below(one, f"{place}/{index}")
    elif isinstance(schema, dict):
        for key, one in schema.items():
            if key == "properties":
                yield from ((f"{place}/properties/{name}", of) for name, of in one.items())
            if key not in ("if", "default", "enum"):
                yield from properties_below(one, f"{place}/{key}")


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema", reason="needs jsonschema")
    schema = config_schema(60)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(json.loads(json.dumps(schema)))


def test_every_key_of_the_schema_is_described(validator: Any) -> None:
    found = dict(properties_below(validator.schema, ""))
    assert [place for place, one in found.items() if not one.get("description", "").strip()] == []
    for place, said in {
        "/properties/tile_overlap": "Pixels that neighbouring tiles share.",
        "/$defs/TableChoice/properties/rows": "Derainers by name, likewise.",
        "/$defs/RainParameters/properties/greying": "Share of the colourfulness that is lost",
        "/$defs/derainers.onnx/properties/residual": "The output is what must be subtracted",
        "/$defs/rain-sets.streets/properties/level": "Of the rain, ``light`` or ``heavy``",
        "/$defs/rain-sets.DAWN/properties/isolate": "Build and call it in a process of its own",
        "/$defs/tasks.niqe/properties/quantiser": "How a restored image becomes 8 bits",
    }.items():
        assert found[place]["description"].startswith(said)


def test_no_option_of_ours_is_described_by_a_reference_alone(validator: Any) -> None:
    found = dict(properties_below(validator.schema, "")).items()
    begins = ("See ", "Likewise", "As for ")
    assert [place for place, one in found if one["description"].startswith(begins)] == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_configuration_here_fits_the_schema(path: Path, validator: Any) -> None:
    settings = yaml.safe_load(os.path.expandvars(path.read_text()))
    assert [error.message for error in validator.iter_errors(settings)] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"taskss": []},
        {"batch_size": "many"},
        {"derainers": [{"name": "P", "use": "prenet", "wieghts": "p.pth"}]},
        {"derainers": [{"use": "onnx"}]},
        {"derainers": [{"weights": "p.pth"}]},
        {"rain_sets": [{"name": "Rain100L"}]},
        {"rain_sets": []},
        {"tasks": [{"name": "detection", "max_detections": "few"}]},
        {"report": {"tables": [{"shows": "joint"}]}},
    ],
    ids=str,
)
def test_mistakes_do_not_fit_the_schema(changes: dict[str, Any], validator: Any) -> None:
    good = {"name": "n", "rain_sets": ["streets-light"], "derainers": ["rainy"], "tasks": []}
    assert validator.is_valid(good)
    assert validator.is_valid(
        good | {"derainers": [{"name": "P", "use": "prenet", "weights": "p"}]}
    )
    assert validator.is_valid(good | {"derainers": [{"name": "P", "use": "of a plugin", "x": 1}]})
    assert not validator.is_valid(good | changes)
