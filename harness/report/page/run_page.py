"""The HTML page of a run: one file that needs nothing else to be read."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.report.page.browser import browser
from harness.report.page.examples import Example, View, examples, legends
from harness.report.page.most_harmed import MostHarmed, most_harmed
from harness.report.page.pictures import data_uri
from harness.report.page.troubles import Failure, conversions, failed_cells
from harness.report.plots.plot_drawing import Drawing
from harness.report.printing import UNDEFINED
from harness.report.protocols import Protocol
from harness.report.roles import losing
from harness.report.sentences import answer, best_derainer, hardest_first
from harness.report.tables.model import Table
from harness.run_folder.manifest import DerainerEntry
from harness.run_folder.run_data import RunData

MOST_CAUSES = 100
"""Of one cell's causes on the page; all of them stand in ``tables/failures.csv``."""


SIZE = re.compile(rb'<svg [^>]*?width="([0-9.]+)pt" height="([0-9.]+)pt"')
"""Points, of which an inch has 72, that a plot is wide and high."""


class Plot(NamedTuple):
    """A plot as the page embeds it."""

    name: str
    source: str
    width: int
    height: int
    caption: str
    alternative: str

    @property
    def narrow(self) -> bool:
        """Whether the plot is too small to fill the page's width."""
        return self.width < 500


def embedded_plot(drawing: Drawing, svg: bytes) -> Plot:
    """Return a plot with its picture inside, which follows the page into the dark."""
    width, height = (round(float(points) * 96 / 72) for points in SIZE.findall(svg)[0])
    source = data_uri(svg, "image/svg+xml")
    return Plot(drawing.name, source, width, height, drawing.caption, drawing.alternative)


class Chosen(NamedTuple):
    """Tables that a user chose.

    Attributes:
        name: Of their files.
        title: Of all of them.
        introduction: What must be known to read them.
        tables: One for each rain set, or a single one.
        protocols: The signatures of their figures.
    """

    name: str
    title: str
    introduction: str
    tables: Sequence[Table]
    protocols: Sequence[Protocol]


class Beside(NamedTuple):
    """What a page shows of another run.

    Attributes:
        name: Of that run.
        words: What it is, and that its figures are not of this run.
        chosen: Its tables of choice.
        protocols: The signatures of its figures.
    """

    name: str
    words: str
    chosen: Sequence[Chosen]
    protocols: Sequence[Protocol]


@dataclass(frozen=True)
class Content:
    """What a page shows beside what it works out from the run.

    Attributes:
        joint: A table for each rain set.
        recovered: Likewise, where a loss is known.
        paired: Likewise, where restoration was judged.
        per_class: A table for each rain set and task that has figures by class.
        published: A table for each rain set with figures that others published.
        cost: What the derainers take, None where nobody measured it.
        plots: In any order; their names say where they stand.
        protocols: The signatures.
        failures: Every failed image.
        introductions: By the table's name, what must be known to read it.
        chosen: What the configuration asks for beside all these.
        beside: Of other runs, whose figures were kept with this one.
    """

    joint: Sequence[Table]
    recovered: Sequence[Table]
    paired: Sequence[Table]
    per_class: Sequence[Table]
    published: Sequence[Table]
    cost: Table | None
    plots: Sequence[Plot]
    protocols: Sequence[Protocol]
    failures: Sequence[Failure]
    introductions: Mapping[str, str]
    chosen: Sequence[Chosen]
    beside: Sequence[Beside]


class Script(NamedTuple):
    """A script of the page.

    Attributes:
        text: What it does.
        digest: By which the page's policy lets it run, and nothing else.
    """

    text: str
    digest: str


def scripts(*names: str) -> list[Script]:
    """Return scripts of the templates, to be written into a page."""
    folder = resources.files("harness.report.page") / "templates"
    texts = [(folder / name).read_text(encoding="utf-8") for name in names]
    return [
        Script(text, base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())
        for text in texts
    ]


def as_data(content: object) -> Markup:
    """Return JSON that may stand within a script element, whatever its texts hold."""
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", text))


def environment() -> Environment:
    """Return Jinja2 as every page uses it: all values escaped, no undefined name overlooked."""
    return Environment(
        loader=PackageLoader("harness.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


def report_page(run: RunData, content: Content) -> str:
    """Return the page."""
    shown = examples(run)
    hero, hero_words = _hero(run, shown)
    harmed = most_harmed(run)
    browsed = browser(run, shown, harmed.anchors)
    context = {
        "run": run,
        "answer": answer(run),
        "contents": _contents(content, shown, harmed, browsed is not None),
        "scripts": scripts("tables.js", *(["browser.js"] if browsed else [])),
        "untold": browsed["troubles"] if browsed else [],
        "browsed": as_data(browsed) if browsed else None,
        "browsable": {(one["set"], one["name"]) for one in browsed["images"]} if browsed else set(),
        "harmed": harmed.sets,
        "hero": hero,
        "hero_words": hero_words,
        "units": units_of([run]),
        "references": _on_references(run),
        "joint": content.joint,
        "recovered": content.recovered,
        "paired": content.paired,
        "per_class": content.per_class,
        "published": content.published,
        "cost": content.cost,
        "introductions": content.introductions,
        "chosen": content.chosen,
        "beside": [(one, [_protocol(of) for of in one.protocols]) for one in content.beside],
        "plots": _sorted_plots(content.plots),
        "examples": shown,
        "keeps_restored": run.manifest.configuration.get("keep_restored", False),
        "legends": legends(run),
        "drawn": " ".join(dict.fromkeys(task.drawn for task in run.tasks if task.drawn)),
        "failed": failed_cells(list(content.failures)),
        "most_causes": MOST_CAUSES,
        "unbuilt": [(one.name, one.error) for one in run.manifest.derainers if one.error]
        + [(one.name, one.error) for one in run.tasks if one.error],
        "conversions": conversions(run),
        "protocols": [_protocol(one) for one in content.protocols],
        "derainers": [_derainer(run, one) for one in (*run.references, *run.derainers)],
        **_run_facts(run),
    }
    return environment().get_template("report.html").render(context)


def _contents(
    content: Content, shown: Sequence[Example], harmed: MostHarmed, browsed: bool
) -> list[tuple[str, str]]:
    sections = [
        ("what", "What was run", True),
        ("results", "Results", bool(content.joint)),
        ("chosen", "Tables of choice", bool(content.chosen)),
        ("published", "Measured and published", bool(content.published)),
        ("recovered", "What comes back", bool(content.recovered)),
        (
            "quality",
            "Picture and prediction" if _predicts(content) else "Gains",
            bool(content.paired),
        ),
        *((f"beside-{at}", one.name, True) for at, one in enumerate(content.beside, 1)),
        ("cost", "What it costs", content.cost is not None),
        ("classes", "Classes", bool(content.per_class)),
        ("most-harmed", "Images harmed most", bool(harmed.sets)),
        ("images", "Image by image", browsed),
        ("examples", "Examples", bool(shown)),
        ("failures", "Failures", True),
        ("protocol", "Protocol", bool(content.protocols)),
        ("derainers", "Derainers", True),
        ("run", "The run itself", True),
    ]
    return [(anchor, heading) for anchor, heading, there in sections if there]


def _predicts(content: Content) -> bool:
    """Return whether the page shows pictures' quality against what tasks make of them."""
    return bool(_sorted_plots(content.plots)["quality"])


def _on_references(run: RunData) -> str:
    """Return what the rows in italics are for, "" where there are none."""
    words = {
        "lower": "the rainy input left as it is",
        "upper": "the clean image that no derainer sees",
    }
    there = [
        text for bound, text in words.items() if bound in {one.bound for one in run.references}
    ]
    if len(there) == 2:
        return f"Two reference rows bound what can be had: {there[0]}, and {there[1]}."
    return f"One reference row stands above the others: {there[0]}." if there else ""


def _sorted_plots(plots: Sequence[Plot]) -> dict[str, list[Plot]]:
    places = {
        "level": "level-",
        "recovered": "recovered",
        "quality": "quality-",
        "images": "per-image",
        "gains": "gains-",
        "cost": "cost-",
        "classes": "per-class-",
        "severity": "severity-",
    }
    return {
        place: [plot for plot in plots if plot.name.startswith(prefix)]
        for place, prefix in places.items()
    }


def units_of(runs: Sequence[RunData]) -> str:
    """Return in one sentence in which units the headline metrics are, "" if they have none."""
    units: dict[str, dict[str, None]] = {}
    for task in (task for run in runs for task in run.tasks):
        for name in task.headline:
            metric = task.metric(name)
            units.setdefault(metric.unit, {}).setdefault(metric.label)
    with_unit = [f"{', '.join(of)}: in {unit}" for unit, of in units.items() if unit]
    others = ["all else: without a unit"] if with_unit and "" in units else []
    return f"{'; '.join([*with_unit, *others])}." if with_unit else ""


def _hero(run: RunData, shown: Sequence[Example]) -> tuple[Example | None, str]:
    """Return an example, of the hardest rain set if there is one, and a line on what it shows."""
    order = hardest_first(run)
    judged_sets = [example for example in shown if example.rain_set in order]
    for example in sorted(judged_sets, key=lambda example: order.index(example.rain_set)):
        judged = [task for task in run.tasks_of(example.rain_set) if task.headline]
        tasks = losing(run, example.rain_set) or judged
        best = best_derainer(run, example.rain_set, tasks[0]) if tasks else None
        if best is None:
            continue
        bounds = (run.lower(example.rain_set), best, run.upper(example.rain_set))
        wanted = [run.labels.get(name, name) for name in bounds]
        views = [_last_picture(view) for view in example.views if view.label in wanted]
        if len(views) == len(wanted):
            words = (
                f"The rainy input, {run.labels[best]} (the best derainer by "
                f"{tasks[0].metric(tasks[0].headline[0]).label}) and the clean image"
            )
            words += ", each with what the task saw in it." if len(views[0].pictures) > 1 else "."
            return Example(example.rain_set, example.image, tuple(views)), words
    return None, ""


def _last_picture(view: View) -> View:
    """Return the view with the restored image and the first task's prediction on it."""
    return View(view.label, view.remark, view.pictures[:2])


def _protocol(one: Protocol) -> dict[str, object]:
    definitions = {
        f"{metric.label}: {metric.definition}": None
        for name, metric in one.metrics.items()
        if not name.endswith("/*")
    }
    return {
        "task": one.task,
        "labels": one.labels,
        "rain_sets": one.rain_sets,
        "definitions": list(definitions),
        "signature": one.signature,
    }


def _derainer(run: RunData, entry: DerainerEntry) -> dict[str, object]:
    year = str(entry.year) if entry.year else ""
    paper = entry.paper if year in entry.paper else f"{entry.paper}, {year}".strip(", ")
    trained_on = entry.trained_on.lower()
    weights = entry.weights_sha256
    digests = list(weights.values()) if isinstance(weights, dict) else [weights or ""]
    return {
        "entry": entry,
        "label": run.labels[entry.name],
        "paper": paper or UNDEFINED,
        "parameters": UNDEFINED if entry.is_reference else _parameters(entry.parameters),
        "overlap": [one.name for one in run.rain_sets if one.name.lower() in trained_on],
        "link": entry.source if entry.source.startswith("https://") else "",
        "digests": [digest[:16] for digest in digests if digest],
        "input": _input(entry),
    }


def _parameters(count: int | None) -> str:
    if count is None:
        return UNDEFINED
    if count >= 1_000_000:
        return f"{count / 1e6:.2f} M"
    return f"{count / 1e3:.0f} k" if count >= 10_000 else str(count)


def _input(entry: DerainerEntry) -> str:
    if entry.is_reference:
        return UNDEFINED
    parts = [entry.channel_order]
    if entry.normalisation not in {"", "none"}:
        parts.append(entry.normalisation)
    if entry.size_multiple > 1:
        where = ", half on each side" if entry.padding == "centred" else ""
        parts.append(f"padded to a multiple of {entry.size_multiple}{where}")
    if entry.authors_quantiser != "round":
        parts.append(f"the authors' script made 8 bits by {entry.authors_quantiser}")
    return ", ".join(parts)


def _run_facts(run: RunData) -> dict[str, Any]:
    manifest = run.manifest
    revision = manifest.git.revision or "not run from a git checkout"
    dirty = ", with uncommitted changes" if manifest.git.dirty else ""
    digests = {f"rain set {one.name}": one.digest or UNDEFINED for one in run.rain_sets}
    for task in run.tasks:
        digests |= {f"{task.name}: {file}": digest for file, digest in task.weights.items()}
    configuration = manifest.configuration
    return {
        "run_facts": {
            "started": manifest.started or UNDEFINED,
            "finished": manifest.finished or UNDEFINED,
            "source": f"{revision}{dirty}",
        },
        "seconds": {stage: f"{spent:.1f}" for stage, spent in manifest.seconds.items()},
        "machine": _known(manifest.machine),
        "versions": _known(manifest.versions),
        "digests": digests,
        "configuration": json.dumps(configuration, indent=2, ensure_ascii=False)
        if configuration
        else "",
    }


def _known(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if value not in (None, "")}
