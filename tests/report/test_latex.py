import math
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_cast import HEAVY, LIGHT

from harness.report.protocols import protocols
from harness.report.run_report import gather
from harness.report.tables.against_rain import recovered_table
from harness.report.tables.joined_sets import joined
from harness.report.tables.latex import to_latex
from harness.report.tables.latex_layout import PAGE, laid_out
from harness.report.tables.latex_text import LETTER, latex_text
from harness.report.tables.measured import joint_table, per_class_tables
from harness.report.tables.model import Cell, Column, Row, Table, ranked_table
from harness.statistics.resampling import Interval

REFERENCE = Path(__file__).parent.parent.parent / "results" / "reference"

HOSTILE = [
    "[x] _%&#{}~^\\$ <net> | *",
    "*starred -- ``quoted'' ?` \"a",
    "control \x07\x00\x1b[31m \u202e\ud800 \u7121\u96e8 \u03b1 \u0434\u043e\u0436\u0434\u044c",
    "Jos\u00e9 \u0141uka\u0161 \u00df \u0130\u0131 \u1ec7",
    "L" * 120,
    "a_" * 60,
    "",
]


@given(st.text(alphabet="\\&%$#_{}~^<>|abc 1", max_size=20))
def test_latex_leaves_no_command_of_the_text(text):
    escaped = latex_text(text)
    for command in (r"\textbackslash{}", r"\textasciitilde{}", r"\textasciicircum{}"):
        escaped = escaped.replace(command, "")
    for command in (r"\textless{}", r"\textgreater{}", r"\textbar{}"):
        escaped = escaped.replace(command, "")
    assert re.sub(r"\\[&%$#_{}]", "", escaped).translate(str.maketrans("", "", "abc 1")) == ""


@settings(max_examples=50)
@given(st.text(max_size=20))
def test_any_text_is_ascii_for_tex_but_for_letters_that_it_is_told_of(text):
    escaped = re.sub(rf"\\{LETTER}{{[0-9A-F]+}}{{.?}}", "", latex_text(text))
    assert escaped.isascii() and escaped.isprintable()


@pytest.fixture(scope="module")
def hostile():
    """Tables with every awkward name, and more rows and columns than a page has room for."""
    columns = [
        Column(f"group {number // 4} of measured {HOSTILE[number % 4]}", name, f"{number}/x")
        for number, name in enumerate([*HOSTILE[:4], "L" * 60, "two words", "x"])
    ]
    figures = [29.444, -0.5, math.nan, math.inf, 123456.0, 0.0, 1.0]
    rows = [
        Row(
            name,
            f"row {number}",
            "",
            number < 2,
            tuple(
                Cell(value + number / 3, number % 4, Interval(-1.0, 2.5), incomplete=number == 3)
                for value in figures
            ),
        )
        for number, name in enumerate(HOSTILE * 2)
    ]
    notes = (*HOSTILE, "psnr|ch:Y|range:16-235|" * 9)
    tables = [
        Table(name, name, tuple(columns), tuple(rows), notes, part="3 of 100 images")
        for name in HOSTILE[:2]
    ]
    words = Table(
        "set",
        "set",
        tuple(columns[:2]),
        tuple(
            Row(row.label, row.name, HOSTILE[3], False, row.cells[:2], tuple(HOSTILE[:5]))
            for row in rows[:9]
        ),
        with_runs=True,
        words=("channel", "our weights learned from", "script", "[1]", "q"),
    )
    return [ranked_table(table) for table in [*tables, words]]


def typeset(folder, tex):
    """Return the log of TeX on a two-column article that holds nothing but the tables."""
    tex_program = shutil.which("pdflatex")
    if tex_program is None:
        pytest.skip("no pdflatex here (Debian: texlive-latex-base, texlive-science)")
    article = (
        r"\documentclass[twocolumn,a4paper]{article}\usepackage{booktabs}\usepackage{siunitx}"
        r"\begin{document}\input{tables.tex}\end{document}"
    )
    tex = tex.replace(
        r"\end{table*}", r"\end{table*}\clearpage"
    )  # as many floats at once as TeX takes
    (folder / "tables.tex").write_bytes(tex.encode("utf-8", "backslashreplace"))
    (folder / "article.tex").write_text(article)
    command = [tex_program, "-interaction=nonstopmode", "-halt-on-error", "article.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
    log = done.stdout.decode("utf-8", "replace")
    if "`siunitx.sty' not found" in log:
        pytest.skip("this TeX has no siunitx (Debian: texlive-science)")
    assert done.returncode == 0, log[-2000:]
    return log


def test_hostile_names_compile_within_the_page(hostile, tmp_path):
    log = typeset(tmp_path, to_latex(hostile, title="All & <everything>"))
    for trouble in ("Overfull", "Float too large", "LaTeX Warning: Label", "multiply defined"):
        assert trouble not in log.replace("Label(s) may have changed", ""), log
    assert re.search(r"Output written on article.pdf \(\d+ pages", log)


def test_the_tables_of_a_report_compile_within_the_page(run, tmp_path):
    content = gather(run, [])
    kinds = [content.joint, content.recovered, content.paired, content.per_class]
    assert all(kinds)
    log = typeset(tmp_path, "\n".join(to_latex(tables, content.protocols) for tables in kinds))
    assert "Overfull" not in log and "Float too large" not in log, log


def test_every_committed_table_compiles_within_the_page(tmp_path):
    texts = [path.read_text("utf-8") for path in sorted(REFERENCE.glob("**/*.tex"))]
    assert len(texts) > 10
    log = typeset(tmp_path, "\n\\clearpage\n".join(texts))
    assert "Overfull" not in log and "Float too large" not in log, log


def test_rain_sets_stand_side_by_side(run):
    text = to_latex([joint_table([run], HEAVY), joint_table([run], LIGHT)], protocols(run))
    assert text.count(r"\begin{table") == 2  # light fog has no segmentation, so other columns
    whole = recovered_table(run, HEAVY)  # with the intervals of mIoU two are wider than a page
    rows = tuple(replace(row, cells=row.cells[:2]) for row in whole.rows)
    same = [replace(whole, columns=whole.columns[:2], rows=rows)] * 2
    text = to_latex([same[0], replace(same[1], rain_set="other", caption="other", part="3 of 9")])
    assert text.count(r"\begin{table*}") == 1 and r"}{c}{other (3 of 9)}" in text
    body = [line for line in text.splitlines() if line.startswith("    RDMC")]
    assert len(body) == 1 and body[0].count(same[0].rows[1].cells[0].figure) >= 2


def test_a_rain_set_that_needs_several_panels_shares_none_with_another():
    def tables(columns):
        heads = tuple(Column(f"task {n % 3}", "PSNR-Y gain", f"{n}/x") for n in range(columns))
        cells = tuple(Cell(29.44, 2, Interval(28.0, 30.0)) for _ in heads)
        row = Row("RDMC-S", "rdmc-s", "", False, cells)
        return [Table(name, name, heads, (row,)) for name in ("light", "heavy")]

    for columns, expected in ((2, [{"light", "heavy"}]), (9, [{"light"}] * 2 + [{"heavy"}] * 2)):
        (one,) = joined(tables(columns))
        panels = [panel for part in laid_out(one, "", "") for panel in part.panels]
        assert [{column.over[0] for column in panel.columns[1:]} for panel in panels] == expected
        assert max(panel.width for panel in panels) <= PAGE


def test_what_one_rain_set_lacks_is_undefined_beside_the_other():
    columns = (Column("task", "m", "task/m"),)
    one, two = (
        Row(name, name, "", False, (Cell(value, 1),))
        for name, value in zip("ab", (1, 2), strict=True)
    )
    tables = [
        Table("first", "first", columns, (one,), ("A note.",)),
        Table("second", "second", columns, (two, one), ("A note.", "Another.")),
    ]
    text = to_latex(tables)
    assert "    a & 1.0 & 1.0 \\\\" in text and "    b & {--} & 2.0 \\\\" in text
    assert text.count("A note.") == 1 and "On second: Another." in text


def test_the_best_is_bold_and_every_table_has_caption_and_label(run):
    joint = joint_table([run], HEAVY)
    text = to_latex([joint, *per_class_tables(run, HEAVY)], protocols(run), "All", "demo")
    assert r"\caption{All: streets-heavy. Bold" in text
    assert r"\label{tab:demo}" in text and r"\label{tab:demo-3}" in text
    first = [row.cells[0] for row in joint.rows]
    best, second = (next(cell for cell in first if cell.rank == rank) for rank in (1, 2))
    assert rf"\bfseries {best.figure} " in text
    assert rf"{{\underline{{{second.figure}}}}}" in text
    assert r"A\&B\_\textless{}Net\textgreater{} 5\% \$x\$ \#1" in text


def test_a_part_of_a_rain_set_is_told_in_the_caption(run):
    table = replace(joint_table([run], HEAVY), part="3 of 100 images")
    assert "streets-heavy (3 of 100 images)" in to_latex([table])
