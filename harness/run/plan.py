"""What a run will do: rain sets, derainers and tasks built from a configuration, and its cells."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from harness.config import Entry, RunConfig
from harness.derainer import Derainer
from harness.errors import BenchError, ConfigError, TaskError
from harness.plugins import registry
from harness.plugins.checks import check_derainer, check_task, checked_ids
from harness.plugins.failures import describe_failure
from harness.plugins.options import bind_options
from harness.plugins.time_limit import TimeLimit
from harness.run_folder.records import Cell
from harness.samples import RainSet
from harness.task import Task
from harness.tiling import Tiler

T = TypeVar("T")

EVERY_PART = "everything"
"""Stands for the derainers and tasks in the refusal of a rain set that could not be opened."""


class Refusal(NamedTuple):
    """Cells that are left out: a task cannot judge a rain set, or a derainer not restore it.

    Attributes:
        rain_set: Its name.
        part: Name of the task or derainer.
        reason: Why.
    """

    rain_set: str
    part: str
    reason: str


@dataclass
class Part(Generic[T]):
    """A derainer or task of the run, or the reason why it could not be built.

    Attributes:
        entry: What the configuration says.
        built: The thing itself, or None.
        error: Why it is None.
    """

    entry: Entry
    built: T | None
    error: str = ""

    @property
    def name(self) -> str:
        """The name in the tables."""
        return self.entry.name


@dataclass
class Plan:
    """Everything a run is made of.

    Attributes:
        config: The checked configuration.
        rain_sets: Opened rain sets, each with the ids that this run takes from it.
        derainers: In the order of the tables.
        tasks: In the order of the tables.
        refusals: The (rain set, task or derainer) pairs that are left out.
        unopened: For each rain set that a plugin failed to open, the cause. It has no rows, since
            nobody knows its images.
    """

    config: RunConfig
    rain_sets: list[tuple[RainSet, Sequence[str]]]
    derainers: list[Part[Derainer]]
    tasks: list[Part[Task]]
    refusals: list[Refusal]
    unopened: dict[str, str] = field(default_factory=dict)

    def tasks_for(self, rain_set: RainSet) -> list[Part[Task]]:
        """Return the tasks that judge a rain set."""
        return self._without_refused(self.tasks, rain_set)

    def derainers_for(self, rain_set: RainSet) -> list[Part[Derainer]]:
        """Return the derainers that restore a rain set."""
        return self._without_refused(self.derainers, rain_set)

    def _without_refused(self, parts: list[Part[T]], rain_set: RainSet) -> list[Part[T]]:
        refused = {(refusal.rain_set, refusal.part) for refusal in self.refusals}
        return [part for part in parts if (rain_set.name, part.name) not in refused]

    def cells(self) -> Iterator[Cell]:
        """Yield every cell in the order of the tables."""
        for rain_set, ids in self.rain_sets:
            tasks = self.tasks_for(rain_set)
            for derainer in self.derainers_for(rain_set):
                for task in tasks:
                    for image in ids:
                        yield Cell(rain_set.name, derainer.name, task.name, image)


def called(kind: registry.Kind, name: str) -> str:
    """Return what the time limit calls a part of a run, and knows it by."""
    return {"derainers": name, "tasks": f"task {name}", "rain-sets": f"rain set {name}"}[kind]


def make_plan(
    config: RunConfig, base: Path, time_limit: TimeLimit, limit: int | None = None
) -> Plan:
    """Build everything a configuration names.

    Args:
        config: The checked configuration.
        base: Folder of the configuration file, against which paths are resolved.
        time_limit: On building each of them, and on each question to it.
        limit: Take at most this many images of each rain set, the first by id.

    Raises:
        ConfigError: If a name or an option is wrong, or no rain set can be opened. A derainer
            or task that does not build is kept with its error: it costs its own rows only.
    """
    build = functools.partial(_build, base=base, limit=time_limit)
    derainers = [build(entry, "derainers", index) for index, entry in enumerate(config.derainers)]
    for derainer in derainers:
        if derainer.built is not None:
            derainer.built.tiler = Tiler(config.tile, config.tile_overlap)
    tasks = [
        build(entry, "tasks", index, name=entry.name) for index, entry in enumerate(config.tasks)
    ]
    rain_sets: list[tuple[RainSet, Sequence[str]]] = []
    unopened: dict[str, str] = {}
    for index, entry in enumerate(config.rain_sets):
        part = build(entry, "rain-sets", index, name=entry.name)
        if part.built is None:
            unopened[entry.name] = part.error
        else:
            rain_sets.append((part.built, list(part.built.ids())[:limit]))
    if not rain_sets:
        causes = "; ".join(f"{name}: {cause}" for name, cause in unopened.items())
        raise ConfigError(f"no rain set of this run can be opened ({causes})")
    refusals = [Refusal(name, EVERY_PART, cause) for name, cause in unopened.items()]
    for rain_set, _ in rain_sets:
        for one in [*derainers, *tasks]:
            if reason := _refusal(one, rain_set, time_limit):
                refusals.append(Refusal(rain_set.name, one.name, reason))
    plan = Plan(config, rain_sets, derainers, tasks, refusals, unopened)
    if next(plan.cells(), None) is None:
        reasons = "; ".join(f"{refusal.part}: {refusal.reason}" for refusal in refusals)
        raise ConfigError(f"no task can judge any rain set of this run ({reasons or 'no images'})")
    return plan


def _build(
    entry: Entry, kind: registry.Kind, index: int, *, base: Path, limit: TimeLimit, **extra: Any
) -> Part[Any]:
    where = f"{kind.replace('-', '_')}[{index}] ({entry.name})"

    def build() -> Any:
        target: Callable[..., Any] = registry.load(kind, entry.use)
        if kind == "tasks" and not isinstance(target, type):
            raise TaskError("is no class: a report calls `summarise` on the class of a task")
        options = bind_options(where, target, entry.options, base)
        built: Any = target(**extra, **options)
        _check(kind, built, entry.name)
        return built

    try:
        return Part(entry, limit.call(called(kind, entry.name), build))
    except ConfigError as error:
        text = str(error)
        raise ConfigError(text if text.startswith(where) else f"{where}: {text}") from error
    except BenchError as error:
        return Part(entry, None, str(error))
    except (Exception, SystemExit) as error:  # a plugin's constructor may raise anything
        return Part(entry, None, describe_failure(error))


def _check(kind: registry.Kind, built: object, name: str) -> None:
    if kind == "derainers":
        check_derainer(built)
    elif kind == "tasks":
        check_task(built)
    else:
        checked_ids(built, name)


def _refusal(part: Part[Derainer] | Part[Task], rain_set: RainSet, limit: TimeLimit) -> str | None:
    """Ask a part whether it refuses a rain set; where it cannot say, it counts as not built."""
    built = part.built
    if built is None:
        return None
    kind: registry.Kind = "tasks" if isinstance(built, Task) else "derainers"
    try:
        reason = limit.call(called(kind, part.name), lambda: built.refusal(rain_set))
        return str(reason) if reason else None
    except Exception as error:  # a plugin may raise anything
        part.built, part.error = None, f"refusal() raised {describe_failure(error)}"
        return None
