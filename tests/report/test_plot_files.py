"""Plots are drawn anew where anything that they show or are drawn by has changed, and no others."""

import json
import random
import shutil
from functools import partial

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from synthetic_cast import HEAVY, LIGHT, image_ids

from harness.report import write_report
from harness.report.page import run_page
from harness.report.plots import plot_files
from harness.report.plots.cost_plots import cost_drawings
from harness.report.plots.figures import drawings
from harness.report.plots.grid import grid_drawings
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.plot_files import NOTE, PlotFiles
from harness.report.plots.style import as_png, as_svg
from harness.run_folder.costs import Cost, MeasuredCosts, write_measured_costs
from harness.run_folder.kept_images import read_examples, restored_path
from harness.run_folder.run_data import read_run

COST = Cost(name="rdmc", parameters=1_240_000, macs=10**9, milliseconds=(3.0, 4.0))
OF_PSNR = {"level-restoration", "cost-restoration", "quality-against-tasks", "per-image"}


@pytest.fixture
def drawn(monkeypatch):
    """The names of plots that were rendered: drawing takes seconds, so here nothing is drawn."""
    names = []

    def rendered(name):
        names.append(name)
        return f"<svg {name} {len(names)}".encode()

    monkeypatch.setattr(Drawing, "figure", property(lambda one: one.name))
    monkeypatch.setattr(plot_files, "FORMATS", dict.fromkeys(("png", "pdf", "svg"), rendered))
    return names


def report(folder):
    """Write all plots of a run."""
    run, files = read_run(folder), PlotFiles(folder / "figures")
    for one in (*drawings(run), *cost_drawings(run), *grid_drawings(run)):
        files.write(one)
    files.finish()


@pytest.fixture
def measured(copy_of_run, drawn):
    """A run whose plots, those of cost among them, were written, and what is drawn from then on."""
    costs = {"measured": "", "machine": {}, "torch": "", "precision": "float32"}
    size = {"height": 10, "width": 10, "repeats": 2}
    write_measured_costs(copy_of_run, MeasuredCosts(**costs, **size, costs=(COST,)))
    report(copy_of_run)
    assert {"recovered", "pictures-1", *OF_PSNR} <= set(drawn)
    assert {f"per-class-detection-{one}" for one in (1, 2)} <= set(drawn)
    return copy_of_run


@pytest.fixture
def again(measured, drawn):
    def again():
        drawn.clear()
        report(measured)
        counts = {drawn.count(name) for name in drawn}
        assert counts <= {3}, "a plot is drawn in all formats or in none"
        return set(drawn)

    return again


def changed(folder, name, where, column, value):
    path = folder / name
    is_table = path.suffix == ".csv"
    rows = pd.read_csv(path) if is_table else pd.read_parquet(path)
    of_rows = np.logical_and.reduce([rows[key] == one for key, one in where.items()])
    assert of_rows.any()
    rows.loc[of_rows, column] = value
    rows.to_csv(path, index=False) if is_table else rows.to_parquet(path)


def changed_json(path, **new):
    path.write_text(json.dumps(json.loads(path.read_text()) | new))


def test_where_nothing_has_changed_nothing_is_drawn(measured, again):
    before = {path: path.read_bytes() for path in (measured / "figures").iterdir()}
    assert again() == set()
    assert {path: path.read_bytes() for path in (measured / "figures").iterdir()} == before


def test_another_revision_machine_or_invocation_is_in_no_plot(measured, again):
    told = {"git": {"revision": "f" * 40, "dirty": False}, "machine": {"cpu": "another"}}
    changed_json(measured / "manifest.json", **told, versions={}, seconds={"restore": 1.0})
    assert again() == set()


@pytest.mark.parametrize(
    ("where", "plots"),
    [
        ({"rain_set": HEAVY, "task": "restoration", "metric": "psnr_y"}, OF_PSNR),
        ({"rain_set": HEAVY, "task": "restoration", "metric": "ssim_y"}, set()),
        ({"rain_set": LIGHT, "task": "detection", "metric": "ap/car"}, {"per-class-detection-2"}),
        (
            {"rain_set": HEAVY, "task": "segmentation", "metric": "miou"},
            {f"{one}-segmentation" for one in ("level", "gains", "cost")}
            | {"quality-against-tasks", "recovered"},
        ),
    ],
)
def test_a_figure_that_has_changed_draws_the_plots_that_show_it(measured, again, where, plots):
    changed(measured, "summary.csv", {**where, "derainer": "rdmc"}, "value", 0.4567)
    found = again()
    # The scale of all of a task's maps follows from the farthest change of any.
    assert found - {"per-class-detection-1"} == plots
    assert again() == set()


def test_a_record_that_has_changed_draws_the_plot_of_single_images(measured, again):
    one = {"rain_set": HEAVY, "derainer": "rdmc", "image": image_ids(HEAVY)[0]}
    changed(measured, "records/restoration.parquet", one, "psnr_y", 12.0)
    assert again() == {"per-image"}


def test_a_comparison_a_cost_and_a_picture_that_have_changed(measured, again):
    where = {"rain_set": HEAVY, "derainer": "rdmc", "metric": "psnr_y"}
    changed(measured, "comparisons.csv", where, "gain", -0.5)
    assert again() == OF_PSNR
    costs = json.loads((measured / "efficiency.json").read_text())
    costs["costs"][0]["milliseconds"] = [5.0]
    changed_json(measured / "efficiency.json", **costs)
    assert again() == {f"cost-{one}" for one in ("restoration", "detection", "segmentation")}
    first = read_examples(measured)[LIGHT][0].folder
    shutil.copy(restored_path(first, "rainy"), restored_path(first, "rdmc"))
    assert len(again()) == 1 and again() == set()


def test_a_derainer_that_is_called_otherwise(measured, again):
    manifest = json.loads((measured / "manifest.json").read_text())
    manifest["derainers"][2]["title"] = "Another"
    changed_json(measured / "manifest.json", **manifest)
    assert {"recovered", "pictures-1", "per-class-detection-1", *OF_PSNR} <= again()


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_a_file_that_was_edited_deleted_or_replaced(measured, again, ending):
    path = measured / "figures" / f"recovered.{ending}"
    content = path.read_bytes()
    for damage in (
        lambda: path.write_bytes(content + b"\n"),
        path.unlink,
        lambda: shutil.copy(path.with_name(f"per-image.{ending}"), path),
    ):
        damage()
        assert again() == {"recovered"}


@pytest.mark.parametrize(
    "patched",
    [
        (plot_files, "code", lambda *patterns: {"harness/report/plots/levels.py": "edited"}),
        (plot_files, "packages", lambda: {"matplotlib": "0"}),
    ],
)
def test_all_are_drawn_by_other_sources_or_another_matplotlib(
    measured, again, drawn, monkeypatch, patched
):
    every = set(drawn)
    monkeypatch.setattr(*patched)
    assert again() == every
    assert again() == set()


def test_all_are_drawn_with_other_settings_of_a_user(again, drawn):
    every = set(drawn)
    with matplotlib.rc_context({"lines.dash_capstyle": "round"}):
        assert again() == every


@pytest.mark.parametrize(
    "content",
    [b"", b"[" * 5000, b"[]", b"{}", b'{"recovered": 1}', b"\xff", b'{"recovered": {"files": []}}'],
)
def test_a_note_that_tells_nothing_draws_all(measured, again, drawn, content):
    every = set(drawn)
    (measured / "figures" / NOTE).write_bytes(content)
    assert again() == every
    assert again() == set()


@pytest.mark.parametrize("most", range(4))
def test_a_report_that_was_killed_leaves_no_plot_that_is_believed(
    measured, again, monkeypatch, most
):
    """A figure changes, the report of that is killed between two files, and it changes back."""
    summary = (measured / "summary.csv").read_bytes()
    where = {"rain_set": HEAVY, "derainer": "rdmc", "metric": "psnr_y"}
    changed(measured, "summary.csv", where, "value", 20.0)
    write, left = plot_files.write_bytes, []

    def killed(path, content):
        if len(left) == most:
            raise KeyboardInterrupt
        left.append(path.stem)
        write(path, content)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(plot_files, "write_bytes", killed)
        report(measured)
    (measured / "summary.csv").write_bytes(summary)
    assert again() == set(left)


def test_plots_that_a_report_writes_no_more_go_unless_somebody_changed_them(measured, again):
    figures = measured / "figures"
    (figures / "my own.png").touch()
    (figures / "cost-detection.pdf").write_bytes(b"edited")
    note = json.loads((figures / NOTE).read_text())
    note["away"] = {"made_from": "", "files": {"../summary.csv": "0" * 64, "none\0.png": ""}}
    (figures / NOTE).write_text(json.dumps(note))
    (measured / "efficiency.json").unlink()
    before = {path.name for path in figures.iterdir()}
    assert again() == {"quality-against-tasks"}  # without costs it rings nobody
    after = {path.name for path in figures.iterdir()}
    costs = {name for name in before if name.startswith("cost-")}
    assert before - after == costs - {"cost-detection.pdf"}
    assert (measured / "summary.csv").exists()


def test_excel_and_a_folder_that_was_copied_without_its_hidden_files_draw_nothing(
    reported, tmp_path, monkeypatch
):
    (tmp_path / "copy").mkdir()
    for path in reported.glob("[!.]*"):
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, tmp_path / "copy" / path.name)
    monkeypatch.setattr(plot_files, "FORMATS", dict.fromkeys(plot_files.FORMATS, pytest.fail))
    page = write_report(tmp_path / "copy", excel=True)
    assert page.read_bytes() == (reported / "report.html").read_bytes()
    assert (tmp_path / "copy" / "tables" / "tables.xlsx").exists()


def seen(figure):
    """What a figure shows, before it is laid out."""
    lines = [(line.get_xydata().tolist(), line.get_color()) for line in figure.findobj(Line2D)]
    texts = [(one.get_text(), one.get_color()) for one in figure.findobj(Text)]
    patches = [(one.get_path().vertices.tolist(), one.get_fc()) for one in figure.findobj(Patch)]
    meshes = [one.get_array().tolist() for one in figure.findobj(QuadMesh)]
    return repr((figure.get_size_inches(), texts, lines, patches, meshes))


@pytest.fixture(scope="module")
def shown_first(run):
    return {one.name: (one.digest, seen(one.figure)) for one in drawings(run)}


@pytest.mark.parametrize("seed", range(3))
def test_what_stays_is_what_would_be_drawn(run_folder, copy_of_run, shown_first, seed):
    """Any figures change: each plot whose digest does not shows what it did."""
    chance = random.Random(seed)
    for name in ("summary.csv", "comparisons.csv"):
        table = pd.read_csv(copy_of_run / name)
        for _ in range(3):
            known = table.select_dtypes("float").dropna(axis="columns", how="all")
            column = chance.choice(known.columns)
            row = chance.choice(table.index[table[column].notna()])
            table.loc[row, column] *= 1.5
        table.to_csv(copy_of_run / name, index=False)
    found = {one.name: one for one in drawings(read_run(copy_of_run))}
    assert found.keys() == shown_first.keys()
    stays = {name for name, (digest, _) in shown_first.items() if found[name].digest == digest}
    assert stays and stays != found.keys()
    assert all(seen(found[name].figure) == shown_first[name][1] for name in stays)


def shown(*values):
    return Drawing("one", "", "", as_png, values).digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        ("1", 1),
        (None, float("nan")),
        (("a", "b"), ("ab",)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (np.zeros(4), np.zeros((2, 2))),
        (np.zeros(1, np.uint8), np.zeros(1, np.int8)),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]})),
        (as_png, as_svg),
        (partial(as_png, 1), partial(as_png, 2)),
        (COST, COST.model_copy(update={"macs": None})),
    ],
)
def test_what_differs_has_another_digest(one, other):
    assert shown(one) == shown(one)
    assert shown(one) != shown(other)


def test_nothing_is_shown_that_has_no_digest_or_reads_files(run):
    table = pd.DataFrame({"name": ["a"]})
    for value in (run, lambda: None, object(), {1, 2}, np.array([object()]), table):
        with pytest.raises((TypeError, ValueError)):
            shown(value)
    place = (HEAVY, "detection", "ap")
    part = run.part([place])
    assert shown(part) == shown(run.part([place])) != shown(run.part([(LIGHT, *place[1:])]))
    assert part.value(HEAVY, "rdmc", "detection", "ap") == run.value(HEAVY, "rdmc", *place[1:])
    assert part.failed(HEAVY, "prenet", "detection") == run.failed(HEAVY, "prenet", "detection")
    assert part.bounds(HEAVY) == run.bounds(HEAVY)
    for other in ((LIGHT, "rdmc", "detection", "ap"), (HEAVY, "rdmc", "detection", "ap50")):
        with pytest.raises(LookupError, match="not in this part"):
            part.value(*other)


def test_the_size_of_a_plot_is_told_by_its_file(run):
    one = next(drawings(run))
    as_png(one.figure)
    plot = run_page.embedded_plot(one, as_svg(one.figure))
    assert (plot.width, plot.height) == tuple(round(96 * i) for i in one.figure.get_size_inches())
