"""Writing a run's report into its folder: tables, figures, and the page that holds them all."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from harness.errors import BenchError
from harness.images import write_bytes
from harness.report.choice import as_files, beside, chosen_of, write_chosen
from harness.report.introductions import introductions_of
from harness.report.page.run_page import (
    Beside,
    Chosen,
    Content,
    Plot,
    embedded_plot,
    report_page,
)
from harness.report.page.troubles import failures, failures_csv
from harness.report.plots.cost_plots import cost_drawings
from harness.report.plots.figures import drawings
from harness.report.plots.grid import grid_drawings
from harness.report.plots.plot_files import PlotFiles
from harness.report.protocols import protocols
from harness.report.settings_of_run import report_settings
from harness.report.tables.against_rain import paired_table, recovered_table
from harness.report.tables.cost_table import (
    Costed,
    cost_csv,
    cost_protocol,
    cost_table,
    costed_alone,
    costed_of,
)
from harness.report.tables.formats import to_markdown
from harness.report.tables.images_harmed import with_images_harmed
from harness.report.tables.in_print import in_print
from harness.report.tables.latex import to_latex
from harness.report.tables.measured import (
    joint_table,
    per_class_tables,
)
from harness.report.tables.model import Table
from harness.report.tables.parts_of_sets import with_part
from harness.report.tables.published_table import published_table
from harness.report.tables.table_files import write_tables, write_text
from harness.report.tables.table_index import keep_only
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
KINDS = (*TITLES, "efficiency", Path(WORKBOOK).stem)
"""What files of tables are called that follow from a run alone."""

COST_TITLE = "What the derainers cost"


def write_run_report(
    directory: Path, settings: ReportSettings | None = None, excel: bool = False
) -> Path:
    """Write ``tables/``, ``figures/`` and ``report.html`` of a run; see `harness.report`."""
    run, asked = read_run(directory), settings
    settings = asked or report_settings(run)
    settings = settings.model_copy(update={"excel": settings.excel or excel})
    others = [
        beside(one, report_settings(one), introductions_of(one)) for one in read_beside(directory)
    ]
    chosen, problem = chosen_of(run, settings.tables, introductions_of(run))
    if problem is not None and asked is not None:
        raise problem  # what the last report wrote stays as it is
    content = gather(run, _write_figures(run), chosen, [shown for shown, _ in others])
    written = _write_tables(directory, run, content, settings.excel)
    wrong = [one for one in (problem, *(one for _, one in others)) if one is not None]
    keep_only(directory / "tables", written, KINDS, removes=not wrong)
    page = directory / "report.html"
    write_text(page, report_page(run, content))
    if wrong:  # all else of the report is there
        raise wrong[0]
    return page


def _write_tables(directory: Path, run: RunData, content: Content, excel: bool) -> list[str]:
    """Write all tables; return the names of their files."""
    folder = directory / "tables"
    written = ["failures.csv"]
    write_text(folder / "failures.csv", failures_csv(list(content.failures)))
    for name, title in TITLES.items():
        if tables := getattr(content, name):
            introduction = content.introductions.get(name, "")
            written += write_tables(folder, name, title, tables, content.protocols, introduction)
    if run.costs is not None:
        written += _write_costs(directory, run.costs, costed_of(run))
    written += write_chosen(folder, content.chosen)
    for other in content.beside:
        written += write_chosen(folder, as_files(other))
    return written + (_write_workbook(folder, content) if excel else [])


def _write_workbook(folder: Path, content: Content) -> list[str]:
    """Write all tables as a workbook; return the name of its file."""
    whole = {
        name: Titled(title, getattr(content, name), content.protocols)
        for name, title in TITLES.items()
    }
    whole |= {"efficiency": Titled(COST_TITLE, [content.cost])} if content.cost is not None else {}
    groups = [*content.chosen, *(one for other in content.beside for one in as_files(other))]
    whole |= {one.name: Titled(one.title, one.tables, one.protocols) for one in groups}
    write_bytes(folder / WORKBOOK, to_workbook(whole))
    return [WORKBOOK]


def write_cost_tables(directory: Path) -> Path:
    """Write what derainers cost where no run lies beside it; see `harness.report.write_costs`."""
    measured = read_costs(directory)
    if measured is None:
        raise BenchError(f"{directory}: holds no {FILE_NAME}; `rdmc-bench cost` writes it")
    _write_costs(directory, measured, costed_alone(measured))
    return directory / "tables" / "efficiency.md"


def _write_costs(
    directory: Path, measured: MeasuredCosts, derainers: Sequence[Costed]
) -> list[str]:
    """Write what derainers cost; return the names of the files."""
    table, folder = cost_table(measured, derainers), directory / "tables"
    words = cost_protocol(measured)
    texts = {
        "efficiency.md": to_markdown(COST_TITLE, [table], introduction=words),
        "efficiency.csv": cost_csv(measured),
        "efficiency.tex": to_latex([table], label="efficiency", remark=words),
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    return list(texts)


def gather(
    run: RunData,
    plots: list[Plot],
    chosen: Sequence[Chosen] = (),
    others: Sequence[Beside] = (),
) -> Content:
    """Return everything that the page shows, computed from the run and those beside it."""
    sets = [one.name for one in run.rain_sets if run.tasks_of(one.name)]
    measured, introductions = run.costs, introductions_of(run)
    if measured is not None:
        introductions["cost"] = cost_protocol(measured)
    return Content(
        joint=_told(run, (with_images_harmed(run, joint_table([run], one)) for one in sets)),
        recovered=_told(run, (recovered_table(run, rain_set) for rain_set in sets)),
        paired=_told(run, (paired_table(run, rain_set) for rain_set in sets)),
        per_class=[
            replace(in_print(table, {}, intervals=False), as_recorded=table)
            for table in _told(run, chain.from_iterable(per_class_tables(run, one) for one in sets))
        ],
        published=_told(run, (published_table(run, rain_set) for rain_set in sets)),
        cost=cost_table(measured, costed_of(run)) if measured is not None else None,
        plots=plots,
        protocols=protocols(run),
        failures=failures(run),
        introductions=introductions,
        chosen=chosen,
        beside=others,
    )


def _told(run: RunData, tables: Iterable[Table | None]) -> list[Table]:
    """Return the tables that there are, each with the part of its rain set that it tells of."""
    return [with_part([run], table) for table in tables if table is not None and table.columns]


def _write_figures(run: RunData) -> list[Plot]:
    """Write all figures in all formats, and return the plots that the page shows."""
    files = PlotFiles(run.directory / "figures")
    shown = chain(drawings(run), cost_drawings(run))
    plots = [embedded_plot(one, files.write(one)) for one in shown]
    for one in grid_drawings(run):  # the page has their pictures
        files.write(one)
    files.finish()
    return plots
