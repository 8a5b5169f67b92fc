"""What a run found, in sentences that are computed from its figures."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from harness.metric import Metric
from harness.report.printing import printed
from harness.report.roles import agreement_of, is_complete, losing, quality_metric
from harness.report.tables.model import DAGGER
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import FAILED
from harness.statistics.recovery import loses_to_rain


class Answer(NamedTuple):
    """The report's opening.

    Attributes:
        lead: The answer on the rain set that costs the tasks most, one paragraph.
        others: The answer on every other rain set, a paragraph each.
    """

    lead: str
    others: tuple[str, ...]


def answer(run: RunData) -> Answer:
    """Return what the run says, the hardest rain set first."""
    paragraphs = [paragraph for one in hardest_first(run) if (paragraph := _about(run, one))]
    closing = [_on_agreement(run), _on_failures(run)]
    if not paragraphs:
        failed = any(one.error or one.metric == FAILED for one in run.figures)
        why = "the failures below say why" if failed else "no task states one that is defined"
        nothing = f"No figure came out of this run; {why}."
        if not any(task.metrics or task.error for task in run.tasks):
            nothing = "Nothing is judged in this run: it shows what the derainers made of the rain."
        elif any(math.isfinite(one.value) for one in run.figures) and not failed:
            nothing = "No figure of this run says by itself which derainer is better."
        return Answer(" ".join([nothing, *filter(None, closing)]), ())
    return Answer(" ".join([paragraphs[0], *filter(None, closing)]), tuple(paragraphs[1:]))


def hardest_first(run: RunData) -> list[str]:
    """Return the names of the judged rain sets, the one that costs the tasks most first."""
    sets = [one.name for one in run.rain_sets if run.tasks_of(one.name)]
    return sorted(sets, key=lambda rain_set: -_cost(run, rain_set))


def best_derainer(run: RunData, rain_set: str, task: TaskEntry) -> str | None:
    """Return the name of the best complete derainer by the task's first metric, if one is best."""
    name = task.headline[0]
    sign = task.metric(name).direction
    ranked = {
        entry.name: sign * run.value(rain_set, entry.name, task.name, name)
        for entry in run.derainers
        if not run.failed(rain_set, entry.name, task.name).failures
    }
    known = {entry: value for entry, value in ranked.items() if sign and not math.isnan(value)}
    return max(known, key=lambda entry: known[entry]) if known else None


def _cost(run: RunData, rain_set: str) -> float:
    """Return the mean over tasks of the share of the clean figure that rain takes."""
    costs = [_relative_loss(run, rain_set, task) for task in losing(run, rain_set)]
    finite = [cost for cost in costs if math.isfinite(cost)]
    return sum(finite) / len(finite) if finite else -math.inf


def _relative_loss(run: RunData, rain_set: str, task: TaskEntry) -> float:
    """Return by which part of the clean figure's size the rainy one is worse."""
    rainy, clean = _bounds(run, rain_set, task)
    direction = task.metric(task.headline[0]).direction
    return direction * (clean - rainy) / abs(clean) if clean else math.nan


def _bounds(run: RunData, rain_set: str, task: TaskEntry) -> tuple[float, float]:
    name = task.headline[0]
    rainy, clean = (run.value(rain_set, row, task.name, name) for row in run.bounds(rain_set))
    return rainy, clean


def _about(run: RunData, rain_set: str) -> str:
    sentences = [_on_task(run, rain_set, task) for task in losing(run, rain_set)]
    sentences = [sentence for sentence in sentences if sentence]
    if not sentences:
        return _on_restoration(run, rain_set)
    return " ".join([f"On {rain_set}, {sentences[0]}", *map(_capital, sentences[1:])])


def _on_task(run: RunData, rain_set: str, task: TaskEntry) -> str:
    described = task.metric(task.headline[0])
    noun = _noun(run, task)
    rainy, clean = _bounds(run, rain_set, task)
    in_print = [printed(value, described.digits) for value in (clean, rainy)]
    best = best_derainer(run, rain_set, task)
    if not (math.isfinite(rainy) and math.isfinite(clean)):
        if best is None:
            return ""
        value = run.value(rain_set, best, task.name, task.headline[0])
        figure = printed(value, described.digits)
        return f"{noun} does best after {run.labels[best]} ({described.label} {figure})."
    if not described.direction:
        return ""
    if not loses_to_rain(rainy, clean, described.direction, described.least_loss):
        return (
            f"rain costs {noun} nothing that could be given back ({described.label} {in_print[0]} "
            f"on the clean images, {in_print[1]} in the rain)."
        )
    figures = f"({in_print[0]} on the clean images, {in_print[1]} in the rain)"
    verb = "lowers" if described.direction > 0 else "raises"
    costs = f"rain {verb} the {described.label} of {noun} {figures}"
    if described.direction > 0 and rainy >= 0:
        cost = _percent(_relative_loss(run, rain_set, task))
        costs = f"rain costs {noun} {cost} of its {described.label} {figures}"
    return f"{costs}; {_on_recovery(run, rain_set, task, best)}"


def _on_recovery(run: RunData, rain_set: str, task: TaskEntry, best: str | None) -> str:
    if best is None:
        return "no derainer finished all images."
    shares = {
        entry.name: run.compared(rain_set, entry.name, task.name, task.headline[0]).share
        for entry in run.derainers
        if is_complete(run, rain_set, entry.name, task.name)
    }
    top = shares.get(best, math.nan)
    label = run.labels[best]
    if math.isnan(top):
        return f"the best derainer is {label}."
    if round(top, 2) <= 0:
        further = f" and costs a further {_percent(-top)} of the loss" if round(top, 2) < 0 else ""
        return f"no derainer gives any of it back: the best, {label}, comes closest{further}."
    sentence = f"the best derainer, {label}, gives back {_percent(top)} of the loss"
    harmful = [run.labels[name] for name, share in shares.items() if round(share, 2) < 0]
    if harmful:
        verb = "makes" if len(harmful) == 1 else "make"
        sentence += f", while {_listed(harmful)} {verb} matters worse"
    return sentence + "."


def _on_restoration(run: RunData, rain_set: str) -> str:
    quality = quality_metric(run)
    if quality is None or quality[0] not in run.tasks_of(rain_set):
        return ""
    task, name = quality
    best, described = best_derainer(run, rain_set, task), task.metric(name)
    if best is None:
        return ""
    lower = run.lower(rain_set)
    derained, rainy = (
        f"{printed(run.value(rain_set, row, task.name, name), described.digits)} "
        f"{described.unit}".strip()
        for row in (best, lower)
    )
    against = f", against {rainy} of the rainy input" if lower else ""
    label = run.labels[best]
    if not run.upper(rain_set):  # nobody knows the truth: a figure is what it is, and no more
        return f"On {rain_set}, {label} is ahead in {described.label}: {derained}{against}."
    return f"On {rain_set}, {label} restores best: {described.label} {derained}{against}."


def _on_agreement(run: RunData) -> str:
    quality = quality_metric(run)
    counted = [
        agreement_of(run, rain_set.name, task)
        for rain_set in run.rain_sets
        for task in losing(run, rain_set.name)
    ]
    agreeing, pairs = (sum(one[place] for one in counted) for place in (0, 1))
    if quality is None or not pairs:
        return ""
    ahead = _ahead(quality[0].metric(quality[1]))
    if agreeing == pairs:
        return (
            f"Of two derainers the one with the {ahead} always served the tasks better "
            f"({pairs} comparisons)."
        )
    return (
        f"Of two derainers the one with the {ahead} also served the task better in "
        f"{agreeing} of {pairs} comparisons."
    )


def _on_failures(run: RunData) -> str:
    cells = [
        (rain_set.name, entry.name, task.name)
        for rain_set in run.rain_sets
        for entry in run.manifest.derainers
        for task in run.tasks
        if run.failed(rain_set.name, entry.name, task.name).failures
    ]
    if not cells:
        return ""
    failed = sum(run.failed(*cell).failures for cell in cells)
    judged = sum(
        len(run.tasks_of(rain_set.name)) * len(run.manifest.derainers) for rain_set in run.rain_sets
    )
    have = "has" if len(cells) == 1 else "have"
    return (
        f"{len(cells)} of {judged} cells {have} images that failed ({failed} in all); these "
        f"figures are marked {DAGGER} and not ranked."
    )


def _ahead(metric: Metric) -> str:
    return f"{'higher' if metric.direction > 0 else 'lower'} {metric.label}"


def _noun(run: RunData, task: TaskEntry) -> str:
    """Return what a sentence calls the judge: with the task's name where another is called so."""
    if not task.judge:
        return task.name
    alone = sum(other.judge == task.judge for other in run.tasks) == 1
    return task.judge if alone else f"{task.judge} {task.name}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _listed(names: Sequence[str]) -> str:
    """Join names as a sentence does.

    >>> _listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
