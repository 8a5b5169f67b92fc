"""The page on paper: what belongs together stands on one sheet, and heads stand on every one."""

import math
import re
import shutil
import subprocess
import unicodedata

import pytest
from chromium import program

from harness.report import run_report
from harness.report.page.pictures import data_uri
from harness.report.page.run_page import Plot, environment, scripts
from harness.report.tables.model import Cell, Column, Row, Table

pytestmark = pytest.mark.skipif(
    program() is None or shutil.which("pdftotext") is None,
    reason="there is no Chromium, or no pdftotext, on this machine",
)

A4 = 11.69
HEIGHTS = (A4, 10.1, 8.83)
"""Of sheets, so that many places come to stand at an edge."""


def plain(text):
    """Return a text without what a browser or a printer may change: spaces and ligatures."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def sheets(chromium, height):
    """Return the text of every sheet."""
    command = ["pdftotext", "-raw", "-", "-"]
    done = subprocess.run(command, input=chromium.printed(height), capture_output=True, check=True)
    return [plain(text) for text in done.stdout.decode().split("\f")[:-1]]


def blank_plots(run):
    """Plots that take the room of those that other tests draw."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="940" height="{}"/>'
    return [
        Plot(name, data_uri(svg.format(height).encode(), "image/svg+xml"), 940, height, "Says", "-")
        for name, height in (
            ("level-restoration", 270),
            ("recovered", 420),
            ("quality-against-tasks", 640),
            ("per-image", 230),
            ("per-class-detection", 400),
        )
    ]


@pytest.fixture(scope="module")
def folder(run_folder, tmp_path_factory):
    root = tmp_path_factory.mktemp("printed") / "run"
    shutil.copytree(run_folder, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_report, "_write_figures", blank_plots)
        run_report.write_run_report(root)
    return root


@pytest.fixture(scope="module", params=HEIGHTS)
def printed(chromium, folder, request):
    """The sheets of the synthetic run's page, and a way to the texts of its elements."""

    def texts(selector):
        shown = ".filter(one => !one.closest('details, #images, .controls'))"
        found = f"[...document.querySelectorAll({selector!r})]{shown}.map(one => one.textContent)"
        return list(map(plain, chromium.run(found)))

    chromium.open(folder / "report.html")
    return sheets(chromium, request.param), texts


def test_a_table_and_its_notes_stand_on_one_sheet(printed):
    on_sheets, texts = printed
    tables = texts(".short")
    assert len(on_sheets) > 5 and len(tables) >= 6
    assert [table for table in tables if not any(table in sheet for sheet in on_sheets)] == []


def test_no_sheet_ends_with_a_heading_or_its_introduction(printed):
    on_sheets, texts = printed
    introductions = "#results h2 ~ p, #recovered h2 + p, #examples h2 + p, .legend"
    for text in texts(f"h2, h3, {introductions}"):
        assert any(text in sheet for sheet in on_sheets), text
        assert not any(sheet.endswith(text) for sheet in on_sheets), text


def test_a_long_table_has_its_heads_on_every_sheet_and_ends_with_its_notes(chromium, tmp_path):
    rows = [
        Row(f"derainer {place}", "", "", False, (Cell(0.5, 3), Cell(math.nan, 3)))
        for place in range(120)
    ]
    columns = (Column("detection", "AP", "ap"), Column("segmentation", "mIoU", "miou"))
    table = Table("streets", "streets", columns, tuple(rows), ("a note",))
    source = (
        '{% extends "page.html" %}{% from "parts.html" import figures %}{% block content %}<main>'
        '{{ figures(table, "long") }}</main>{% endblock %}'
    )
    page = environment().from_string(source).render(table=table, scripts=scripts("tables.js"))
    (tmp_path / "long.html").write_text(page)
    chromium.open(tmp_path / "long.html")
    assert chromium.run("document.querySelectorAll('th .sort').length") == 3
    printed = sheets(chromium, A4)
    assert len(printed) > 2
    heads = "detectionsegmentationderainerAPmIoU"
    assert [heads in sheet for sheet in printed] == [True] * len(printed)
    assert printed[-1].endswith("anote")
