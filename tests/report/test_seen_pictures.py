"""Who has learned from pictures that it is tested on is marked in every table of that set."""

import os
from pathlib import Path

import pytest

from harness.errors import BenchError
from harness.metric import Metric
from harness.report.tables.formats import to_csv, to_markdown
from harness.report.tables.latex import to_latex
from harness.report.tables.measured import joint_table
from harness.report.tables.model import Table
from harness.run_folder.manifest import DerainerEntry, Manifest, RainSetEntry, TaskEntry
from harness.run_folder.overlaps import Overlap, Overlaps, read_overlaps, write_overlaps
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Figure

CSDWREN = "the authors' release, github.com/csdwren/PReNet, logs/x.pth"


def table_of(directory: Path, trained_on: str, source: str = "", layout: str = "Rain100H") -> Table:
    derainers = (
        DerainerEntry(name="rainy", title="Rainy input", bound="lower"),
        DerainerEntry(name="net", title="Net", trained_on=trained_on, source=source),
    )
    manifest = Manifest(
        name="run",
        configuration={"rain_sets": [{"name": "mine", "use": layout}]},
        derainers=derainers,
        rain_sets=(RainSetEntry(name="mine", images=4),),
        tasks=(
            TaskEntry(
                name="restoration",
                kind="restoration",
                headline=("psnr_y",),
                metrics={"psnr_y": Metric("PSNR-Y", "", 2, "dB", higher_is_better=True)},
            ),
        ),
    )
    figures = [
        Figure("mine", one.name, "restoration", "psnr_y", 20.0, 4, "psnr") for one in derainers
    ]
    return joint_table([RunData(directory, manifest, figures)], "mine")


def label(table: Table) -> str:
    return table.rows[-1].label


@pytest.mark.parametrize(
    "trained_on", ["Rain100H (the default)", "RainTrainH", "Rain1800, Rain800"]
)
def test_what_is_known_of_a_public_set_is_marked(tmp_path: Path, trained_on: str) -> None:
    table = table_of(tmp_path, trained_on)
    assert label(table) == "Net‡" and table.rows[0].label == "Rainy input"
    (note,) = [note for note in table.notes if note.startswith("‡")]
    assert note.startswith("‡ Net: learned from Rain") and "546 of its 1800" in note
    assert "github.com/csdwren/PReNet" in note


@pytest.mark.parametrize(
    ("trained_on", "source", "layout"),
    [
        ("Rain100L", "", "Rain100H"),
        ("Rain100H", "", "Rain100L"),
        ("Rain1400", "", "Rain100H"),
        ("", "", "Rain100H"),
    ],
)
def test_others_are_not_marked(tmp_path: Path, trained_on: str, source: str, layout: str) -> None:
    table = table_of(tmp_path, trained_on, source, layout)
    assert label(table) == "Net" and not any("learned from" in note for note in table.notes)


@pytest.mark.parametrize(
    ("trained_on", "source", "layout", "said"),
    [
        ("COCO train2017, CamVid train", "", "CamVid", "CamVid"),
        ("Rain100H", CSDWREN, "Rain100H", "Rain100H"),  # its authors left the test pictures out
        ("rendered streets (seeds 0 to 499)", "", "streets-heavy", "rendered streets"),
        ("Rain1400", "", "DDN-Data", "Rain1400"),
    ],
)
def test_who_learned_from_another_part_of_the_set_is_marked(
    tmp_path: Path, trained_on: str, source: str, layout: str, said: str
) -> None:
    table = table_of(tmp_path, trained_on, source, layout)
    assert label(table) == "Net§"
    assert f"§ Net: learned from another part of {said}." in table.notes
    assert r"Net\S{} &" in to_latex([table])


def test_what_a_check_found_is_marked_too(tmp_path: Path) -> None:
    found = Overlap(rain_set="mine", against="my_photos", found=3, images=4)
    nothing = Overlap(rain_set="mine", against="Other", found=0, images=4)
    write_overlaps(tmp_path, Overlaps(overlaps=(found, nothing)))
    table = table_of(tmp_path, "COCO, my_photos", layout="unpaired")
    assert label(table) == "Net‡"
    (note,) = [note for note in table.notes if note.startswith("‡")]
    assert note == (
        "‡ Net: learned from my_photos, and 3 of 4 images of mine were found in it "
        "(rdmc-bench check)."
    )
    assert label(table_of(tmp_path, "Other", layout="unpaired")) == "Net"


def test_all_formats_hold_the_mark_and_csv_the_plain_name(tmp_path: Path) -> None:
    table = table_of(tmp_path, "Rain13K")
    assert "| Net‡ |" in to_markdown("Joint", [table])
    assert r"Net$^\ddagger$ &" in to_latex([table])
    assert "mine,net,false" in to_csv([table])


def test_later_findings_take_the_place_of_earlier_ones(tmp_path: Path) -> None:
    first = Overlap(rain_set="mine", against="A", found=1, images=4)
    other = Overlap(rain_set="mine", against="B", found=2, images=4)
    write_overlaps(tmp_path, Overlaps(overlaps=(first, other)))
    again = first.model_copy(update={"found": 0})
    write_overlaps(tmp_path, Overlaps(overlaps=(again,)))
    assert read_overlaps(tmp_path).overlaps == (again, other)


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "overlaps.json"
    makes = (lambda: path.write_text("{"), path.mkdir, lambda: os.mkfifo(path))
    for make, remove in zip(makes, (path.unlink, path.rmdir, path.unlink), strict=True):
        make()
        with pytest.raises(BenchError, match=r"overlaps\.json: damaged .*rdmc-bench check"):
            read_overlaps(tmp_path)
        remove()
