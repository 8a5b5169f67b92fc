"""A table before it is Markdown, CSV, LaTeX or HTML: its cells, and which of them are best."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from harness.metric import Direction
from harness.report.printing import printed
from harness.statistics.resampling import Interval

DAGGER = "†"
"""Of a figure that stands on fewer images."""

DOUBLE_DAGGER = "‡"
"""Of a derainer that has learned from pictures that it is tested on."""

SECTION = "§"
"""Of a derainer that has learned from another part of the set that it is tested on."""

LABEL_MARKS = DOUBLE_DAGGER + SECTION
"""What may stand behind the label of a row."""

HARM = "▼"
"""Of a figure that is worse than the rainy input's."""

LESS = "\N{DOWNWARDS ARROW}"
"""Behind the head of a column in which less is better."""

GAIN = "gain"
"""Behind the metric in the head of a column of what is gained over the rainy input."""


@dataclass(frozen=True)
class Cell:
    """One figure.

    Attributes:
        value: NaN where it is undefined.
        digits: Decimals printed, by which ties are judged.
        interval: The 95 % interval; NaN or None where there is none.
        incomplete: Whether images failed, so that it stands on other images than its neighbours.
        competes: Whether it may be ranked; reference rows and incomplete cells do not.
        rank: 1 for the best of its column, 2 for the second, 0 for all others.
        harm: How sure it is that it is worse than the rainy input's figure, "" where it is not.
        ties: Names of the rows that differ from it by no more than noise, in this column.
    """

    value: float
    digits: int
    interval: Interval | None = None
    incomplete: bool = False
    competes: bool = True
    rank: int = 0
    harm: str = ""
    ties: Collection[str] = ()

    @property
    def harms(self) -> bool:
        """Whether it is worse than the rainy input's figure."""
        return bool(self.harm)

    @property
    def figure(self) -> str:
        """The figure as it is printed, without a mark."""
        return printed(self.value, self.digits)

    @property
    def text(self) -> str:
        """The figure as it is printed, with its marks: incomplete, harm."""
        return self.figure + DAGGER * self.incomplete + HARM * self.harms

    @property
    def has_interval(self) -> bool:
        """Whether an interval was computed."""
        return self.interval is not None and all(map(math.isfinite, self.interval))

    @property
    def interval_text(self) -> str:
        """The interval as it is printed, "" without one."""
        if not self.has_interval or self.interval is None:
            return ""
        low, high = (printed(bound, self.digits) for bound in self.interval)
        return f"[{low}, {high}]"


@dataclass(frozen=True)
class Column:
    """What a column shows.

    Attributes:
        group: The head above the heads: the task.
        label: The head.
        key: The column's name in CSV.
        direction: In which its cells are ranked; 0 where nobody says which is better.
        ranked: False where its cells must not be compared.
        too_few: Whether that is for the number of images alone.
    """

    group: str
    label: str
    key: str
    direction: Direction = 1
    ranked: bool = True
    too_few: bool = False

    @property
    def is_ranked(self) -> bool:
        """Whether it marks its best."""
        return self.ranked and self.direction != 0


@dataclass(frozen=True)
class Row:
    """A derainer of a table.

    Attributes:
        label: How the derainer is called in print.
        name: Its registry name.
        run: Its run's name, "" in the report of a single run.
        is_reference: Whether it stands apart and is not ranked.
        cells: One a column.
        words: What stands behind the figures, one for each of the table's `Table.words`.
        details: What the CSV alone has beside them, by the head of its column.
    """

    label: str
    name: str
    run: str
    is_reference: bool
    cells: tuple[Cell, ...]
    words: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table of one rain set.

    Attributes:
        rain_set: The rain set's name.
        caption: One line.
        columns: What is shown.
        rows: Reference rows first, unless the user chose another order.
        notes: Footnotes.
        with_runs: Whether rows are told apart by their run too.
        words: Heads of the columns that hold words, behind the figures.
        part: How many of the rain set's images it stands on, "" for all of them.
        as_recorded: The same under the names of the records and with all intervals, which the CSV
            has; None where that is this table.
    """

    rain_set: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = field(default=())
    with_runs: bool = False
    words: tuple[str, ...] = ()
    part: str = ""
    as_recorded: "Table | None" = None

    @property
    def heading(self) -> str:
        """The caption, with the share of the images where they are not all."""
        return f"{self.caption} ({self.part})" if self.part else self.caption

    @property
    def is_ranked(self) -> bool:
        """Whether any column marks its best."""
        return any(column.is_ranked for column in self.columns)

    @property
    def groups(self) -> list[tuple[str, int]]:
        """The heads above the heads, each with the number of columns below it."""
        spans: list[tuple[str, int]] = []
        for column in self.columns:
            if spans and spans[-1][0] == column.group:
                spans[-1] = (column.group, spans[-1][1] + 1)
            else:
                spans.append((column.group, 1))
        return spans

    @property
    def blocks(self) -> list[tuple[bool, list[Row]]]:
        """The rows between two rules each, in their order, and whether they are references."""
        by_role = groupby(self.rows, key=lambda row: row.is_reference)
        return [(is_reference, list(rows)) for is_reference, rows in by_role]

    @property
    def starts(self) -> set[int]:
        """The positions of the columns that begin a group."""
        spans = [span for _, span in self.groups]
        return {sum(spans[:index]) for index in range(len(spans))}


def ranked_table(table: Table) -> Table:
    """Return the table with the best and the second best of every ranked column marked.

    Best are all cells that print the best figure of these rows, and those that it is ahead of by
    no more than noise; second are all others that print the next figure.
    """
    ranks = [_ranks(table.rows, index, column) for index, column in enumerate(table.columns)]
    rows = tuple(
        replace(
            row,
            cells=tuple(
                replace(cell, rank=ranks[column][index]) for column, cell in enumerate(row.cells)
            ),
        )
        for index, row in enumerate(table.rows)
    )
    return replace(table, rows=rows)


def _ranks(rows: Sequence[Row], place: int, column: Column) -> list[int]:
    if not column.is_ranked:
        return [0] * len(rows)
    sign = 1 if column.direction > 0 else -1
    ranked = {
        index: sign * row.cells[place].value
        for index, row in enumerate(rows)
        if row.cells[place].competes
        and not row.cells[place].incomplete
        and not math.isnan(row.cells[place].value)
    }
    if not ranked:
        return [0] * len(rows)
    leader = rows[max(ranked, key=lambda index: ranked[index])].cells[place]
    printed_as = {
        index: round(value, rows[index].cells[place].digits) for index, value in ranked.items()
    }
    best = max(printed_as.values())
    first = [
        index for index in ranked if printed_as[index] == best or rows[index].name in leader.ties
    ]
    second = max((printed_as[index] for index in ranked if index not in first), default=math.nan)
    return [
        1 if index in first else 2 if printed_as.get(index) == second else 0
        for index in range(len(rows))
    ]
