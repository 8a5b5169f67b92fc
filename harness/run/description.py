"""What a run was made of, as its manifest tells it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from harness.derainer import Derainer, DerainerFacts
from harness.device import Device
from harness.digests import digest_json
from harness.foreign_code import ForeignError
from harness.machine import git_state, machine_facts, package_versions
from harness.metric import Metric
from harness.plugins.checks import check_legend
from harness.plugins.parts import Part
from harness.published_figures import PublishedAs, PublishedFigure, figures_on
from harness.run.plan import OpenRainSet, Plan
from harness.run_folder.manifest import (
    DerainerEntry,
    GitState,
    Manifest,
    PublishedEntry,
    RainSetEntry,
    TaskEntry,
)
from harness.task import Task
from harness.terms import Bound


def make_manifest(plan: Plan, device: Device, records: Mapping[str, pd.DataFrame]) -> Manifest:
    """Gather what stands in the manifest, apart from the invocations."""
    return Manifest(
        name=plan.config.name,
        description=plan.config.description,
        configuration=plan.config.model_dump(mode="json"),
        versions={**package_versions()},
        git=GitState(**git_state()),
        machine=machine_facts(device),
        derainers=tuple(map(_derainer, plan.derainers)),
        rain_sets=_rain_sets(plan, records),
        tasks=tuple(_task(plan, part) for part in plan.tasks),
        published=_published(plan),
        refusals=tuple(plan.refusals),
    )


def _derainer(part: Part[Any]) -> DerainerEntry:
    facts, bound, weights = _known(part)
    return DerainerEntry(
        name=part.name,
        use=part.entry.use,
        title=facts.title,
        paper=facts.paper,
        year=facts.year,
        licence=facts.licence,
        trained_on=facts.trained_on,
        source=facts.source,
        bound=bound,
        parameters=_parameters(part),
        weights_sha256=weights,
        size_multiple=facts.size_multiple,
        padding=facts.padding,
        channel_order=facts.channel_order,
        normalisation=facts.normalisation,
        authors_quantiser=facts.authors_quantiser,
        error=part.error,
    )


def _known(part: Part[Any]) -> tuple[DerainerFacts, Bound | None, str | dict[str, str]]:
    """Return the facts of a derainer, its bound and the digests of its weights."""

    def known(built: Derainer) -> tuple[DerainerFacts, Bound | None, str | dict[str, str]]:
        return built.facts, built.bound, getattr(built, "weights_digest", "")

    try:
        return part.ask(known, during="facts")
    except ForeignError:
        return DerainerFacts(title=part.name), None, ""  # it was not built, or hung


def _parameters(part: Part[Any]) -> int | None:
    try:
        count: int | None = part.ask(lambda built: built.parameters_count(), during="facts")
        return count
    except ForeignError:
        return None  # it was not built, or hung: its error stands beside it


def _rain_sets(plan: Plan, records: Mapping[str, pd.DataFrame]) -> tuple[RainSetEntry, ...]:
    """Return each rain set with a digest over the decoded content of its samples."""
    described = []
    for rain_set in plan.rain_sets:
        contents: dict[str, str] = {}
        for rows in records.values():
            loaded = rows[(rows["rain_set"] == rain_set.name) & (rows["sample_digest"] != "")]
            contents.update(zip(loaded["image"], loaded["sample_digest"], strict=True))
        described.append(
            RainSetEntry(
                name=rain_set.name,
                description=rain_set.description,
                notices=rain_set.notices,
                images=len(rain_set.ids),
                images_in_all=rain_set.images_in_all,
                digest=digest_json(sorted(contents.items())),
            )
        )
    return tuple(described)


def _task(plan: Plan, part: Part[Task]) -> TaskEntry:
    built = part.built
    if built is None:
        return TaskEntry(name=part.name, kind=part.entry.use, error=part.error)
    legends: dict[str, dict[str, tuple[int, int, int]]] = {}
    remarks: dict[str, tuple[str, ...]] = {}
    for rain_set in plan.rain_sets:
        if part not in plan.tasks_for(rain_set.name):
            continue
        legend, problem = legend_of(part, rain_set)
        said = plan.remarks.get((rain_set.name, part.name), ()) + problem
        legends |= {rain_set.name: legend} if legend else {}
        remarks |= {rain_set.name: said} if said else {}
    return TaskEntry(
        name=part.name,
        weights=_weights(part),
        legends=legends,
        remarks=remarks,
        error=part.error,
        **known_of(part.entry.use, type(built)) | {"metrics": _metrics(part, type(built))},
    )


def _metrics(part: Part[Task], of_class: type[Task]) -> dict[str, Metric]:
    try:
        return part.ask(lambda task: dict(task.metrics_as_built()), during="facts")
    except ForeignError:
        return dict(of_class.metrics)  # asked when it was built; it hung since


def known_of(kind: str, task: type[Task]) -> dict[str, Any]:
    """Return what the class of a task says, as `TaskEntry` has it."""
    return {
        "kind": kind,
        "headline": task.headline,
        "metrics": dict(task.metrics),
        "looks_at": task.looks_at,
        "can_lose": task.can_lose,
        "judge": task.judge,
        "drawn": task.drawn,
    }


def _weights(part: Part[Task]) -> dict[str, str]:
    try:
        return part.ask(lambda task: dict(task.weights_digests()), during="facts")
    except ForeignError:
        return {}  # asked when it was built; it hung since, and its rows say so


def legend_of(
    part: Part[Task], rain_set: OpenRainSet
) -> tuple[dict[str, tuple[int, int, int]], tuple[str, ...]]:
    """Return what the colours of a task's drawings mean, and what is wrong with what it said."""

    def legend(task: Task) -> dict[str, tuple[int, int, int]]:
        return check_legend(task.legend(rain_set.content))

    try:
        return part.ask(legend, during="picture"), ()
    except ForeignError as error:
        return {}, (f"the pictures stand without a legend ({error})",)


def _published(plan: Plan) -> tuple[PublishedEntry, ...]:
    """Return the published figures on the run's rain sets: its derainers' first, in their order."""
    config = plan.config
    if config.published is None:
        return ()
    described = []
    for entry in config.rain_sets:
        figures = figures_on(config.published.figures, [entry.name, entry.use])
        others = list(figures)
        for part in plan.derainers:
            title = _known(part)[0].title
            method = config.published_as.get(part.name, PublishedAs(method=title))
            if method is None:
                continue
            found = [one for one in figures if method.matches(one)]
            others = [one for one in others if not method.matches(one)]
            described += [_published_entry(one, entry.name, part.name) for one in found]
        described += [_published_entry(one, entry.name, "") for one in others]
    return tuple(described)


def _published_entry(figure: PublishedFigure, rain_set: str, derainer: str) -> PublishedEntry:
    return PublishedEntry(**figure.model_dump() | {"rain_set": rain_set, "derainer": derainer})
