"""The parts of a run: derainers, rain sets and tasks, or the causes why there are none."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from harness.config import Entry
from harness.errors import ConfigError, TaskError
from harness.foreign_code import ForeignError, attempt, cause_of, outcome
from harness.plugins import registry
from harness.plugins.checks import check_derainer, check_rain_set, check_task
from harness.plugins.guard import Guard
from harness.plugins.isolation.crew import Blueprint as IsolatedBlueprint
from harness.plugins.isolation.isolated_derainer import IsolatedDerainer
from harness.plugins.isolation.isolated_rain_set import IsolatedRainSet
from harness.plugins.isolation.isolated_task import IsolatedTask, isolated
from harness.plugins.options import bind_options
from harness.samples import ImageArray

T = TypeVar("T")
Answer = TypeVar("Answer")

_CHECKS: Mapping[registry.Kind, Callable[[object, str], None]] = {
    "derainers": check_derainer,
    "tasks": check_task,
    "rain-sets": check_rain_set,
}
ISOLATED = (IsolatedDerainer, IsolatedRainSet, IsolatedTask)
"""What stands for a part in a process of its own."""

_CALLED: Mapping[registry.Kind, str] = {
    "derainers": "{}",
    "tasks": "task {}",
    "rain-sets": "rain set {}",
}


class Blueprint(NamedTuple):
    """What builds a part, and the options that it will be given.

    Attributes:
        target: The registered class or function.
        options: Checked against its signature.
    """

    target: Callable[..., Any]
    options: dict[str, Any]


@dataclass
class Part(Generic[T]):
    """A derainer, rain set or task of a run.

    Attributes:
        kind: Which of the three.
        entry: What the configuration says.
        guard: Through which it is asked.
        built: The thing itself, or None.
        error: Why it is None.
    """

    kind: registry.Kind
    entry: Entry
    guard: Guard
    built: T | None = None
    error: str = ""

    @property
    def name(self) -> str:
        """The name in the tables."""
        return self.entry.name

    def ask(
        self, question: Callable[[T], Answer], during: str = "", picture: ImageArray | None = None
    ) -> Answer:
        """Ask the part something.

        Args:
            question: Given the thing itself, returns the answer.
            during: What it does, where it may do that although another call of it hung.
            picture: What is being worked on, (H, W, 3).

        Raises:
            OutOfTimeError: If it does not come back.
            ForeignError: If it raises, or was not built.
        """
        if isinstance(self.built, ISOLATED):  # the limits are set in its process
            return attempt(self._given(question), picture, self.guard.debug)
        return self.guard.call(self._whose(during), self._given(question), picture)

    def work(
        self, question: Callable[[T], Answer], image: str = "", picture: ImageArray | None = None
    ) -> Answer:
        """Have the part do what it is there for, with its own limit where it has one.

        Args:
            question: Given the thing itself, returns the answer.
            image: What is being worked on, by its id.
            picture: The same, (H, W, 3).

        Raises:
            OutOfTimeError: If it does not come back.
            ForeignError: If it raises, or was not built.
        """
        if isinstance(self.built, ISOLATED):
            return self.ask(question, picture=picture)
        call, limits_itself = self._given(question), self.says("limits_itself")
        return self.guard.call(self._whose(), call, picture, limits_itself, image)

    def says(self, flag: str) -> bool:
        """Return whether the part says this of itself, False where it cannot be asked."""
        return bool(outcome(lambda: bool(getattr(self.built, flag, False))).value)

    def _given(self, question: Callable[[T], Answer]) -> Callable[[], Answer]:
        if self.built is None:
            raise ForeignError(self.error)
        return functools.partial(question, self.built)

    def _whose(self, during: str = "") -> str:
        return called(self.kind, self.name) + (f" ({during})" if during else "")

    def give_up(self, cause: str) -> None:
        """Count the part as not built from now on."""
        self.built, self.error = None, cause


def called(kind: registry.Kind, name: str) -> str:
    """Return what messages call a part, and what the time limit knows it by."""
    return _CALLED[kind].format(name)


def place_in(kind: registry.Kind, index: int, entry: Entry) -> str:
    """Return where an entry stands in a configuration, for errors."""
    return f"{kind.replace('-', '_')}[{index}] ({entry.name})"


def blueprint(kind: registry.Kind, where: str, entry: Entry, base: Path) -> Blueprint:
    """Import what an entry names and check its options.

    Args:
        kind: Of what.
        where: The entry, for errors; see `place_in`.
        entry: What the configuration says.
        base: Folder of the configuration file.

    Raises:
        ConfigError: If its name or an option is wrong; the text begins with the entry.
        PluginError: If it does not import.
    """
    try:
        target = registry.load(kind, entry.use)
        if kind == "tasks" and not isinstance(target, type):
            raise TaskError("is no class: a report calls `summarise` on the class of a task")
        return Blueprint(target, bind_options(where, target, entry.options, base))
    except ConfigError as error:
        raise placed(error, where) from error


def built_part(kind: registry.Kind, where: str, entry: Entry, base: Path) -> object:
    """Build what an entry names, and check that it is what it should be.

    Args:
        kind: Of what.
        where: The entry, for errors; see `place_in`.
        entry: What the configuration says.
        base: Folder of the configuration file.
    """
    target, options = blueprint(kind, where, entry, base)
    named = {} if kind == "derainers" else {"name": entry.name}
    built: object = target(**named, **options)
    _CHECKS[kind](built, entry.name)
    return built


def placed(error: ConfigError, where: str) -> ConfigError:
    """Return the error with the entry that it is about at the start of its text."""
    text = cause_of(error)
    return ConfigError(text if text.startswith(where) else f"{where}: {text}")


def build_part(
    kind: registry.Kind, index: int, entry: Entry, base: Path, guard: Guard
) -> Part[Any]:
    """Build what an entry of a configuration names.

    Args:
        kind: Of what.
        index: Of the entry among those of its kind.
        entry: What the configuration says.
        base: Folder of the configuration file.
        guard: Through which it is built, and asked later.

    Returns:
        The part; one that does not build keeps the cause, and costs its own rows only.

    Raises:
        ConfigError: If its name or an option is wrong.
    """
    where, part = place_in(kind, index, entry), Part[Any](kind, entry, guard)

    def stand_in() -> type[Any]:
        if kind == "derainers":
            return IsolatedDerainer
        if kind == "rain-sets":
            return IsolatedRainSet
        return isolated(blueprint(kind, where, entry, base).target)  # type: ignore[arg-type]

    def isolate(made_of: type[Any]) -> object:
        plan = IsolatedBlueprint(where, entry, base, guard.debug)
        return guard.closing(made_of(plan, guard.seconds, guard.memory))

    try:
        whose = called(kind, entry.name)
        if entry.isolate:
            made_of = guard.call(whose, stand_in)
            part.built = attempt(functools.partial(isolate, made_of), debug=guard.debug)
        else:
            part.built = guard.call(whose, functools.partial(built_part, kind, where, entry, base))
    except ForeignError as error:
        if isinstance(error.__cause__, ConfigError):
            raise placed(error.__cause__, where) from error
        part.error = str(error)
    return part
