"""Writing a run's report into its folder: tables, figures, and the page that holds them all."""

from collections.abc import Mapping
from pathlib import Path

from harness.images import write_bytes
from harness.report.canvas import as_pdf, as_png, plot_style
from harness.report.formats import to_csv, to_latex, to_markdown
from harness.report.page import Content, Plot, embedded_plot, report_page
from harness.report.plots import drawings
from harness.report.protocols import protocols
from harness.report.run_data import RunData, read_run
from harness.report.tables import joint_table, paired_table, per_class_tables, recovered_table
from harness.report.troubles import failures, failures_csv

TITLES = {
    "joint": "Every derainer against every task",
    "recovered": "How much of the loss comes back",
    "paired": "Restoration, image by image",
    "per_class": "Class by class",
}


INTRODUCTIONS = {
    "recovered": (
        "Lost to rain is the clean image's figure less the rainy input's. The rows below it are "
        "the share of that loss which deraining gave back: 0 is the rainy input, 1 the clean "
        "image, and below 0 deraining made matters worse. In brackets: 95% bootstrap interval "
        "over images, where the records allow it exactly."
    ),
    "paired": (
        "Gain is the mean over images of the derained image's figure less the rainy one's, in "
        "brackets its 95% bootstrap interval; images gaining is the share of images above zero."
    ),
}


def write_run_report(directory: Path) -> Path:
    """Write ``tables/``, ``figures/`` and ``report.html`` of a run; see `harness.report`."""
    run = read_run(directory)
    content = gather(run, _write_figures(run))
    for name in TITLES:
        _write_tables(directory / "tables", name, content)
    write_text(directory / "tables" / "failures.csv", failures_csv(list(content.failures)))
    page = directory / "report.html"
    write_text(page, report_page(run, content))
    return page


def gather(run: RunData, plots: list[Plot]) -> Content:
    """Return everything that the page shows, computed from the run."""
    sets = [one.name for one in run.rain_sets if run.tasks_of(one.name)]
    recovered = [recovered_table(run, rain_set) for rain_set in sets]
    paired = [paired_table(run, rain_set) for rain_set in sets]
    return Content(
        joint=[joint_table([run], rain_set) for rain_set in sets],
        recovered=[table for table in recovered if table is not None],
        paired=[table for table in paired if table is not None],
        per_class=[table for rain_set in sets for table in per_class_tables(run, rain_set)],
        plots=plots,
        protocols=protocols(run),
        failures=failures(run),
        introductions=INTRODUCTIONS,
    )


def _write_figures(run: RunData) -> list[Plot]:
    folder, plots = run.directory / "figures", []
    with plot_style():
        for one in drawings(run):
            png = as_png(one.figure)
            write_bytes(folder / f"{one.name}.png", png)
            write_bytes(folder / f"{one.name}.pdf", as_pdf(one.figure))
            plots.append(embedded_plot(one.name, png, one.caption, one.alternative))
    return plots


def _write_tables(folder: Path, name: str, content: Content) -> None:
    tables = getattr(content, name)
    texts: Mapping[str, str] = {
        "md": to_markdown(TITLES[name], tables, content.protocols, INTRODUCTIONS.get(name, "")),
        "csv": to_csv(tables),
        "tex": to_latex(tables, content.protocols),
    }
    for ending, text in texts.items():
        write_text(folder / f"{name}.{ending}", text)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 under a temporary name and rename it."""
    write_bytes(path, text.encode("utf-8"))
