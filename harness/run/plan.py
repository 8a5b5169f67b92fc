"""What a run will do: rain sets, derainers and tasks built from a configuration, and its cells."""

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from harness.config import RunConfig
from harness.derainer import Derainer
from harness.errors import ConfigError, TaskError
from harness.foreign_code import ForeignError, cause_of
from harness.foreign_text import one_line
from harness.natural_order import first_as_counted
from harness.plugins.guard import Guard
from harness.plugins.parts import Part, build_part, place_in
from harness.report_settings import DescribedTask
from harness.run_folder.beside import open_beside
from harness.run_folder.manifest import Refusal
from harness.run_folder.records import Cell
from harness.run_folder.run_data import RunData
from harness.samples import RainSet
from harness.task import Task
from harness.tiling import Tiler

Answer = TypeVar("Answer")

EVERY_PART = "everything"
"""Stands for the derainers and tasks in the refusal of a rain set that could not be opened."""


class OpenRainSet(NamedTuple):
    """A rain set of the run.

    Attributes:
        part: To ask it through the guard.
        content: The rain set itself, for others to look at.
        ids: Those that this run takes from it.
        beyond: Those that lie beyond the run's limit.
        description: See `RainSet`.
        protocol: See `RainSet`.
        notices: See `RainSet`.
    """

    part: Part[RainSet]
    content: RainSet
    ids: Sequence[str]
    beyond: Sequence[str] = ()
    description: str = ""
    protocol: str = ""
    notices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name in the tables."""
        return self.part.name

    @property
    def images_in_all(self) -> int:
        """How many it has."""
        return len(self.ids) + len(self.beyond)


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
        beside: Finished runs whose figures the report shows beside this one's.
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
    beside: Sequence[RunData] = ()

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
        ConfigError: If a name or an option is wrong, a task objects to the rain sets, none of
            these can be opened, a table of the report has a column that no task describes, or
            what is to stand beside it is no finished run. A derainer or task that does not build
            is kept with its error: it costs its own rows only.
    """
    beside = open_beside(config.beside, base, config.name)
    derainers: list[Part[Any]] = [
        build_part("derainers", index, entry, base, guard)
        for index, entry in enumerate(config.derainers)
    ]
    for derainer in derainers:
        _give_tiler(derainer, Tiler(config.tile, config.tile_overlap))
    tasks: list[Part[Any]] = [
        build_part("tasks", index, entry, base, guard) for index, entry in enumerate(config.tasks)
    ]
    plan = Plan(config, [], derainers, tasks, beside=beside)
    _check_columns(plan)
    for index, entry in enumerate(config.rain_sets):
        _open(plan, build_part("rain-sets", index, entry, base, guard), limit)
    if not plan.rain_sets:
        causes = "; ".join(f"{name}: {cause}" for name, cause in plan.unopened.items())
        raise ConfigError(f"no rain set of this run can be opened ({causes})")
    _ask_for_objections(plan)
    for rain_set in plan.rain_sets:
        _ask_whether_it_fits(plan, rain_set)
    _check_classes(plan)
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


def _check_columns(plan: Plan) -> None:
    """Refuse tables of choice with columns, or names of columns, that no task describes."""
    if not any(table.columns or table.names for table in plan.config.report.tables):
        return
    described: dict[str, DescribedTask] = {}
    for part in plan.tasks:
        said = _answer(part, "metrics_as_built", (), list)
        if part.built is not None and said:
            headline = part.built.headline
            described[part.name] = DescribedTask([*said, *headline], headline, part.built.can_lose)
    try:
        plan.config.report.check_columns(described)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _check_classes(plan: Plan) -> None:
    """Refuse tables of choice with columns, or names of columns, of a class that no set has."""
    tables = plan.config.report.tables
    names = [name for one in tables for name in [*(one.columns or ()), *one.names]]
    if not any(name.count("/") > 1 for name in names):
        return
    judged: dict[str, dict[str, Sequence[str]]] = {}
    for rain_set in plan.rain_sets:
        for task in plan.tasks_for(rain_set.name):
            if classes := _answer(task, "judged_classes", [rain_set.content], _strings):
                judged.setdefault(task.name, {})[rain_set.name] = classes
    try:
        plan.config.report.check_classes(judged)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _strings(said: Iterable[object] | None) -> list[str]:
    return [str(one) for one in said or ()]


def _open(plan: Plan, part: Part[RainSet], limit: int | None) -> None:
    try:
        opened = part.ask(functools.partial(_opened, part))
    except ForeignError as error:
        plan.unopened[part.name] = str(error)
        plan.refusals.append(Refusal(rain_set=part.name, part=EVERY_PART, reason=str(error)))
        return
    ids = first_as_counted(opened.ids, limit)
    taken = set(ids)
    beyond = [one for one in opened.ids if one not in taken]
    plan.rain_sets.append(opened._replace(ids=ids, beyond=beyond))


def _opened(part: Part[RainSet], rain_set: RainSet) -> OpenRainSet:
    """Take over all that is asked of a rain set itself later, while it is being asked."""
    ids = list(rain_set.ids())
    said = one_line(rain_set.description), str(rain_set.protocol), _lines(rain_set.notices)
    return OpenRainSet(part, rain_set, ids, (), *said)


def _ask_for_objections(plan: Plan) -> None:
    rain_sets = [rain_set.content for rain_set in plan.rain_sets]
    for index, task in enumerate(plan.tasks):
        if objection := _sentence(task, "objection", rain_sets):
            raise ConfigError(f"{place_in('tasks', index, task.entry)}: {objection}")


def _ask_whether_it_fits(plan: Plan, rain_set: OpenRainSet) -> None:
    """Ask each part whether it refuses a rain set; one that cannot say counts as not built."""
    parts: list[Part[Any]] = [*plan.derainers, *plan.tasks]
    for part in parts:
        if reason := _sentence(part, "refusal", rain_set.content):
            refusal = Refusal(rain_set=rain_set.name, part=part.name, reason=reason)
            plan.refusals.append(refusal)
    for task in plan.tasks_for(rain_set.name):
        place = (rain_set.name, task.name)
        said = (_answer(task, "protocol", (), str) or "", rain_set.protocol)
        plan.protocols[place] = "|".join(one for one in said if one)
        plan.read[place] = _answer(task, "reads", [rain_set.content], _as_json) or ""
        plan.remarks[place] = _answer(task, "remarks", [rain_set.content], _lines) or ()


class _NoJsonError(TaskError):
    """What a task reads of a rain set is no JSON."""


def _as_json(read: object) -> str:
    """Return what a task reads of a rain set, as JSON that every file can hold."""
    try:
        text = json.dumps(read, sort_keys=True, ensure_ascii=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise _NoJsonError(f"returned what is no JSON ({cause_of(error)})") from error
    return text


def _lines(said: object) -> tuple[str, ...]:
    """Return sentences that a part says, none where it says anything else."""
    return tuple(one_line(str(one)) for one in said) if isinstance(said, list | tuple) else ()


def _sentence(part: Part[Any], method: str, asked_of: object) -> str:
    """Return the sentence that a part answers, "" where it has nothing to say."""
    return _answer(part, method, [asked_of], lambda said: one_line(str(said)) if said else "") or ""


def _answer(
    part: Part[Any], method: str, arguments: Sequence[object], read: Callable[[Any], Answer]
) -> Answer | None:
    """Ask a part; one that cannot say counts as not built.

    Args:
        part: To be asked.
        method: What.
        arguments: Of it.
        read: Makes of the answer what a run works with, where the answer is still foreign.

    Returns:
        What ``read`` returns, None of a part that is not built.
    """
    if part.built is None:
        return None
    try:
        return part.ask(lambda built: read(getattr(built, method)(*arguments)))
    except ForeignError as error:
        part.give_up(f"{method}() {'' if _is_ours(error) else 'raised '}{error}")
        return None


def _is_ours(error: ForeignError) -> bool:
    """Return whether what was answered is wrong, and nothing was raised."""
    return isinstance(error.__cause__, _NoJsonError)
