"""Writes what an ablation found: tables, every figure by seed, and the plot."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from harness.images import write_bytes
from harness.report.plots.canvas import Drawing, as_pdf, as_png, plot_style
from harness.report.protocols import Protocol, protocols
from harness.report.run_report import write_text
from harness.report.tables.formats import markdown_text, to_csv, to_latex, to_markdown
from harness.report.tables.model import Table
from harness.training.ablation.plot import ablation_drawing
from harness.training.ablation.results import Results
from harness.training.ablation.tables import cost_table, rain_set_table


def write_ablation(results: Results, out: Path) -> None:
    """Write ``ablation.md``, ``.csv``, ``.tex``, ``.png`` and ``.pdf``, and ``by_seed.csv``.

    Args:
        results: What was found.
        out: The ablation's folder.
    """
    tables = [rain_set_table(results, rain_set) for rain_set in results.rain_sets]
    costs = cost_table(results)
    followed = followed_protocols(results)
    with plot_style():
        drawing = ablation_drawing(results)
        write_bytes(out / "ablation.png", as_png(drawing.figure))
        write_bytes(out / "ablation.pdf", as_pdf(drawing.figure))
    write_text(out / "ablation.md", _markdown(results, [*tables, costs], followed, drawing))
    write_text(out / "ablation.tex", to_latex([*tables, costs], followed))
    # In CSV the costs stand beside the figures of each rain set.
    of_each = [replace(costs, rain_set=table.rain_set) for table in tables]
    write_text(out / "ablation.csv", to_csv([*tables, *of_each]))
    write_text(out / "by_seed.csv", by_seed(results).to_csv(index=False, lineterminator="\n"))


def _markdown(
    results: Results, tables: Sequence[Table], followed: Sequence[Protocol], drawing: Drawing
) -> str:
    settings = results.trainings[0].settings
    introduction = (
        f"{len(results.settings.variants)} variants, each trained for {settings.iterations} steps "
        f"of {settings.batch} patches of {settings.patch}x{settings.patch} pixels, and judged by "
        "one benchmark."
    )
    text = to_markdown(f"Ablation of {settings.use}", tables, followed, introduction)
    title, rest = text.split("\n\n", 1)
    plot = f"![{drawing.alternative}](ablation.png)\n\n{markdown_text(drawing.caption)}"
    return f"{title}\n\n{plot}\n\n{rest}"


def followed_protocols(results: Results) -> list[Protocol]:
    """Return the signatures of the metrics that are shown."""
    shown = {
        (task.name, name)
        for rain_set in results.rain_sets
        for task, name in results.metrics(rain_set)
    }
    return [
        protocol
        for protocol in protocols(results.run)
        if any((protocol.task, name) in shown for name in protocol.metrics)
    ]


def by_seed(results: Results) -> pd.DataFrame:
    """Return every figure of the benchmark with the variant and the seed that it belongs to."""
    trainings = {training.name: training for training in results.trainings}
    rows = results.run.summary
    rows = rows[rows["derainer"].isin(list(trainings))].reset_index(drop=True)
    of_rows = [trainings[str(name)] for name in rows["derainer"]]
    rows = rows.drop(columns="derainer")
    rows.insert(0, "variant", [training.variant for training in of_rows])
    rows.insert(1, "seed", [training.seed for training in of_rows])
    return rows
