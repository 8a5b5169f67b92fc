"""Writes what an ablation found: tables, every figure by seed, and the plot."""

from pathlib import Path

import pandas as pd

from harness.images import write_bytes
from harness.report.plots.style import as_pdf, as_png, plot_style
from harness.report.protocols import Protocol, protocols
from harness.report.tables.formats import markdown_text
from harness.report.tables.table_files import write_tables, write_text
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
    settings = results.trainings[0].settings
    introduction = (
        f"{len(results.settings.variants)} variants, each trained for {settings.iterations} steps "
        f"of {settings.batch} patches of {settings.patch}x{settings.patch} pixels, and judged by "
        "one benchmark."
    )
    plot = f"![{drawing.alternative}](ablation.png)\n\n{markdown_text(drawing.caption)}"
    title = f"Ablation of {settings.use}"
    write_tables(out, "ablation", title, [*tables, costs], followed, introduction, plot)
    write_text(out / "by_seed.csv", by_seed(results).to_csv(index=False, lineterminator="\n"))


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
