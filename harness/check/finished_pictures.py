"""Restored pictures that lie on disk already: a check reads each, for a lack costs its row."""

from collections.abc import Iterator
from pathlib import Path

from harness.check.causes import in_few_lines
from harness.check.reading import loaded_images
from harness.derainer import Derainer
from harness.device import Device
from harness.foreign_code import ForeignError
from harness.plugins.parts import Part
from harness.run.plan import OpenRainSet, Plan
from harness.samples import Sample


def is_finished(built: Derainer) -> bool:
    """Return whether a derainer only reads pictures that somebody restored before."""
    return not built.is_computed and built.bound is None


def lacking(plan: Plan, device: Device, logs: Path) -> dict[str, list[str]]:
    """Read every finished picture that a run would read.

    Args:
        plan: Of the run.
        device: Where it would run.
        logs: What a derainer is told that it may leave something in; see `Derainer.expect`.

    Returns:
        By derainer, for each rain set and kind of cause a line on the pictures that cannot be had.
    """
    return {
        part.name: list(_lacking(part, plan, device, logs / part.name))
        for part in plan.derainers
        if part.built is not None and is_finished(part.built)
    }


def _lacking(part: Part[Derainer], plan: Plan, device: Device, logs: Path) -> Iterator[str]:
    for rain_set in plan.rain_sets:
        if part in plan.derainers_for(rain_set.name):
            for line in in_few_lines(_causes(part, rain_set, device, logs)):
                yield f"{rain_set.name}: {line}"


def _causes(
    part: Part[Derainer], rain_set: OpenRainSet, device: Device, logs: Path
) -> dict[str, str]:
    def expect(built: Derainer) -> None:
        built.expect(rain_set.content, rain_set.ids, logs)

    causes = {}
    try:
        part.ask(expect)
    except ForeignError as error:
        return dict.fromkeys(rain_set.ids, str(error))
    for loaded in loaded_images(rain_set, device):
        sample = loaded.sample
        if sample is not None and (cause := _cause(part, sample, device)):
            causes[sample.id] = cause
    return causes


def _cause(part: Part[Derainer], sample: Sample, device: Device) -> str:
    try:
        part.ask(lambda built: built.restore_samples([sample], device), picture=sample.rainy)
    except ForeignError as error:
        return str(error)
    return ""
