"""Which tables a report has beside its own: chosen, ordered and named for a paper."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harness.names import check_name
from harness.nearest import nearest

TableKind = Literal[
    "joint", "recovered", "paired", "per_class", "severity", "published", "efficiency"
]

LOST = "lost to rain"
"""The row of what rain takes, which is no derainer's."""

RESERVED = ("failures", "tables")
"""Names of files that a report writes beside its tables."""


class _Settings(BaseModel):
    """Settings of which a key that is written wrongly is answered with the nearest known one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, values: Any) -> Any:
        for key in values if isinstance(values, Mapping) else ():
            if key not in cls.model_fields:
                hint = nearest(str(key), cls.model_fields) or "."
                known = ", ".join(cls.model_fields)
                raise ValueError(f"unknown key {key!r}{hint} Known: {known}")
        return values


class TableChoice(_Settings):
    """A table that the user wants.

    Attributes:
        name: Of its files, ``tables/NAME.md``, ``.csv`` and ``.tex``. That of a kind replaces the
            report's own files of that kind.
        shows: What it is made of: ``joint`` any metric of any task on each rain set,
            ``recovered`` shares of the loss, ``paired`` gains image by image, ``per_class``
            a class a column, ``severity`` a rain set a column, ``published`` what others
            published, ``efficiency`` what derainers cost.
        title: Of the document, and the beginning of captions.
        rain_sets: Those that are shown, in this order; all where None.
        rows: Derainers by name, likewise.
        columns: Columns by the names that they have in CSV, as ``detection/ap``, likewise.
        names: What a derainer, rain set, task or column is called in print, by its name; the CSV
            keeps the names of ``summary.csv``.
        intervals: Whether 95 % intervals are printed; the CSV has them always.
    """

    name: str
    shows: TableKind = "joint"
    title: str = ""
    rain_sets: list[str] | None = Field(default=None, min_length=1)
    rows: list[str] | None = Field(default=None, min_length=1)
    columns: list[str] | None = Field(default=None, min_length=1)
    names: dict[str, str] = Field(default_factory=dict)
    intervals: bool = Field(default=True, strict=True)

    @field_validator("name")
    @classmethod
    def _fit_for_files(cls, name: str) -> str:
        if name in RESERVED:
            raise ValueError("the report has a file of this name; take another")
        return check_name(name)

    @field_validator("rain_sets", "rows", "columns")
    @classmethod
    def _each_once(cls, names: list[str] | None) -> list[str] | None:
        twice = next((name for name in names or () if (names or []).count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice!r} stands there twice")
        return names


class DescribedTask(NamedTuple):
    """What a task says of its metrics before it has judged anything.

    Attributes:
        metrics: Names of those that it describes.
        headline: Of them those that it leads with.
        can_lose: Whether rain can cost it something; see `harness.task.Task`.
    """

    metrics: Sequence[str]
    headline: Sequence[str]
    can_lose: bool


class ReportSettings(_Settings):
    """What a report holds beside what every report does.

    Attributes:
        tables: In the order in which they are written.
        excel: Whether all tables go into ``tables/tables.xlsx`` too, a sheet each.
    """

    tables: list[TableChoice] = Field(default_factory=list)
    excel: bool = Field(default=False, strict=True)

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        names = [one.name.casefold() for one in self.tables]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"tables: two of them are named {twice!r}; give one another name")
        return self

    def check_parts(
        self, rain_sets: Sequence[str], derainers: Sequence[str], tasks: Sequence[str]
    ) -> None:
        """Refuse names of parts that the run does not have, before anything is computed.

        Raises:
            ValueError: With the nearest name.
        """
        for one in self.tables:
            place = f"report.tables ({one.name})"
            refuse_unknown(f"{place}: rain_sets", one.rain_sets, rain_sets)
            refuse_unknown(f"{place}: rows", one.rows, derainers)
            if one.shows not in ("published", "efficiency"):
                of_tasks = [name.partition("/")[0] for name in one.columns or ()]
                refuse_unknown(f"{place}: columns", of_tasks, tasks)
                heads = tuple(f"{task} " for task in tasks)  # of a metric's classes, as `seg IoU`
                plain = [name for name in one.names if "/" not in name]
                named = [name for name in plain if not name.startswith(heads)]
                known = [*derainers, *rain_sets, *tasks, LOST]
                refuse_unknown(f"{place}: names", named, known)

    def check_columns(self, tasks: Mapping[str, DescribedTask]) -> None:
        """Refuse columns of metrics that no task describes, and names of such, before any judges.

        Args:
            tasks: By name, those of which something is known. Nobody knows the classes yet.

        Raises:
            ValueError: With the nearest name.
        """
        for one in self.tables:
            known = [
                column for name, task in tasks.items() for column in _columns_of(one, name, task)
            ]
            for place, column in _asked(one):
                task, _, metric = column.partition("/")
                if task not in tasks or one.shows in ("published", "efficiency"):
                    continue
                base, of_class, _ = metric.partition("/")
                if one.shows == "per_class" and not of_class:
                    raise ValueError(f"{place}: {column!r} names no class; write {column}/CLASS")
                whole = one.shows in ("recovered", "paired")
                refuse_unknown(place, [column if whole else f"{task}/{base}"], known)

    def check_classes(self, judged: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """Refuse columns of classes that no rain set of a table has, and names of such.

        Args:
            judged: By task and rain set, the classes of those that say which they judge.

        Raises:
            ValueError: With the nearest name.
        """
        for one in self.tables:
            if one.shows in ("recovered", "paired", "published", "efficiency"):
                continue
            for place, column in _asked(one):
                task, _, metric = column.partition("/")
                base, _, of_class = metric.partition("/")
                there = judged.get(task, {})
                sets = [name for name in there if one.rain_sets is None or name in one.rain_sets]
                if of_class and sets:
                    known = dict.fromkeys(name for of_set in sets for name in there[of_set])
                    columns = [f"{task}/{base}/{name}" for name in known]
                    refuse_unknown(place, [column], columns)


def _asked(choice: TableChoice) -> Iterator[tuple[str, str]]:
    """Yield each column that a table chooses or names, after the place where it does."""
    for key, names in (("columns", choice.columns or ()), ("names", choice.names)):
        for name in names:
            if key == "columns" or "/" in name:
                yield f"report.tables ({choice.name}): {key}", name


def _columns_of(choice: TableChoice, name: str, task: DescribedTask) -> list[str]:
    if choice.shows not in ("recovered", "paired"):
        return [f"{name}/{metric}" for metric in task.metrics]
    return [
        column
        for metric in task.headline
        for column in columns_of_headline(choice.shows, name, metric, task.can_lose)
    ]


def columns_of_headline(shows: TableKind, task: str, metric: str, can_lose: bool) -> list[str]:
    """Return the columns that a kind of table has of a leading metric.

    Args:
        shows: ``recovered`` or ``paired``; other kinds have none that follow from it.
        task: Its name.
        metric: By which it leads.
        can_lose: Whether rain can cost the task something.
    """
    if shows == "recovered":
        return [f"{task}/{metric}"] * can_lose
    return [f"{task}/{metric}/{of}" for of in ("gain", "harmed")] * (shows == "paired")


def refuse_unknown(place: str, names: Sequence[str] | None, known: Sequence[str]) -> None:
    """Refuse a name that is not among the known ones.

    Raises:
        ValueError: With the place and the nearest name.
    """
    for name in names or ():
        if name not in known:
            hint = nearest(name, known) or f"; there are {', '.join(known) or 'none'}"
            raise ValueError(f"{place}: nothing is named {name!r}{hint}")
