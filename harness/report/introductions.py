"""What must be known to read each kind of table."""

from harness.report.tables.model import HARM
from harness.run_folder.run_data import RunData

INTRODUCTIONS = {
    "joint": (
        "Bold are the best figure of a column and all that it is ahead of by no more than noise "
        "(paired over images, p of 0.05 or more after Holm's correction for all pairs). "
        f"{HARM} stands where a figure is worse than the rainy input's."
    ),
    "recovered": (
        "Lost to rain is the clean image's figure less the rainy input's. The rows below it are "
        "the share of that loss which deraining gave back: 0 is the rainy input, 1 the clean "
        f"image, and below 0 deraining made matters worse ({HARM}). In brackets: 95% interval over "
        "images, of the share by Fieller. Where the loss itself is within noise no share is told."
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


def without_intervals(introduction: str) -> str:
    """Return an introduction to tables that leave the intervals out."""
    for said in ON_INTERVALS:
        introduction = introduction.replace(said, "")
    return introduction
