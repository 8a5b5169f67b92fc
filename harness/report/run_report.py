"""Writing a run's report into its folder: tables, figures, and the page that holds them all."""

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from harness.errors import BenchError
from harness.images import write_bytes
from harness.report.beside import beside, write_beside
from harness.report.page.run_page import Beside, Content, Plot, embedded_plot, report_page
from harness.report.page.troubles import failures, failures_csv
from harness.report.plots.cost_plots import cost_drawings
from harness.report.plots.figures import drawings
from harness.report.plots.grid import grid_drawings
from harness.report.plots.style import as_pdf, as_png, as_svg, plot_style
from harness.report.protocols import protocols
from harness.report.settings_of_run import report_settings
from harness.report.tables.against_rain import paired_table, recovered_table
from harness.report.tables.chosen import chosen_tables
from harness.report.tables.cost_table import (
    Costed,
    cost_csv,
    cost_protocol,
    cost_table,
    costed_alone,
    costed_of,
)
from harness.report.tables.formats import to_markdown
from harness.report.tables.latex import to_latex
from harness.report.tables.measured import (
    joint_table,
    per_class_tables,
)
from harness.report.tables.model import HARM, Table
from harness.report.tables.parts_of_sets import with_part
from harness.report.tables.published_table import published_table
from harness.report.tables.shown_protocols import shown_protocols
from harness.report.tables.table_files import write_tables_if_any, write_text
from harness.report.tables.workbook import FILE as WORKBOOK
from harness.report.tables.workbook import Titled, to_workbook
from harness.report_settings import ReportSettings
from harness.run_folder.beside import read_beside
from harness.run_folder.costs import FILE_NAME, MeasuredCosts, read_costs
from harness.run_folder.run_data import RunData, read_run

TITLES = {
    "joint": "Every derainer against every task",
    "recovered": "How much of the loss comes back",
    "paired": "Gained over the rainy input, and images harmed",
    "per_class": "Class by class",
    "published": "Measured and published",
}
COST_TITLE = "What the derainers cost"


INTRODUCTIONS = {
    "joint": (
        "Bold are the best figure of a column and all that it is ahead of by no more than noise "
        "(paired over images, p of 0.05 or more after Holm's correction for all pairs). "
        f"{HARM} stands where a figure is worse than the rainy input's."
    ),
    "recovered": (
        "Lost to rain is the clean image's figure less the rainy input's. The rows below it are "
        "the share of that loss which deraining gave back: 0 is the rainy input, 1 the clean "
        "image, and below 0 deraining made matters worse. In brackets: 95% interval over images, "
        "of the share by Fieller. Where the loss itself is within noise no share is told."
    ),
    "paired": (
        "Gain is by how much the derained figure is better than the rainy one, on the same images, "
        "in brackets its 95% interval. Images harmed is the share of images whose own figure is "
        "worse than in the rain; harmed.csv names them, comparisons.csv and pairs.csv have the "
        "p-values."
    ),
    "published": (
        "What others published of these methods on these rain sets, beside what was measured here. "
        "The published figures are not ours: protocol and source stand below, and where the "
        "weights learned from other pictures, or the protocol differs, they need not agree. "
        "Difference is measured less published, in the published digits."
    ),
}


ON_INTERVALS = (
    " In brackets: 95% interval over images, of the share by Fieller.",
    ", in brackets its 95% interval",
)
"""What the introductions say of intervals, which a table of choice may leave out."""

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


def write_run_report(
    directory: Path, settings: ReportSettings | None = None, excel: bool = False
) -> Path:
    """Write ``tables/``, ``figures/`` and ``report.html`` of a run; see `harness.report`."""
    run = read_run(directory)
    settings = settings or report_settings(run)
    settings = settings.model_copy(update={"excel": settings.excel or excel})
    others = [(one, beside(one, report_settings(one))) for one in read_beside(directory)]
    content = gather(run, _write_figures(run), [shown for _, shown in others])
    folder = directory / "tables"
    for one, shown in others:
        write_beside(folder, one, shown)
    for name, title in TITLES.items():
        introduction = content.introductions.get(name, "")
        tables = getattr(content, name)
        write_tables_if_any(folder, name, title, tables, content.protocols, introduction)
    if run.costs is not None:
        _write_costs(directory, run.costs, costed_of(run))
    write_text(directory / "tables" / "failures.csv", failures_csv(list(content.failures)))
    page = directory / "report.html"
    write_text(page, report_page(run, content))
    _write_chosen(directory, run, content, settings)
    return page


def _write_chosen(
    directory: Path, run: RunData, content: Content, settings: ReportSettings
) -> None:
    """Write the tables that the user chose, and all of them as a workbook if it is wanted."""
    folder = directory / "tables"
    whole = {
        name: Titled(title, getattr(content, name), content.protocols)
        for name, title in TITLES.items()
    }
    whole |= {"efficiency": Titled(COST_TITLE, [content.cost])} if content.cost is not None else {}
    for one in settings.tables:
        tables = chosen_tables(run, one)
        signed = shown_protocols(run, one, tables)
        whole[one.name] = Titled(one.title or one.name, tables, signed)
        introduction = content.introductions.get(one.shows, "")
        if not one.intervals:
            introduction = _without_brackets(introduction)
        write_tables_if_any(folder, one.name, whole[one.name].title, tables, signed, introduction)
    for other in content.beside:
        whole |= {
            f"{other.name}-{name}": Titled(f"{other.name}: {other.titles[name]}", tables)
            for name, tables in other.tables.items()
        }
    if settings.excel:
        write_bytes(folder / WORKBOOK, to_workbook(whole))
    else:
        (folder / WORKBOOK).unlink(missing_ok=True)


def _without_brackets(introduction: str) -> str:
    """Return an introduction to tables without intervals."""
    for said in ON_INTERVALS:
        introduction = introduction.replace(said, "")
    return introduction


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
    write_text(folder / "efficiency.tex", to_latex([table], label="efficiency", remark=words))
    return folder / "efficiency.md"


def gather(run: RunData, plots: list[Plot], others: Sequence[Beside] = ()) -> Content:
    """Return everything that the page shows, computed from the run and those beside it."""
    sets = [one.name for one in run.rain_sets if run.tasks_of(one.name)]
    measured, introductions = run.costs, introductions_of(run)
    if measured is not None:
        introductions["cost"] = cost_protocol(measured)
    return Content(
        joint=_told(run, (joint_table([run], rain_set) for rain_set in sets)),
        recovered=_told(run, (recovered_table(run, rain_set) for rain_set in sets)),
        paired=_told(run, (paired_table(run, rain_set) for rain_set in sets)),
        per_class=_told(run, chain.from_iterable(per_class_tables(run, one) for one in sets)),
        published=_told(run, (published_table(run, rain_set) for rain_set in sets)),
        cost=cost_table(measured, costed_of(run)) if measured is not None else None,
        plots=plots,
        protocols=protocols(run),
        failures=failures(run),
        introductions=introductions,
        beside=others,
    )


def _told(run: RunData, tables: Iterable[Table | None]) -> list[Table]:
    """Return the tables that there are, each with the part of its rain set that it tells of."""
    return [with_part([run], table) for table in tables if table is not None and table.columns]


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
