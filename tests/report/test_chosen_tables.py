"""Tables of the user's choice, and all tables as a workbook."""

import csv
import io
import json
import sys
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from synthetic_cast import HEAVY, LIGHT, WEIRD

from harness.cli.commands import main
from harness.config import read_report_settings
from harness.errors import BenchError, ConfigError
from harness.metric import Metric
from harness.report import run_report
from harness.report.protocols import Protocol, protocols
from harness.report.tables.chosen import chosen_tables
from harness.report.tables.formats import to_csv
from harness.report.tables.model import HARM, Cell, Column, Row, Table
from harness.report.tables.workbook import Titled, to_workbook
from harness.report_settings import ReportSettings, TableChoice
from harness.run import report_again
from harness.run_folder.manifest import read_manifest
from harness.run_folder.ownership import NOTE
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Pair, read_summary

CHOICE = """tables:
  - name: main
    title: What deraining gives
    rain_sets: [streets-heavy]
    rows: [rainy, rdmc, oldfilter, clean]
    columns: [segmentation/miou, restoration/psnr_rgb]
    names: {rdmc: "RDMC (ours)", segmentation/miou: mIoU, segmentation: Seg., streets-heavy: Heavy}
"""


def choice(**settings):
    return TableChoice.model_validate({"name": "mine", **settings})


def test_rows_columns_and_names_are_those_that_were_chosen(run):
    settings = ReportSettings.model_validate_json(
        json.dumps(
            {
                "tables": [
                    {
                        "name": "main",
                        "rain_sets": [HEAVY],
                        "rows": ["rainy", "rdmc", "oldfilter", "clean"],
                        "columns": ["segmentation/miou", "restoration/psnr_rgb"],
                        "names": {"rdmc": "Ours", "segmentation/miou": "IoU", HEAVY: "Heavy"},
                    }
                ]
            }
        )
    )
    (table,) = chosen_tables(run, settings.tables[0])
    assert [row.label for row in table.rows] == [
        "Rainy input",
        "Ours§",  # which learned from another part of the set
        "Guided filter",
        "Clean image",
    ]
    assert [(one.group, one.label) for one in table.columns] == [
        ("segmentation", "IoU"),
        ("restoration", "PSNR-RGB"),
    ]
    assert table.caption == table.rain_set == "Heavy"
    value = run.value(HEAVY, "rdmc", "restoration", "psnr_rgb")  # which no other table shows
    assert table.rows[1].cells[1].value == value
    assert [row.cells[1].rank for row in table.rows] == [0, 1, 2, 0]  # among those that are shown


def test_ties_and_harm_are_those_of_the_rows_that_are_shown(run):
    """Of three, the best beats both others, which do not beat each other; one harms."""
    names = ["rdmc", "lightnet", "oldfilter"]
    pairs = [
        Pair(HEAVY, "detection", "ap", first, second, 40, 0.1, 0.0, 0.2, p, p, p)
        for (first, second), p in zip(combinations(names, 2), (0.001, 0.001, 0.4), strict=True)
    ]
    told = RunData(run.directory, run.manifest, run.figures, run.comparisons, pairs)
    whole = {"rain_sets": [HEAVY], "columns": ["detection/ap"]}
    (table,) = chosen_tables(told, choice(**whole, rows=names))
    assert [row.cells[0].rank for row in table.rows] == [1, 2, 0]
    (table,) = chosen_tables(told, choice(**whole, rows=names[1:], names={"oldfilter": "Old"}))
    assert [row.cells[0].rank for row in table.rows] == [1, 1]
    (note,) = [note for note in table.notes if note.startswith(HARM)]
    assert "Old (detection AP)" in note
    (table,) = chosen_tables(told, choice(**whole, rows=names[:2]))
    assert not any(note.startswith(HARM) for note in table.notes)


def test_footnotes_follow_the_rows(run):
    with_note = choice(rain_sets=[HEAVY], rows=["rdmc", "prenet"], names={"prenet": "P"})
    (table,) = chosen_tables(run, with_note)
    assert any(note.startswith("† P: 2 of 12 images failed") for note in table.notes)
    (table,) = chosen_tables(run, choice(rain_sets=[HEAVY], rows=["rdmc"]))
    assert not any(note.startswith("†") for note in table.notes)


def test_a_rain_set_a_column(run):
    shown = choice(shows="severity", columns=["detection/ap", "segmentation/miou"])
    (table,) = chosen_tables(run, shown)
    assert [(one.group, one.label) for one in table.columns] == [
        ("detection AP", HEAVY),
        ("detection AP", LIGHT),
        ("segmentation mIoU", HEAVY),  # nobody judged the light fog so
    ]
    rdmc = next(row for row in table.rows if row.name == "rdmc")
    expected = [run.value(one, "rdmc", "detection", "ap") for one in (HEAVY, LIGHT)]
    assert [cell.value for cell in rdmc.cells[:2]] == expected
    row = next(
        one for one in csv.DictReader(io.StringIO(to_csv([table]))) if one["derainer"] == WEIRD
    )
    assert float(row[f"{LIGHT}/detection/ap"]) == run.value(LIGHT, WEIRD, "detection", "ap")


@pytest.mark.parametrize("shows", ["joint", "recovered", "paired", "per_class", "severity"])
def test_every_kind_can_be_chosen(run, shows):
    tables = chosen_tables(run, choice(shows=shows, rows=["rdmc", "oldfilter"]))
    assert tables and all(len(table.rows) == 2 and table.columns for table in tables)


@pytest.mark.parametrize("shows", ["published", "efficiency"])
def test_of_what_there_is_none_there_is_no_table(run, shows):
    assert chosen_tables(run, choice(shows=shows)) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rows": ["rdmcc"]}, r"report\.tables \(mine\): rows: .*'rdmcc'; did you mean 'rdmc'"),
        ({"columns": ["detection/aap"]}, r"columns: .*did you mean 'detection/ap'"),
        ({"rain_sets": ["heavy"]}, r"rain_sets: .*did you mean 'streets-heavy'"),
        ({"names": {"prenett": "P"}}, r"names: .*did you mean 'prenet'"),
        ({"shows": "recovered", "columns": ["restoration/psnr_y"]}, "columns: nothing is named"),
        ({"columns": ["detection/ap/carr"]}, r"columns: .*did you mean 'detection/ap/car'"),
    ],
)
def test_what_the_run_has_not_is_refused(run, settings, message):
    with pytest.raises(BenchError, match=message):
        chosen_tables(run, choice(**settings))


def test_what_a_run_might_have_had_is_no_mistake(run):
    """A row without a gain, a metric without a figure, and a detector that did not build."""
    gains = choice(shows="paired", rows=["rainy", "rdmc"], names={"clean": "C", "rainy": "R"})
    assert [row.name for row in chosen_tables(run, gains)[0].rows] == ["rdmc"]
    broken = [
        one.model_copy(update={"error": "no weights", "metrics": {}, "headline": ()})
        if one.name == "detection"
        else one
        for one in run.manifest.tasks
    ]
    manifest = run.manifest.model_copy(update={"tasks": tuple(broken)})
    figures = [one for one in run.figures if one.task != "detection" and one.metric != "psnr_rgb"]
    told = RunData(run.directory, manifest, figures)
    names = {"detection": "RTMDet", "detection/ap": "AP"}
    columns = ["restoration/psnr_y", "restoration/psnr_rgb", "detection/ap"]
    for shows in ("joint", "severity"):
        tables = chosen_tables(told, choice(shows=shows, columns=columns, names=names))
        assert {one.key.rpartition("restoration/")[2] for one in tables[0].columns} == {"psnr_y"}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("rows:", "row:", r"t\.yaml: tables\.0: unknown key 'row'; did you mean 'rows'"),
        ("tables:", "tabels:", r"t\.yaml: unknown key 'tabels'; did you mean 'tables'"),
        ("title:", "shows: joynt\n    title:", r"tables\.0\.shows: .*'joint'"),
        ("name: main", "name: a/b", r"tables\.0\.name: .*letters"),
        ("name: main", "name: failures", r"tables\.0\.name: .*another"),
        ("[rainy, rdmc", "[rdmc, rdmc", r"tables\.0\.rows: 'rdmc' stands there twice"),
        ("rows: [rainy, rdmc, oldfilter, clean]", "rows: []", r"tables\.0\.rows: .*at least 1"),
    ],
)
def test_mistakes_in_the_file_are_named(tmp_path, before, after, message):
    path = tmp_path / "t.yaml"
    path.write_text(CHOICE)
    assert read_report_settings(path).tables[0].rows == ["rainy", "rdmc", "oldfilter", "clean"]
    path.write_text(CHOICE.replace(before, after))
    with pytest.raises(ConfigError, match=message):
        read_report_settings(path)


@pytest.fixture
def without_pictures(monkeypatch):
    answers = {
        "read_records": {},
        "upgrade": SimpleNamespace(derainers=(), tasks=()),
        "write_figures": [],
    }
    for name, answer in answers.items():
        monkeypatch.setattr(report_again, name, lambda *_, answer=answer: answer)
    monkeypatch.setattr(run_report, "_write_figures", lambda run: [])
    monkeypatch.setattr(run_report, "report_page", lambda run, content: "")


@pytest.mark.usefixtures("without_pictures")
def test_the_command_writes_them_beside_its_own(copy_of_run, tmp_path, capsys):
    path = tmp_path / "t.yaml"
    path.write_text(CHOICE)
    folder = copy_of_run / "tables"
    (copy_of_run / NOTE).write_text("{}")  # of the report as it is configured
    assert main(["report", str(copy_of_run), "--tables", str(path)]) == 0
    assert not (copy_of_run / NOTE).exists()
    assert {"joint.md", "main.md", "main.csv", "main.tex"} <= {one.name for one in folder.iterdir()}
    assert "# What deraining gives" in (folder / "main.md").read_text("utf-8")
    assert r"\caption{What deraining gives: Heavy" in (folder / "main.tex").read_text("utf-8")
    assert "note:" not in capsys.readouterr().out
    path.write_text(
        CHOICE
        + "  - {name: nothing, shows: published}\n"
        + "  - {name: gains, shows: paired, intervals: false}\n"
    )
    assert main(["report", str(copy_of_run), "--tables", str(path)]) == 0
    note = "note: report.tables (nothing): this run has nothing to show of that kind (published)"
    assert note in capsys.readouterr().out
    gains, paired = ((folder / f"{name}.md").read_text("utf-8") for name in ("gains", "paired"))
    assert "in brackets" in paired and "rackets" not in gains and "same images." in gains
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    path.write_text(CHOICE.replace("oldfilter", "olfilter"))
    assert main(["report", str(copy_of_run), "--tables", str(path)]) == 2
    assert "did you mean 'oldfilter'" in capsys.readouterr().err
    assert before == {one.name: one.read_bytes() for one in folder.iterdir()}


@pytest.mark.usefixtures("without_pictures")
def test_the_word_report_may_stand_above_them(copy_of_run, tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text("report:\n" + "".join(f"  {line}\n" for line in CHOICE.splitlines()))
    assert main(["report", str(copy_of_run), "--tables", str(path)]) == 0
    assert (copy_of_run / "tables" / "main.md").exists()


def test_the_configuration_of_a_run_may_hold_them(tmp_path, run):
    manifest = run.manifest.model_copy(
        update={"configuration": {"report": {"tables": [{"name": "mine"}]}}}
    )
    told = type(run)(run.directory, manifest, run.figures)
    assert run_report.report_settings(told).tables[0].shows == "joint"
    assert run_report.report_settings(run) == ReportSettings()


def test_a_workbook_holds_numbers_as_numbers_and_no_formula(run, tmp_path):
    pytest.importorskip("xlsxwriter", reason="needs XlsxWriter (the extra excel)")
    openpyxl = pytest.importorskip(
        "openpyxl", reason="needs openpyxl, which reads what was written"
    )
    name = '=cmd|"/c calc"!A1'
    hostile = Table(
        name,
        name,
        (Column(name, name, "task/metric"),),
        (Row(name, name, "", False, (Cell(float("inf"), 2),), (name,)),),
        (name,),
        words=(name,),
    )
    signed = [Protocol(name, {"metric": Metric(name)}, name, ())]
    tables = {
        "joint": Titled("All of it", chosen_tables(run, choice()), protocols(run)),
        "a/b" * 20: Titled(name, [hostile, hostile], signed),
    }
    first = to_workbook(tables)
    assert to_workbook(tables) == first
    path = Path(tmp_path / "tables.xlsx")
    path.write_bytes(first)
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == 4 and max(map(len, book.sheetnames)) <= 31
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert sum(cell.value == name for cell in cells) == 12
    assert sum(cell.value == f"{name}: {name}" for cell in cells) == 2  # title and rain set
    sheet = book.worksheets[0]
    assert sheet.cell(1, 1).value == f"All of it: {HEAVY}"
    texts = [row[0].value for row in sheet.iter_rows()]
    assert any(str(text).startswith("Bold is the best of a column, with all") for text in texts)
    below = texts[texts.index("Signatures") + 1 :]
    assert any(text.startswith("detection: AP, ") and "coco-ap|" in text for text in below)
    at = next(row[0].row for row in sheet.iter_rows() if row[0].value == "RDMC§")
    assert sheet.cell(at, 2).value == run.value(HEAVY, "rdmc", "restoration", "psnr_y")
    assert sheet.cell(at, 2).number_format == "0.00" and sheet.cell(at, 2).font.bold
    assert sheet.cell(texts.index("Rainy input") + 1, 1).font.italic


@pytest.mark.usefixtures("without_pictures")
def test_a_workbook_without_its_library_is_asked_for(copy_of_run, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    assert main(["report", str(copy_of_run), "--excel"]) == 1
    assert "pip install 'rdmc-bench[excel]'" in capsys.readouterr().err
    assert (copy_of_run / "tables" / "joint.md").exists()


def test_the_example_of_the_page_works_on_the_committed_streets():
    root = Path(__file__).parent.parent.parent
    page = (root / "docs" / "tables.md").read_text("utf-8")
    example = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    settings = ReportSettings.model_validate(example["report"])
    streets = root / "results" / "reference" / "streets"
    committed = RunData(streets, read_manifest(streets), read_summary(streets))
    main_table, levels = (chosen_tables(committed, one) for one in settings.tables)
    assert [row.label for row in main_table[0].rows][1] == "RDMC-S (ours)§"
    assert [column.group for column in main_table[0].columns][1] == "RTMDet"
    assert len(levels) == 1 and len(levels[0].columns) == 4
