"""What a run will do: rain sets, derainers and tasks built from a configuration, and its cells."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from harness.config import RunConfig
from harness.derainer import Derainer
from harness.errors import ConfigError
from harness.foreign_code import ForeignError, cause_of
from harness.natural_order import natural_order
from harness.plugins.guard import Guard
from harness.plugins.parts import Part, build_part, place_in
from harness.run_folder.manifest import Refusal
from harness.run_folder.records import Cell
from harness.samples import RainSet
from harness.task import Task
from harness.tiling import Tiler

EVERY_PART = "everything"
"""Stands for the derainers and tasks in the refusal of a rain set that could not be opened."""


class OpenRainSet(NamedTuple):
    """A rain set of the run.

    Attributes:
        part: To ask it through the guard.
        content: The rain set itself, for others to look at.
        ids: Those that this run takes from it.
        images_in_all: How many it has.
        protocol: See `RainSet`.
        notices: See `RainSet`.
    """

    part: Part[RainSet]
    content: RainSet
    ids: Sequence[str]
    images_in_all: int
    protocol: str = ""
    notices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name in the tables."""
        return self.part.name


@dataclass
class Plan:
    """Everything a run is made of.

    Attributes:
        config: The checked configuration.
        rain_sets: Those that could be opened.
        derainers: In the order of the tables.
        tasks: In the order of the tables.
        refusals: The (rain set, task or derainer) pairs that are left out.
        unopened: For each rain set that a plugin failed to open, the cause. It has no rows, since
            nobody knows its images.
        read: By the names of rain set and task, what a score reads of the rain set, as JSON.
        protocols: By the names of rain set and task, their part of the signature.
        remarks: By the names of rain set and task, what a user should know of how it is judged.
    """

    config: RunConfig
    rain_sets: list[OpenRainSet]
    derainers: list[Part[Derainer]]
    tasks: list[Part[Task]]
    refusals: list[Refusal] = field(default_factory=list)
    unopened: dict[str, str] = field(default_factory=dict)
    read: dict[tuple[str, str], str] = field(default_factory=dict)
    protocols: dict[tuple[str, str], str] = field(default_factory=dict)
    remarks: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def tasks_for(self, rain_set: str) -> list[Part[Task]]:
        """Return the tasks that judge a rain set."""
        return [part for part in self.tasks if not self._refused(rain_set, part.name)]

    def derainers_for(self, rain_set: str) -> list[Part[Derainer]]:
        """Return the derainers that restore a rain set."""
        return [part for part in self.derainers if not self._refused(rain_set, part.name)]

    def _refused(self, rain_set: str, part: str) -> bool:
        return any((one.rain_set, one.part) == (rain_set, part) for one in self.refusals)

    def cells(self) -> Iterator[Cell]:
        """Yield every cell in the order of the tables."""
        for rain_set in self.rain_sets:
            tasks = self.tasks_for(rain_set.name)
            for derainer in self.derainers_for(rain_set.name):
                for task in tasks:
                    for image in rain_set.ids:
                        yield Cell(rain_set.name, derainer.name, task.name, image)


def make_plan(config: RunConfig, base: Path, guard: Guard, limit: int | None = None) -> Plan:
    """Build everything a configuration names.

    Args:
        config: The checked configuration.
        base: Folder of the configuration file, against which paths are resolved.
        guard: Through which each of them is built and asked.
        limit: Take at most this many images of each rain set, the first by id as people count.

    Raises:
        ConfigError: If a name or an option is wrong, a task objects to the rain sets, or none of
            these can be opened. A derainer or task that does not build is kept with its error: it
            costs its own rows only.
    """
    derainers: list[Part[Any]] = [
        build_part("derainers", index, entry, base, guard)
        for index, entry in enumerate(config.derainers)
    ]
    for derainer in derainers:
        _give_tiler(derainer, Tiler(config.tile, config.tile_overlap))
    tasks: list[Part[Any]] = [
        build_part("tasks", index, entry, base, guard) for index, entry in enumerate(config.tasks)
    ]
    plan = Plan(config, [], derainers, tasks)
    for index, entry in enumerate(config.rain_sets):
        _open(plan, build_part("rain-sets", index, entry, base, guard), limit)
    if not plan.rain_sets:
        causes = "; ".join(f"{name}: {cause}" for name, cause in plan.unopened.items())
        raise ConfigError(f"no rain set of this run can be opened ({causes})")
    _ask_for_objections(plan)
    for rain_set in plan.rain_sets:
        _ask_whether_it_fits(plan, rain_set)
    if next(plan.cells(), None) is None:
        reasons = "; ".join(f"{one.part}: {one.reason}" for one in plan.refusals)
        raise ConfigError(f"no task can judge any rain set of this run ({reasons or 'no images'})")
    return plan


def _give_tiler(part: Part[Derainer], tiler: Tiler) -> None:
    if part.built is None:
        return
    try:
        part.ask(lambda built: setattr(built, "tiler", tiler))
    except ForeignError as error:
        part.give_up(f"takes no tiler ({error})")  # a frozen class, for example


def _open(plan: Plan, part: Part[RainSet], limit: int | None) -> None:
    try:
        opened = part.ask(_opened)
    except ForeignError as error:
        plan.unopened[part.name] = str(error)
        plan.refusals.append(Refusal(rain_set=part.name, part=EVERY_PART, reason=str(error)))
        return
    ids = _first(opened.ids, limit)
    plan.rain_sets.append(
        OpenRainSet(part, opened.content, ids, len(opened.ids), opened.protocol, opened.notices)
    )


class _Opened(NamedTuple):
    """What a rain set answers when it is opened."""

    content: RainSet
    ids: list[str]
    protocol: str
    notices: tuple[str, ...]


def _opened(rain_set: RainSet) -> _Opened:
    ids, notices = list(rain_set.ids()), _lines(rain_set.notices)
    return _Opened(rain_set, ids, str(rain_set.protocol), notices)


def _first(ids: list[str], limit: int | None) -> list[str]:
    """Return the first ids as people count them (1, 2, 10), in the order of all."""
    if limit is None:
        return ids
    taken = set(sorted(ids, key=natural_order)[:limit])
    return [one for one in ids if one in taken]


def _ask_for_objections(plan: Plan) -> None:
    rain_sets = [rain_set.content for rain_set in plan.rain_sets]
    for index, task in enumerate(plan.tasks):
        objection = _answer(task, "objection", rain_sets)
        if objection:
            raise ConfigError(f"{place_in('tasks', index, task.entry)}: {objection}")


def _ask_whether_it_fits(plan: Plan, rain_set: OpenRainSet) -> None:
    """Ask each part whether it refuses a rain set; one that cannot say counts as not built."""
    parts: list[Part[Any]] = [*plan.derainers, *plan.tasks]
    for part in parts:
        reason = _answer(part, "refusal", rain_set.content)
        if reason:
            refusal = Refusal(rain_set=rain_set.name, part=part.name, reason=str(reason))
            plan.refusals.append(refusal)
    for task in plan.tasks_for(rain_set.name):
        place = (rain_set.name, task.name)
        said = (_answer(task, "protocol"), rain_set.protocol)
        plan.protocols[place] = "|".join(str(one) for one in said if one)
        plan.read[place] = _read(task, rain_set)
        plan.remarks[place] = _lines(_answer(task, "remarks", rain_set.content))


def _read(task: Part[Task], rain_set: OpenRainSet) -> str:
    """Return what a task reads of a rain set, as JSON that every file can hold."""
    read = _answer(task, "reads", rain_set.content)
    try:
        text = json.dumps(read, sort_keys=True, ensure_ascii=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        task.give_up(f"reads() returned what is no JSON ({cause_of(error)})")
        return ""
    return text


def _lines(said: object) -> tuple[str, ...]:
    """Return sentences that a part says, none where it says anything else."""
    return tuple(map(str, said)) if isinstance(said, list | tuple) else ()


def _answer(part: Part[Any], method: str, *arguments: object) -> object:
    if part.built is None:
        return None
    try:
        answer: object = part.ask(lambda built: getattr(built, method)(*arguments))
        return answer
    except ForeignError as error:
        part.give_up(f"{method}() raised {error}")
        return None
