"""What a table of choice is called, in which order it stands, and what its files say of it."""

import csv
import io
import re

import pytest
from synthetic_cast import HEAVY, LIGHT

from harness.report.page.run_page import environment
from harness.report.tables.chosen import chosen_tables
from harness.report.tables.formats import to_csv, to_markdown
from harness.report.tables.latex import to_latex
from harness.report.tables.shown_protocols import shown_protocols
from harness.report_settings import TableChoice

ORDER = ["rainy", "rdmc", "oldfilter", "clean"]


def choice(**settings):
    return TableChoice.model_validate({"name": "mine", **settings})


def rows_of(tables):
    return list(csv.DictReader(io.StringIO(to_csv(tables))))


def test_a_csv_of_levels_has_gains_of_each_rain_set(run):
    tables = chosen_tables(run, choice(shows="severity", columns=["detection/ap"]))
    row = next(one for one in rows_of(tables) if one["derainer"] == "rdmc")
    assert not [key for key in row if key.startswith("detection/")]
    for rain_set in (HEAVY, LIGHT):
        place = f"{rain_set}/detection/ap"
        figure = run.measured(rain_set, "rdmc", "detection", "ap")
        assert (float(row[place]), int(row[f"{place}/n"])) == (figure.value, figure.n)
        gain = run.compared(rain_set, "rdmc", "detection", "ap").gain
        assert float(row[f"{place}/gain"]) == gain
    first, second = (row[f"{one}/detection/ap/gain"] for one in (HEAVY, LIGHT))
    assert first != second


@pytest.mark.parametrize("shows", ["joint", "paired", "severity", "recovered"])
def test_the_csv_keeps_the_names_of_the_summary(run, shows):
    names = {HEAVY: "Heavy", "rdmc": "Ours", "detection": "RTMDet"}
    plain = chosen_tables(run, choice(shows=shows))
    named = chosen_tables(run, choice(shows=shows, names=names, intervals=False))
    assert to_csv(named) == to_csv(plain)
    assert "Heavy" in to_markdown("t", named) and "Ours" in to_latex(named)


def test_signatures_are_those_of_the_columns_under_their_names(run):
    chosen = choice(
        columns=["detection/ap75", "restoration/psnr_y"],
        names={"restoration": "Quality", "restoration/psnr_y": "PSNR [dB]"},
    )
    tables = chosen_tables(run, chosen)
    signed = shown_protocols(run, chosen, tables)
    assert [(one.task, one.labels) for one in signed] == [
        ("detection", "AP75"),
        ("Quality", "PSNR [dB]"),
    ]
    assert "- Quality: PSNR \\[dB\\]: `psnr|ch:Y" in to_markdown("t", tables, signed)
    assert "% Quality PSNR [dB]: psnr|ch:Y" in to_latex(tables, signed)


@pytest.mark.parametrize(
    ("shows", "expected"),
    [
        ("severity", ["Found: Average precision"]),
        ("paired", ["Found: Average precision"]),
        ("per_class", ["Found: AP *"]),
        ("published", []),
    ],
)
def test_signatures_of_every_kind(run, shows, expected):
    column = {"severity": "detection/ap", "paired": "detection/ap/gain"}.get(shows)
    chosen = choice(
        shows=shows,
        columns=[column or "detection/ap/car"],
        names={"detection": "Found", **({column: "Average precision"} if column else {})},
    )
    signed = shown_protocols(run, chosen, chosen_tables(run, chosen))
    assert [f"{one.task}: {one.labels}" for one in signed] == expected


def test_intervals_can_be_left_out_of_print(run):
    whole = chosen_tables(run, choice(shows="recovered"))
    bare = chosen_tables(run, choice(shows="recovered", intervals=False))
    for written in (to_markdown("t", whole), to_latex(whole)):
        assert re.search(r"0\.\d+, 0\.\d+\\?\]", written) and "in brackets" in written
    for written in (to_markdown("t", bare), to_latex(bare)):
        assert not re.search(r"0\.\d+, 0\.\d+\\?\]", written) and "brackets" not in written
        assert "n = 12 images." in written
    row = next(one for one in rows_of(bare) if one["derainer"] == "rdmc")
    assert float(row["segmentation/miou/low"]) < float(row["segmentation/miou/high"])


def test_a_table_of_levels_says_what_it_is(run):
    entries = [one.model_copy(update={"images_in_all": 100}) for one in run.rain_sets]
    manifest = run.manifest.model_copy(update={"rain_sets": tuple(entries)})
    part = type(run)(run.directory, manifest, run.figures)
    for told, words in ((run, ""), (part, rf" \({HEAVY}: \d+ of 100 images; .*\)")):
        tables = chosen_tables(told, choice(shows="severity", columns=["detection/ap"]))
        assert re.search(rf"(?m)^## by rain set{words}$", to_markdown("levels", tables))
        caption = rf"\\caption{{levels: by rain set{words}\."
        assert re.search(caption, to_latex(tables, title="levels").replace(r"\hspace{{0pt}}", ""))


@pytest.mark.parametrize("shows", ["joint", "severity"])
def test_rows_stand_in_one_order_everywhere_with_rules_around_references(run, shows):
    tables = chosen_tables(run, choice(shows=shows, columns=["detection/ap"], rows=ORDER))
    marks = {"rdmc": "§"}  # which learned from another part of the set
    labels = [run.labels[name] + marks.get(name, "") for name in ORDER]
    assert [row.label for row in tables[0].rows] == labels
    template = environment().from_string(
        '{% from "parts.html" import figures %}{{ figures(table, "t") }}'
    )
    page = template.render(table=tables[0])
    assert re.findall(r'<th scope="row">([^<]+)', page) == labels
    assert page.count("<tbody>") == page.count("</tbody>") == 3
    latex = to_latex(tables)  # of both rain sets side by side
    body = latex.partition(r"\midrule")[2].partition(r"\bottomrule")[0].splitlines()
    first = [re.match(r"\s*(\S.*?)( &|$)", line)[1] for line in body if line.strip()]
    assert [one for one in first if one != r"\midrule"] == [
        r"\textit{Rainy input}",
        r"RDMC\S{}",
        "Guided filter",
        r"\textit{Clean image}",
    ]
    assert [at for at, one in enumerate(first) if one == r"\midrule"] == [1, 4]
