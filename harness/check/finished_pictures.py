"""Restored pictures that lie on disk already: a check reads each, for a lack costs its row."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.check.causes import in_few_lines
from harness.check.reading import loaded_images
from harness.derainer import Derainer
from harness.device import Device
from harness.foreign_code import ForeignError
from harness.plugins.parts import Part
from harness.run.plan import OpenRainSet, Plan
from harness.samples import Sample


def lacking(plan: Plan, device: Device, logs: Path) -> dict[str, list[str]]:
    """Read every finished picture that a run would read.

    Args:
        plan: Of the run.
        device: Where it would run.
        logs: What derainers are told that they may leave something in; see `Derainer.expect`.

    Returns:
        By derainer, for each rain set and kind of cause a line on the pictures that cannot be had.
    """
    finished = [
        one
        for one in plan.derainers
        if one.built is not None and not one.built.is_computed and one.built.bound is None
    ]
    lines: dict[str, list[str]] = {part.name: [] for part in finished}
    for rain_set in plan.rain_sets:
        readers = [part for part in finished if part in plan.derainers_for(rain_set.name)]
        for name, causes in _causes(readers, rain_set, device, logs).items():
            lines[name] += [f"{rain_set.name}: {line}" for line in in_few_lines(causes)]
    return lines


def _causes(
    readers: Sequence[Part[Derainer]], rain_set: OpenRainSet, device: Device, logs: Path
) -> dict[str, dict[str, str]]:
    """Return by derainer and image why a picture cannot be had."""
    causes: dict[str, dict[str, str]] = {part.name: {} for part in readers}
    ready = []
    for part in readers:
        expect = functools.partial(_expect, rain_set, logs / part.name)
        if cause := _failure(part, expect):
            causes[part.name] = dict.fromkeys(rain_set.ids, cause)
        else:
            ready.append(part)
    for loaded in loaded_images(rain_set, device) if ready else ():
        if loaded.sample is None:
            continue
        read = functools.partial(_read, loaded.sample, device)
        for part in ready:
            if cause := _failure(part, read):
                causes[part.name][loaded.sample.id] = cause
    return causes


def _expect(rain_set: OpenRainSet, logs: Path, built: Derainer) -> None:
    built.expect(rain_set.content, rain_set.ids, logs)


def _read(sample: Sample, device: Device, built: Derainer) -> None:
    built.restore_samples([sample], device)


def _failure(part: Part[Derainer], question: Callable[[Derainer], None]) -> str:
    try:
        part.ask(question)
    except ForeignError as error:
        return str(error)
    return ""
