"""The page, read back by a parser that knows nothing of how it was made."""

import re
import shutil
from decimal import Decimal
from html.parser import HTMLParser

import pandas as pd
import pytest
from synthetic_cast import DERAINERS, HEAVY, LIGHT, WEIRD_TITLE

from harness.errors import BenchError
from harness.report import write_report
from harness.report.plots import plot_files
from harness.report.plots.levels import level_drawings
from harness.report.plots.style import as_pdf, as_png, plot_style
from harness.report.tables.table_index import INDEX

VOID = {"meta", "img", "br", "link", "input", "hr"}
LOADING = {"src", "srcset", "data", "poster", "background", "action", "xlink:href"}


class Page(HTMLParser):
    """Collects tags, the cells of tables, headings and images; checks that tags close."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.tables, self.words = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append({"caption": "", "rows": []})
        elif tag == "tr":
            self.tables[-1]["rows"].append([])
        elif tag in {"td", "th"}:
            self.tables[-1]["rows"][-1].append({"text": "", "style": "", "tag": tag})

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"style", "script"} & set(self.open):
            return
        self.words.append(data)
        if "caption" in self.open:
            self.tables[-1]["caption"] += data
        elif {"td", "th"} & set(self.open):
            cell = self.tables[-1]["rows"][-1][-1]
            cell["text"] += data
            cell["style"] += "b" * ("strong" in self.open) + "u" * ("u" in self.open)


@pytest.fixture(scope="module")
def text(reported):
    return (reported / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_nothing_is_loaded_from_elsewhere(page, text):
    for tag, attributes in page.tags:
        assert tag not in {"link", "iframe", "object", "embed", "base"}
        for name in LOADING & attributes.keys():
            assert attributes[name].startswith("data:image/")
        if "href" in attributes:
            assert tag == "a" and attributes["href"].startswith(("#", "https://example.org/"))
        assert not any(name.startswith("on") for name in attributes)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style and "@import" not in style


def test_every_anchor_of_the_contents_exists(page):
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    anchors = {
        attributes["href"][1:]
        for tag, attributes in page.tags
        if tag == "a" and attributes["href"].startswith("#")
    }
    assert anchors and anchors <= ids


def test_images_have_words_and_sizes_and_tables_scopes(page):
    for tag, attributes in page.tags:
        if tag == "img":
            assert attributes["alt"] and int(attributes["width"]) and int(attributes["height"])
        if tag == "th":
            assert attributes["scope"] in {"row", "col", "colgroup"}


def test_strange_names_are_text(page, text):
    words = "".join(page.words)
    assert WEIRD_TITLE in words and "streets <demo> & co" in words
    assert "<image file>" in words
    assert "<Net>" not in text and "<demo>" not in text and "<image file>" not in text


def joint(page, rain_set):
    table = next(one for one in page.tables if one["caption"] == rain_set)
    return table["rows"]


@pytest.mark.parametrize("rain_set", [HEAVY, LIGHT])
def test_best_and_second_by_an_independent_count(page, reported, rain_set):
    """Ranks from the summary's text with decimal arithmetic, against what the page marks."""
    summary = pd.read_csv(reported / "summary.csv", dtype=str, keep_default_na=False)
    summary = summary[summary["rain_set"] == rain_set]
    failed = set(
        summary[summary["metric"] == "failed"][["derainer", "task"]].itertuples(index=False)
    )
    failed = {tuple(one) for one in failed}
    heads = [cell["text"] for cell in joint(page, rain_set)[1]][1:]
    metrics = {
        "PSNR-Y": ("restoration", "psnr_y", "0.01"),
        "SSIM-Y": ("restoration", "ssim_y", "0.0001"),
        "AP": ("detection", "ap", "0.001"),
        "AP50": ("detection", "ap50", "0.001"),
        "mIoU": ("segmentation", "miou", "0.001"),
    }
    rows = {row[0]["text"].rstrip("§"): row[1:] for row in joint(page, rain_set)[2:]}
    for place, head in enumerate(heads):
        if head == "images harmed":
            assert not any(cells[place]["style"] for cells in rows.values())
            continue
        task, metric, step = metrics[head]
        printed = {}
        for name, (title, _, _) in DERAINERS.items():
            if name in {"rainy", "clean"} or (name, task) in failed:
                assert rows[title][place]["style"] == ""
                continue
            cell = summary[(summary["derainer"] == name) & (summary["metric"] == metric)]
            exact = Decimal(float(cell["value"].item()))
            printed[title] = exact.quantize(Decimal(step))
            assert rows[title][place]["text"].removesuffix("▼") == str(printed[title])
        levels = sorted(set(printed.values()), reverse=True)
        for title, value in printed.items():
            expected = {0: "b", 1: "u"}.get(levels.index(value), "")
            assert rows[title][place]["style"] == expected, (title, head)


def test_answer_failures_and_refusals_are_told(page):
    words = "".join(page.words)
    assert "rain costs the detector 57% of its AP" in words
    assert "RDMC, gives back 72% of the loss" in words
    assert "restore returned 17 values that are NaN or infinite" in words
    assert f"{LIGHT} has no label maps" in words
    assert "grey converted to RGB" in words
    assert "with uncommitted changes" in words


def test_files_beside_the_page(reported):
    names = {path.name for path in (reported / "tables").iterdir()}
    expected = {
        f"{name}.{ending}"
        for name in ("joint", "recovered", "paired", "per_class")
        for ending in ("md", "csv", "tex")
    }
    assert names == expected | {"failures.csv", INDEX}
    figures = {path.name for path in (reported / "figures").iterdir()}
    assert {"recovered.png", "recovered.pdf", "quality-against-tasks.png"} <= figures
    assert not list(reported.rglob("*.tmp"))


def test_the_same_records_give_the_same_bytes(run_folder, reported, tmp_path, monkeypatch):
    no_pdf = plot_files.FORMATS | {"pdf": lambda figure: b""}  # the next test is for these
    monkeypatch.setattr(plot_files, "FORMATS", no_pdf)
    again = tmp_path / "again"
    shutil.copytree(run_folder, again)
    write_report(again)
    for path in [*(reported / "tables").iterdir(), *(reported / "figures").glob("*.png")]:
        assert path.read_bytes() == (again / path.parent.name / path.name).read_bytes(), path.name
    assert (reported / "report.html").read_bytes() == (again / "report.html").read_bytes()


def test_the_same_plot_gives_the_same_pdf_without_a_date(run, reported):
    with plot_style():
        drawing = next(level_drawings(run, run.tasks[1]))
        as_png(drawing.figure)
        pdf = as_pdf(drawing.figure)
    assert (reported / "figures" / "level-detection.pdf").read_bytes() == pdf
    dates = re.compile(rb"CreationDate|ModDate")
    assert not any(dates.search(path.read_bytes()) for path in reported.rglob("*.pdf"))


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(BenchError, match=r"manifest\.json: no such file"):
        write_report(tmp_path)
