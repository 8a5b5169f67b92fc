"""Tables of finished runs stand in the report of another, and are said to be of their own."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.config import RunConfig
from harness.device import Device
from harness.errors import BenchError, ConfigError
from harness.report import run_report
from harness.report.standing import report_stands
from harness.report.tables.table_index import INDEX
from harness.run.whole_run import run
from harness.run_folder.beside import FIGURES, FOLDER
from harness.run_folder.manifest import read_manifest
from harness.run_folder.overlaps import FILE_NAME as OVERLAPS
from harness.run_folder.ownership import clear

CHOICE = {"name": "psnr", "title": "Gains in dB", "columns": ["restoration/psnr_y"]}


@pytest.fixture
def carry_out(
    tmp_path: Path,
    cpu: Device,
    make_pairs: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Path]:
    """Runs a configuration over one set of pairs, without plots."""
    monkeypatch.setattr(run_report, "drawings", lambda run: iter(()))
    root = make_pairs(tmp_path / "data")

    def carry_out(name: str, **settings: object) -> Path:
        config = RunConfig.model_validate(
            {
                "name": name,
                "rain_sets": [{"name": "set", "layout": "Rain100L", "root": str(root)}],
                "derainers": ["rainy", "guided-filter"],
                "tasks": ["restoration"],
                "examples": 0,
                "previews": 0,
                **settings,
            }
        )
        run(config, tmp_path, tmp_path / name, cpu)
        return tmp_path / name

    return carry_out


def test_its_tables_of_choice_are_on_the_page_and_among_the_files(
    carry_out: Callable[..., Path],
) -> None:
    other = carry_out("adapt", description="Restore, or adapt.", report={"tables": [CHOICE]})
    folder = carry_out("main", beside=["adapt"])
    page = (folder / "report.html").read_text()
    assert '<a href="#beside-1">adapt</a>' in page and "<h3>Gains in dB</h3>" in page
    written = (folder / "tables" / "adapt-psnr.md").read_text()
    assert "Restore, or adapt. Figures of the run adapt (source" in written
    assert "not of this one" in written
    assert page.count("<h3>Gains in dB</h3>") == 1 and "The protocol of these figures" in page
    assert "Figures of the run adapt." in (folder / "tables" / "adapt-psnr.tex").read_text()
    assert (folder / "tables" / "adapt-psnr.csv").read_text() == (
        other / "tables" / "psnr.csv"
    ).read_text()
    for file in FIGURES:
        if (other / file).is_file():
            assert (folder / FOLDER / "adapt" / file).read_bytes() == (other / file).read_bytes()


def test_without_a_choice_its_joint_tables_stand_there(carry_out: Callable[..., Path]) -> None:
    other = carry_out("adapt")
    folder = carry_out("main", beside=["adapt"])
    joint = (folder / "tables" / "adapt-joint.csv").read_text()
    assert joint == (other / "tables" / "joint.csv").read_text()


def test_the_report_follows_from_the_folder_alone(carry_out: Callable[..., Path]) -> None:
    other = carry_out("adapt")
    folder = carry_out("main", beside=["adapt"])
    shutil.rmtree(other)
    before = (folder / "tables" / "adapt-joint.md").read_bytes()
    run_report.write_run_report(folder)
    assert (folder / "tables" / "adapt-joint.md").read_bytes() == before


def test_what_changed_there_is_reported_anew(carry_out: Callable[..., Path]) -> None:
    carry_out("adapt")
    folder = carry_out("main", beside=["adapt"])
    assert report_stands(folder, read_manifest(folder))
    carry_out("adapt", derainers=["rainy", "guided-filter", "ugsm"])
    carry_out("main", beside=["adapt"])
    assert "UGSM" in (folder / "tables" / "adapt-joint.md").read_text()


def test_a_run_that_is_named_no_more_goes(carry_out: Callable[..., Path]) -> None:
    carry_out("adapt")
    folder = carry_out("main", beside=["adapt"])
    note = folder / FOLDER / "adapt" / "note.txt"
    note.write_text("a person's")
    carry_out("main")
    assert "Beside it" not in (folder / "report.html").read_text()
    assert [path.name for path in (folder / FOLDER).glob("*/*")] == ["note.txt"]
    assert not list((folder / "tables").glob("adapt-*"))
    clear(folder)
    assert note.read_text() == "a person's"


def test_runs_of_one_name_go_by_their_folders(
    carry_out: Callable[..., Path], tmp_path: Path
) -> None:
    other = carry_out("adapt")
    shutil.copytree(other, tmp_path / "copy")
    folder = carry_out("main", beside=["adapt", "copy"])
    assert {path.name for path in (folder / FOLDER).iterdir()} == {"adapt", "copy"}
    itself = carry_out("adapt", beside=["copy"], derainers=["rainy", "ugsm"])
    assert "Beside it: copy" in (itself / "report.html").read_text()


def test_what_was_found_of_its_training_pictures_is_told(carry_out: Callable[..., Path]) -> None:
    other = carry_out("adapt", derainers=["rainy", "ddn"])
    (derainer,) = [
        one for one in read_manifest(other).derainers if one.name == "ddn" and one.trained_on
    ]
    found = {"rain_set": "set", "against": derainer.trained_on, "found": 2, "images": 4}
    (other / OVERLAPS).write_text(json.dumps({"overlaps": [found]}))
    run_report.write_run_report(other)
    own = (other / "tables" / "joint.md").read_text()
    folder = carry_out("main", beside=["adapt"])
    assert "‡" in own
    assert "‡" in (folder / "tables" / "adapt-joint.md").read_text()


def test_tables_of_choice_are_on_the_page_and_go_when_they_are_not_chosen(
    carry_out: Callable[..., Path],
) -> None:
    folder = carry_out("main", report={"tables": [CHOICE, {**CHOICE, "name": "mine"}]})
    assert '<section id="chosen">' in (folder / "report.html").read_text()
    (folder / "tables" / "mine.md").write_text("with a person's words")
    carry_out("main", report={"tables": [{**CHOICE, "name": "other"}]})
    left = {path.name for path in (folder / "tables").iterdir()}
    assert "other.md" in left and "mine.md" in left  # somebody changed it
    assert not left & {"psnr.md", "psnr.csv", "psnr.tex", "mine.csv", "mine.tex"}


def test_a_wrong_choice_costs_itself_alone(carry_out: Callable[..., Path]) -> None:
    wrong = {"name": "wrong", "columns": ["restoration/psnr_y"]}
    folder = carry_out("main", report={"tables": [wrong, CHOICE]})
    assert (folder / "tables" / "wrong.md").is_file()
    manifest = folder / "manifest.json"
    manifest.write_text(
        manifest.read_text().replace('"restoration/psnr_y"', '"restoration/psnry"', 1)
    )
    with pytest.raises(ConfigError, match="did you mean 'restoration/psnr_y'"):
        run_report.write_run_report(folder)
    assert "Gains in dB" in (folder / "report.html").read_text()
    assert (folder / "tables" / "psnr.md").is_file()
    assert (folder / "tables" / "wrong.md").is_file()  # the last one that could be made


def test_a_wrong_choice_of_a_run_beside_it_costs_itself_alone(
    carry_out: Callable[..., Path],
) -> None:
    carry_out("adapt", report={"tables": [CHOICE]})
    folder = carry_out("main", beside=["adapt"])
    manifest = folder / FOLDER / "adapt" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("restoration/psnr_y", "restoration/psnry", 1))
    with pytest.raises(BenchError, match=r"beside: adapt: report\.tables \(psnr\)"):
        run_report.write_run_report(folder)
    assert "Beside it: adapt" in (folder / "report.html").read_text()
    assert (folder / "tables" / "joint.md").is_file()


def test_of_a_report_without_an_index_its_own_tables_go(carry_out: Callable[..., Path]) -> None:
    folder = carry_out("main") / "tables"
    (folder / INDEX).unlink()
    for name in ("recovered.md", "tables.xlsx", "mine.md"):
        (folder / name).write_text("of an older report, or a person's")
    run_report.write_run_report(folder.parent)
    left = {path.name for path in folder.iterdir()}
    assert "mine.md" in left and not left & {"recovered.md", "tables.xlsx"}


def test_no_finished_run_is_refused_before_anything_runs(
    carry_out: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"beside: .*nowhere"):
        carry_out("main", beside=["nowhere"])
    other = carry_out("adapt")
    shutil.copytree(other, tmp_path / "elsewhere" / "adapt")
    with pytest.raises(ConfigError, match="two runs are named 'adapt', and so are their folders"):
        carry_out("main", beside=["adapt", "elsewhere/adapt"])
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps(manifest)[:-40])
    with pytest.raises(ConfigError, match=r"beside: .*adapt.*manifest\.json"):
        carry_out("main", beside=["adapt"])
