"""What a run found, in sentences that are computed from its figures."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from harness.metric import Metric
from harness.report.clauses import (
    against_rain,
    all_against_rain,
    correlation_with_interval,
    interval_of_gain,
    interval_of_share,
    name_of_judge,
    no_more_than_noise,
    tied_best_first,
    while_others_harm,
)
from harness.report.printing import percent, printed
from harness.report.roles import (
    best_of,
    classes_judged,
    images_judged,
    losing,
    loss_of,
    quality_metric,
    telling_correlations,
    tied_with,
    too_few,
)
from harness.report.tables.model import DAGGER
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import FAILED, SIGNIFICANT, Comparison
from harness.statistics.recovery import loses_to_rain
from harness.wording import counted

TOO_WEAK = 0.05
"""A judge whose figure on clean images is below it finds next to nothing at all."""


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
    closing = [_on_failures(run)]
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
    return best_of(run, rain_set, task.name, task.headline[0])


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
    on_tasks = [_on_task(run, rain_set, task) for task in losing(run, rain_set)]
    sentences = [sentence for sentence in on_tasks if sentence]
    if not sentences:
        on_restoration = _on_restoration(run, rain_set)
        return f"{on_restoration} {_on_images(run, rain_set)}" if on_restoration else ""
    sentences[0] = f"On {rain_set}, {sentences[0]}"
    beside = (_on_harm_to_pictures, _on_prediction, _on_images)
    sentences += [sentence for tell in beside if (sentence := tell(run, rain_set))]
    return " ".join(map(_capital, sentences))


def _on_harm_to_pictures(run: RunData, rain_set: str) -> str:
    """Return a sentence on derainers whose pictures are worse than the rainy ones, else ""."""
    quality = quality_metric(run)
    if quality is None or quality[0] not in run.tasks_of(rain_set) or not run.lower(rain_set):
        return ""
    compared = all_against_rain(run, rain_set, quality[0])
    harm = while_others_harm(run, compared, "").removeprefix(", while ")
    return f"By {quality[0].metric(quality[1]).label}, {harm}." if harm else ""


def _on_images(run: RunData, rain_set: str) -> str:
    """Return on how many images all of it stands, and what that allows."""
    images = images_judged(run, rain_set)
    there = next((one.images_in_all for one in run.rain_sets if one.name == rain_set), None) or 0
    of_all = f"Only {images} of {counted(there, 'image')} were" if there > images else ""
    if too_few(images):
        were = of_all or f"Only {counted(images, 'image')} {'was' if images == 1 else 'were'}"
        return f"{were} judged, too few to tell a difference from chance."
    return f"{of_all} judged." if of_all else f"This stands on {counted(images, 'image')}."


def _on_task(run: RunData, rain_set: str, task: TaskEntry) -> str:
    described = task.metric(task.headline[0])
    noun = name_of_judge(run, task)
    rainy, clean = _bounds(run, rain_set, task)
    in_print = [printed(value, described.digits) for value in (clean, rainy)]
    best = best_derainer(run, rain_set, task)
    if not (math.isfinite(rainy) and math.isfinite(clean)):
        return _on_task_without_bounds(run, rain_set, task, best) if best else ""
    if not described.direction:
        return ""
    if rainy >= 0 and _is_too_weak(described, clean):
        return (
            f"{noun} is too weak a judge to say anything: even on the clean images its "
            f"{described.label} is {in_print[0]}."
        )
    figures = f"({in_print[0]} on the clean images, {in_print[1]} in the rain)"
    harm = while_others_harm(run, all_against_rain(run, rain_set, task), "")
    if not loses_to_rain(rainy, clean, described.direction, described.least_loss):
        return (
            f"rain costs {noun} nothing that could be given back ({described.label} {in_print[0]} "
            f"on the clean images, {in_print[1]} in the rain){harm}."
        )
    loss = loss_of(run, rain_set, task, task.headline[0])
    if loss.is_tested and loss.p_holm >= SIGNIFICANT:
        return (
            f"what rain costs {noun} is within noise, and so is what comes back: {described.label} "
            f"{in_print[0]} on the clean images, {in_print[1]} in the rain, a loss of "
            f"{printed(loss.gain, described.digits)} {interval_of_gain(loss, described)}{harm}."
        )
    verb = "lowers" if described.direction > 0 else "raises"
    costs = f"rain {verb} the {described.label} of {noun} {figures}"
    if described.direction > 0 and rainy >= 0:
        cost = percent(_relative_loss(run, rain_set, task))
        costs = f"rain costs {noun} {cost} of its {described.label} {figures}"
    return f"{costs}; {_on_recovery(run, rain_set, task, best)}{_on_classes(run, rain_set, task)}"


def _on_task_without_bounds(run: RunData, rain_set: str, task: TaskEntry, best: str) -> str:
    """Return what a task finds where nobody knows the clean images, or not even the rainy ones."""
    name, label = task.headline[0], run.labels[best]
    described, noun = task.metric(name), name_of_judge(run, task)
    value, rainy = (
        printed(run.value(rain_set, row, task.name, name), described.digits)
        for row in (best, run.lower(rain_set))
    )
    if not math.isfinite(run.value(rain_set, run.lower(rain_set), task.name, name)):
        return f"{noun} does best after {label} ({described.label} {value})."
    compared = all_against_rain(run, rain_set, task)
    top = compared.get(best)
    tied = no_more_than_noise(tied_best_first(run, rain_set, task, name, best))
    untested = _untested(run, rain_set, compared)
    if top is None or not top.gain <= 0:
        within = ", a gain within noise" if top and top.is_tested and not top.surely_gains else ""
        harm = while_others_harm(run, compared, best)
        return (
            f"{noun} does best after {label} ({described.label} {value}, against {rainy} in the "
            f"rain{within}){tied}{harm}{untested}."
        )
    within = ", within noise" if top.is_tested and not top.surely_harms else ""
    return (
        f"no derainer helps {noun}: after the best, {label}, the {described.label} is {value}, "
        f"against {rainy} in the rain{within}{tied}{untested}."
    )


def _untested(run: RunData, rain_set: str, compared: Mapping[str, Comparison]) -> str:
    """Return a clause where images enough were judged and no comparison could be tested."""
    if too_few(images_judged(run, rain_set)) or any(one.is_tested for one in compared.values()):
        return ""
    return "; whether that is more than chance is not known, for the figure has no interval"


def _is_too_weak(metric: Metric, clean: float) -> bool:
    """Return whether a judge that should come near 1 on clean images is near 0 there."""
    return not metric.unit and metric.direction > 0 and 0 <= clean < TOO_WEAK


def _on_classes(run: RunData, rain_set: str, task: TaskEntry) -> str:
    """Return a sentence where most classes of the truth are judged by nobody, else ""."""
    judged, there = classes_judged(run, rain_set, task)
    if not 0 < judged < there / 2:
        return ""
    return f" It judges only {judged} of the {there} classes of {rain_set}."


def _on_recovery(run: RunData, rain_set: str, task: TaskEntry, best: str | None) -> str:
    if best is None:
        return "no derainer finished all images."
    name = task.headline[0]
    compared = all_against_rain(run, rain_set, task)
    top = compared.get(best)
    share = top.share if top else math.nan
    tied = tied_with(run, rain_set, task.name, name, best)
    if too_few(images_judged(run, rain_set)):
        return f"{run.labels[best]} has the best figure."
    if top is None or math.isnan(share):
        clause = no_more_than_noise(tied_best_first(run, rain_set, task, name, best))
        clause += _untested(run, rain_set, compared)
        return f"the best derainer is {run.labels[best]}{clause}."
    if round(share, 2) <= 0:
        further = f" and costs a further {percent(-share)} of the loss"
        further *= round(share, 2) < 0
        return (
            "no derainer gives any of it back: the best, "
            f"{run.labels[best]}, comes closest{further}."
        )
    if top.is_tested and not top.surely_gains:
        sentence = (
            f"what the best derainer, {run.labels[best]}, gives back of it is within noise "
            f"({percent(share)}{interval_of_share(top)})"
        )
    else:
        sentence = (
            f"the best derainer, {run.labels[best]}, gives back {percent(share)}"
            f"{interval_of_share(top)} of the loss"
        )
    behind = [
        f"{run.labels[one]} ({percent(compared[one].share)})"
        for one in sorted(tied, key=lambda one: -compared[one].share if one in compared else 0)
        if one in compared and not math.isnan(compared[one].share)
    ]
    harm = while_others_harm(run, compared, best)
    return f"{sentence}{no_more_than_noise(behind)}{harm}{_untested(run, rain_set, compared)}."


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
    compared = {
        entry.name: against_rain(run, rain_set, task, name, entry.name) for entry in run.derainers
    }
    if compared[best].harms:
        all_harm = "every derainer harms"
        if too_few(images_judged(run, rain_set)):
            all_harm = f"no derainer has a better {described.label} than the rainy input"
        elif not run.upper(rain_set):  # nobody knows the truth, or none is shown
            all_harm = f"by {described.label}, {all_harm}"
        within = ", within noise" if _is_within_noise(compared[best]) else ""
        return (
            f"On {rain_set}, {all_harm}{within}: the best, {label}, leaves a "
            f"{described.label} of {derained}{against}."
        )
    harm = while_others_harm(run, compared, best)
    if not run.upper(rain_set):  # nobody knows the truth: a figure is what it is, and no more
        return f"On {rain_set}, {label} is ahead in {described.label}: {derained}{against}{harm}."
    harm = no_more_than_noise(tied_best_first(run, rain_set, task, name, best)) + harm
    restores = "has the best figure" if too_few(images_judged(run, rain_set)) else "restores best"
    return f"On {rain_set}, {label} {restores}: {described.label} {derained}{against}{harm}."


def _is_within_noise(one: Comparison) -> bool:
    return one.is_tested and not one.surely_harms


def _on_prediction(run: RunData, rain_set: str) -> str:
    """Return whether better pictures go with better predictions, on this rain set alone."""
    quality = quality_metric(run)
    told = []
    for task in losing(run, rain_set):
        words = [
            f"{correlation_with_interval(one)} over {one.derainers} derainers"
            if one.over == "derainers"
            else f"{correlation_with_interval(one)} over the images' own gains"
            for one in telling_correlations(run, rain_set, task)
        ]
        if words:
            label = task.metric(task.headline[0]).label
            told.append(f"with {label} of {name_of_judge(run, task)}: {', '.join(words)}")
    if not told or quality is None:
        return ""
    label = quality[0].metric(quality[1]).label
    return f"Rank correlation of {label} {'; '.join(told)} (Spearman; 95% intervals over images)."


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


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
