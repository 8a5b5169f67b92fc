"""What a run says before it begins."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.config import Entry, RunConfig
from harness.derainer import Derainer
from harness.foreign_code import ForeignError
from harness.foreign_text import one_line
from harness.plugins import registry
from harness.plugins.parts import Part, called
from harness.progress import ProgressReporter
from harness.run.setting import Setting
from harness.wording import counted


def tell_of_death(calls: Sequence[str]) -> None:
    """Say, in any process of a run, in which calls its forerunner died; nothing if in none."""
    if calls:
        ProgressReporter().say(
            f"note: the process of an earlier run here died in a call of {' or '.join(calls)}; if "
            "it does again, say `isolate: true` beside that derainer, or leave out what it was"
        )


def announcement(setting: Setting) -> list[str]:
    """Return what to know of a run before it begins: how much it is, and of its parts.

    Args:
        setting: Of the run.
    """
    return [_amount(setting), *_on_parts(setting)]


def _amount(setting: Setting) -> str:
    plan = setting.plan
    samples = sum(len(one.ids) for one in plan.rain_sets)
    return (
        f"{plan.config.name}: {counted(samples, 'image')} of "
        f"{counted(len(plan.rain_sets), 'rain set')}, {counted(len(plan.derainers), 'derainer')}, "
        f"{counted(len(plan.tasks), 'task')}, on {setting.device.describe()}"
    )


def _on_parts(setting: Setting) -> Iterator[str]:
    plan = setting.plan
    for refusal in plan.refusals:
        yield f"left out: {refusal.part} on {refusal.rain_set}: {refusal.reason}"
    parts: list[Part[Any]] = [*plan.derainers, *plan.tasks]
    for unbuilt in (part for part in parts if part.built is None):
        yield f"{called(unbuilt.kind, unbuilt.name)} fails on every image: {unbuilt.error}"
    for one in plan.rain_sets:
        for notice in one.notices:
            yield f"note: {one.name}: {notice}"
    for (rain_set, task), remarks in plan.remarks.items():
        for remark in remarks:
            yield f"{rain_set} / {task}: {remark}"
    for conflict in _conflicts(plan.config):
        yield f"note: {conflict}"
    for part in plan.derainers:
        for line in _remarks(part, setting):
            yield f"{part.name}: {line}"


def _conflicts(config: RunConfig) -> list[registry.Conflict]:
    """Return the conflicts over names that a configuration uses."""
    used: dict[registry.Kind, Sequence[Entry]] = {
        "derainers": config.derainers,
        "rain-sets": config.rain_sets,
        "tasks": config.tasks,
    }
    return [
        conflict
        for kind, entries in used.items()
        for conflict in registry.conflicts(kind)
        if conflict.name.lower() in {entry.use.lower() for entry in entries}
    ]


def _remarks(part: Part[Derainer], setting: Setting) -> list[str]:
    if part.built is None:
        return []
    plan = setting.plan
    content = [one.content for one in plan.rain_sets if part in plan.derainers_for(one.name)]
    try:
        return part.ask(
            lambda built: [one_line(str(one)) for one in built.remarks(content, setting.device)]
        )
    except ForeignError as error:
        return [f"remarks() raised {error}"]
