"""Writing a run's report into its folder: tables, figures, and the page that holds them all."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from harness.errors import BenchError
from harness.images import write_bytes
from harness.report.page.run_page import Content, Plot, embedded_plot, report_page
from harness.report.page.troubles import failures, failures_csv
from harness.report.plots.cost_plots import cost_drawings
from harness.report.plots.figures import drawings
from harness.report.plots.grid import grid_drawings
from harness.report.plots.style import as_pdf, as_png, as_svg, plot_style
from harness.report.protocols import protocols
from harness.report.tables.cost_table import (
    Costed,
    cost_csv,
    cost_protocol,
    cost_table,
    costed_alone,
    costed_of,
)
from harness.report.tables.formats import to_latex, to_markdown
from harness.report.tables.measured import (
    joint_table,
    paired_table,
    per_class_tables,
    recovered_table,
)
from harness.report.tables.model import Table
from harness.report.tables.published_table import published_table
from harness.report.tables.table_files import remove_tables, write_tables, write_text
from harness.run_folder.costs import FILE_NAME, MeasuredCosts, read_costs
from harness.run_folder.run_data import RunData, read_run

TITLES = {
    "joint": "Every derainer against every task",
    "recovered": "How much of the loss comes back",
    "paired": "Restoration, image by image",
    "per_class": "Class by class",
}
COST_TITLE = "What the derainers cost"
PUBLISHED_TITLE = "Measured and published"


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
    "published": (
        "What others published of these methods on these rain sets, beside what was measured here. "
        "The published figures are not ours: protocol and source stand below, and where the "
        "weights learned from other pictures, or the protocol differs, they need not agree. "
        "Difference is measured less published, in the published digits."
    ),
}


LESS_IS_BETTER = {
    "recovered": " Of a metric of which less is better (↓), lost to rain is what rain adds.",
    "paired": " Of a metric of which less is better (↓), gain is by how much it fell.",
}


def introductions_of(run: RunData) -> dict[str, str]:
    """Return what must be known to read each kind of table of a run."""
    falling = any(task.metric(name).direction < 0 for task in run.tasks for name in task.headline)
    return {
        name: text + (LESS_IS_BETTER.get(name, "") if falling else "")
        for name, text in INTRODUCTIONS.items()
    }


def write_run_report(directory: Path) -> Path:
    """Write ``tables/``, ``figures/`` and ``report.html`` of a run; see `harness.report`."""
    run = read_run(directory)
    content = gather(run, _write_figures(run))
    for name, title in TITLES.items():
        _write_tables(directory, name, title, getattr(content, name), content)
    _write_tables(directory, "published", PUBLISHED_TITLE, content.published, content)
    if run.costs is not None:
        _write_costs(directory, run.costs, costed_of(run))
    write_text(directory / "tables" / "failures.csv", failures_csv(list(content.failures)))
    page = directory / "report.html"
    write_text(page, report_page(run, content))
    return page


def write_cost_tables(directory: Path) -> Path:
    """Write what derainers cost where no run lies beside it; see `harness.report.write_costs`."""
    measured = read_costs(directory)
    if measured is None:
        raise BenchError(f"{directory}: holds no {FILE_NAME}; `rdmc-bench cost` writes it")
    return _write_costs(directory, measured, costed_alone(measured))


def _write_costs(directory: Path, measured: MeasuredCosts, derainers: Sequence[Costed]) -> Path:
    table, folder = cost_table(measured, derainers), directory / "tables"
    words = cost_protocol(measured)
    write_text(folder / "efficiency.md", to_markdown(COST_TITLE, [table], introduction=words))
    write_text(folder / "efficiency.csv", cost_csv(measured))
    write_text(folder / "efficiency.tex", f"% {words}\n{to_latex([table])}")
    return folder / "efficiency.md"


def gather(run: RunData, plots: list[Plot]) -> Content:
    """Return everything that the page shows, computed from the run."""
    sets = [one.name for one in run.rain_sets if run.tasks_of(one.name)]
    recovered = [recovered_table(run, rain_set) for rain_set in sets]
    paired = [paired_table(run, rain_set) for rain_set in sets]
    published = [published_table(run, rain_set) for rain_set in sets]
    measured, introductions = run.costs, introductions_of(run)
    if measured is not None:
        introductions["cost"] = cost_protocol(measured)
    return Content(
        joint=[joint_table([run], rain_set) for rain_set in sets],
        recovered=[table for table in recovered if table is not None],
        paired=[table for table in paired if table is not None],
        per_class=[table for rain_set in sets for table in per_class_tables(run, rain_set)],
        published=[table for table in published if table is not None],
        cost=cost_table(measured, costed_of(run)) if measured is not None else None,
        plots=plots,
        protocols=protocols(run),
        failures=failures(run),
        introductions=introductions,
    )


def _write_figures(run: RunData) -> list[Plot]:
    folder, plots = run.directory / "figures", []
    with plot_style():
        for one in chain(drawings(run), cost_drawings(run)):
            write_bytes(folder / f"{one.name}.png", as_png(one.figure))
            write_bytes(folder / f"{one.name}.pdf", as_pdf(one.figure))
            svg = as_svg(one.figure)
            write_bytes(folder / f"{one.name}.svg", svg)
            plots.append(embedded_plot(one, svg))
        for one in grid_drawings(run):  # the page has the same pictures, to be looked into
            write_bytes(folder / f"{one.name}.png", as_png(one.figure))
            write_bytes(folder / f"{one.name}.pdf", as_pdf(one.figure))
    return plots


def _write_tables(
    directory: Path, name: str, title: str, tables: Sequence[Table], content: Content
) -> None:
    """Write one kind of table; of a kind that may be missing, none leaves no file behind."""
    folder = directory / "tables"
    if tables or name in TITLES:
        introduction = content.introductions.get(name, "")
        write_tables(folder, name, title, tables, content.protocols, introduction)
    else:
        remove_tables(folder, name)
