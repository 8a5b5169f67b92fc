"""The rows of a run: one per (rain set, derainer, task, image), typed, in Parquet, resumable.

``records/<task>.parquet`` holds the rows of the finished plan. While a run goes on, every process
adds small files under ``records/parts/``; a run that is continued reads both. Rows that the plan
of the latest run does not name (of a derainer that was taken out, of images beyond a limit) move
to ``records/outside_plan/`` and come back when a later plan names them.
"""

import functools
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import pandas as pd
import pyarrow as pa

from harness.errors import BenchError
from harness.run_folder.damage import DamagedError, set_aside
from harness.run_folder.record_files import fitted, read_table, write_table


class Row(TypedDict):
    """The columns that every task's rows share; a task adds its own."""

    rain_set: str
    derainer: str
    task: str
    kind: str  # registry name of the task's class, which can summarise the row
    image: str  # the sample's id
    key: str  # digest of all that determines the row: sample, derainer, task, quantiser, precision
    status: str  # "ok" or "failed"
    error: str  # the cause, "" if ok
    notes: list[str]  # conversions on reading, each "file: what"
    tile_side: int  # pixels of the tiles that it was restored in, 0 if it was restored whole
    tile_overlap: int  # pixels that neighbouring tiles share
    sample_digest: str  # of the decoded pixels and the truth, "" if the sample did not load
    read: str  # what the score reads of the rain set, as JSON
    width: int  # pixels, 0 if the sample did not load
    height: int
    quantiser: str  # "round" or "floor"
    precision: str  # of the models: "float32", or that of the autocast
    protocol: str  # the task's part of the signature
    restore_seconds: float  # share of the derainer's call that made this image, in one lane
    predict_seconds: float  # share of the task's call


_TYPES = {
    str: pa.string(),
    int: pa.int32(),
    float: pa.float64(),
    list[str]: pa.list_(pa.string()),
}

COMMON_SCHEMA = pa.schema(
    [pa.field(name, _TYPES[column_type]) for name, column_type in Row.__annotations__.items()]
)

_OF_FORMAT_1 = {"tile_side": 0, "tile_overlap": 0, "read": ""}
"""What rows of the first version lack; what they say of tiles stands in the words of a note."""


_UNFIT = (pa.ArrowException, TypeError, ValueError, OverflowError)
"""What pyarrow raises for a value that does not fit its column."""


_NEVER_EMPTY = ("rain_set", "derainer", "image", "key", "status")
"""Without these a row stands for nothing."""


_PART = re.compile(r"(.+)-[0-9a-f]{32}")
"""The name of a part: its task and what tells it from the others."""


class Cell(NamedTuple):
    """Where a row stands in the cube."""

    rain_set: str
    derainer: str
    task: str
    image: str


def _at_once(write: Callable[[], None]) -> None:
    write()


class RecordStore:
    """Reads and writes the records of one run's folder.

    Args:
        directory: The run's folder.
        schemas: For each task its own columns with their Parquet types.
    """

    def __init__(self, directory: Path, schemas: Mapping[str, Mapping[str, pa.DataType]]) -> None:
        self.run_folder = directory
        self.directory = directory / "records"
        self.schemas = {
            task: pa.unify_schemas([COMMON_SCHEMA, pa.schema(list(columns.items()))])
            for task, columns in schemas.items()
        }
        self._pending: dict[str, list[Mapping[str, Any]]] = {task: [] for task in schemas}
        self._lock = threading.Lock()

    def heal(self) -> list[str]:
        """Move damaged files aside, so that their rows count as missing.

        Returns:
            A line for each: what was wrong, and where it lies now.
        """
        lines = []
        for path in self._all_files():
            try:
                self._read(path)
            except DamagedError as error:
                lines.append(f"{error}; it was moved to {set_aside(self.run_folder, path)}")
        return lines

    def _all_files(self) -> list[Path]:
        found = [self.directory.glob(f"{below}*.parquet") for below in ("", "outside_plan/")]
        return sorted(path for paths in (*found, self._parts("*")) for path in paths)

    def _read(self, path: Path) -> pa.Table:
        """Return the rows of a file, with all columns of its task if that is of the plan.

        Raises:
            DamagedError: If they cannot be had.
        """
        part = _PART.fullmatch(path.stem) if path.parent.name == "parts" else None
        task = part[1] if part else path.stem
        table = fitted(path, _read_table(path), self.schemas.get(task, COMMON_SCHEMA))
        if task in self.schemas:
            table = table.select(self.schemas[task].names)
        empty = [name for name in _NEVER_EMPTY if table[name].null_count]
        if empty:
            raise DamagedError(f"{path}: damaged (rows without {', '.join(empty)})")
        return table

    def finished(self) -> dict[Cell, str]:
        """Return the key of every row that did not fail; failed ones are computed again."""
        keys: dict[Cell, str] = {}
        for task in self.schemas:
            for path in self._files(task):
                columns = ["rain_set", "derainer", "image", "key", "status"]
                for row in _read_table(path, columns).to_pylist():
                    if row["status"] == "ok":
                        cell = Cell(row["rain_set"], row["derainer"], task, row["image"])
                        keys[cell] = row["key"]
        return keys

    def add(self, row: Mapping[str, Any]) -> None:
        """Keep a row until the next `flush`."""
        with self._lock:
            self._pending[row["task"]].append(row)

    def flush(self, through: Callable[[Callable[[], None]], None] = _at_once) -> None:
        """Write the pending rows, each task's to a new file of its own.

        Args:
            through: Takes what writes them, to call it once, now or later, in any thread. Where it
                raises, the rows are pending again.
        """
        taken: dict[str, list[Mapping[str, Any]]] = {}
        try:
            with self._lock:
                taken, self._pending = self._pending, {task: [] for task in self._pending}
            through(functools.partial(self._write, taken))
            taken = {}
        finally:  # after Ctrl-C too: rows that were written twice count once
            with self._lock:
                for task, rows in taken.items():
                    self._pending[task] = [*rows, *self._pending[task]]

    def _write(self, taken: Mapping[str, list[Mapping[str, Any]]]) -> None:
        for task, rows in taken.items():
            if rows:
                self._write_part(task, rows)

    def _write_part(self, task: str, rows: list[Mapping[str, Any]]) -> None:
        complete = [{name: row.get(name) for name in self.schemas[task].names} for row in rows]
        try:
            table = pa.Table.from_pylist(complete, schema=self.schemas[task])
        except _UNFIT:
            sound = [self._as_sound_row(task, row) for row in complete]
            table = pa.Table.from_pylist(sound, schema=self.schemas[task])
        write_table(self.directory / "parts" / f"{task}-{uuid.uuid4().hex}.parquet", table)

    def _as_sound_row(self, task: str, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row as it is, or as a failed one if its values do not fit the columns."""
        try:
            pa.Table.from_pylist([row], schema=self.schemas[task])
        except _UNFIT as error:
            cause = f"score returned what does not fit the columns: {str(error).splitlines()[0]}"
            common = {name: row[name] for name in COMMON_SCHEMA.names}
            return {**common, "status": "failed", "error": cause}
        return row

    def compact(self, plan: Iterable[Cell], keys: Mapping[Cell, str]) -> list[Cell]:
        """Gather all rows into one file a task, in the order of the plan, and drop the parts.

        Args:
            plan: Every cell of the run, in the order of the tables.
            keys: The key that a row must have to stand for its cell; a row with another key was
                made under other settings and is dropped.

        Returns:
            The cells of the plan that have no row.
        """
        positions: dict[str, dict[Cell, int]] = {task: {} for task in self.schemas}
        for position, cell in enumerate(plan):
            positions[cell.task][cell] = position
        self._put_aside_other_tasks()
        without: list[Cell] = []
        for task in self.schemas:
            files = self._files(task)
            if not files:
                without.extend(positions[task])
                continue
            rows = pa.concat_tables([self._read(path) for path in files], promote_options="default")
            inside, outside = _choose_rows(rows, task, positions[task], keys)
            without.extend(cell for cell in positions[task] if cell not in inside)
            chosen, others = (
                rows.take(pa.array(which, pa.int64())) for which in (inside.values(), outside)
            )
            self._replace(task, chosen, others)
            for path in files:
                if path.parent.name == "parts":
                    path.unlink()
        return without

    def _replace(self, task: str, inside: pa.Table, outside: pa.Table) -> None:
        """Replace both files of a task; whenever that ends half way, no row is lost.

        What goes from one to the other stands in both for a while: first in the parts or in the
        file outside the plan, which therefore grows before the other one is written.
        """
        path = self.directory / f"{task}.parquet"
        aside = self.directory / "outside_plan" / path.name
        if aside.exists():
            both = [self._read(aside), outside]
            write_table(aside, pa.concat_tables(both, promote_options="default"))
        else:
            _write_or_remove(aside, outside)
        _write_or_remove(path, inside)
        _write_or_remove(aside, outside)

    def _put_aside_other_tasks(self) -> None:
        """Move the rows of tasks that are not of the plan out of it."""
        for path in self.directory.glob("*.parquet"):
            if path.stem not in self.schemas:
                aside = self.directory / "outside_plan" / path.name
                rows = [self._read(one) for one in (path, aside) if one.exists()]
                write_table(aside, pa.concat_tables(rows, promote_options="default"))
                path.unlink()

    def _files(self, task: str) -> list[Path]:
        """Return the files with rows of a task, the surest first."""
        whole = [
            self.directory / f"{task}.parquet",
            self.directory / "outside_plan" / f"{task}.parquet",
        ]
        return [path for path in whole if path.exists()] + self._parts(task)

    def _parts(self, task: str) -> list[Path]:
        return sorted((self.directory / "parts").glob(f"{task}-{'?' * 32}.parquet"))


def _choose_rows(
    rows: pa.Table, task: str, positions: Mapping[Cell, int], keys: Mapping[Cell, str]
) -> tuple[dict[Cell, int], list[int]]:
    """Choose one row a cell.

    Returns:
        The index of the row that stands for each of the plan's cells, in its order; and those of
        the rows that stand for no cell of it. Rows under another key than the plan's are in
        neither.
    """
    inside: dict[Cell, int] = {}
    outside: dict[tuple[Cell, str], int] = {}
    names = ["rain_set", "derainer", "image", "key", "status"]
    columns = [_shared_texts(rows.column(name)) for name in names]
    for index, (rain_set, derainer, image, key, status) in enumerate(zip(*columns, strict=True)):
        cell = Cell(rain_set, derainer, task, image)
        if cell not in positions:
            outside[cell, key] = index
        elif key == keys.get(cell) and (status == "ok" or cell not in inside):
            inside[cell] = index
    ordered = sorted(inside, key=positions.__getitem__)
    return {cell: inside[cell] for cell in ordered}, list(outside.values())


def _shared_texts(column: pa.ChunkedArray) -> list[str]:
    """Return the texts of a column, alike ones as one object, which takes a tenth of the memory."""
    encoded = column.combine_chunks().dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    return [texts[index] for index in encoded.indices.to_pylist()]


def _write_or_remove(path: Path, rows: pa.Table) -> None:
    if len(rows):
        write_table(path, rows)
    else:
        path.unlink(missing_ok=True)


def holds_records(directory: Path) -> bool:
    """Return whether some file of a folder's ``records/`` holds rows of ours."""
    for path in (directory / "records").rglob("*.parquet"):
        try:
            if set(_NEVER_EMPTY) <= set(read_table(path, _NEVER_EMPTY).column_names):
                return True
        except (BenchError, OSError):
            continue
    return False


def read_records(directory: Path) -> dict[str, pd.DataFrame]:
    """Read the records of a run's folder.

    Args:
        directory: The run's folder.

    Returns:
        For each task, by name, its rows in the order of the plan.

    Raises:
        BenchError: If there are no records, or a file of them is damaged or lacks a column.
    """
    paths = sorted((directory / "records").glob("*.parquet"))
    if not paths:
        raise BenchError(
            f"{directory}: holds no records; a run's folder has records/<task>.parquet "
            "(was the run interrupted? the same command continues it)"
        )
    return {path.stem: fitted(path, _read_table(path), COMMON_SCHEMA).to_pandas() for path in paths}


def read_rows(
    directory: Path,
    task: str,
    columns: Sequence[str] | None = None,
    where: Sequence[tuple[str, str, object]] | None = None,
) -> pd.DataFrame:
    """Read the rows of one task, all columns or those named, sorted by cell and image.

    Args:
        directory: The run's folder.
        task: The task's name.
        columns: What to read; columns that the file lacks are left out.
        where: Conditions as `pyarrow.parquet.read_table` takes them, to read only some rows.

    Raises:
        BenchError: If the file is damaged.
    """
    path = directory / "records" / f"{task}.parquet"
    if not path.exists():
        return pd.DataFrame(columns=list(columns or ()))
    rows: pd.DataFrame = _read_table(path, columns, list(where) if where else None).to_pandas()
    order = [name for name in ("rain_set", "derainer", "image") if name in rows]
    return rows.sort_values(order, kind="stable", ignore_index=True) if order else rows


def _read_table(
    path: Path, columns: Sequence[str] | None = None, where: list[Any] | None = None
) -> pa.Table:
    """Read rows as this version writes them; see `read_rows`."""
    return _upgraded(read_table(path, columns, where), columns)


def _upgraded(table: pa.Table, columns: Sequence[str] | None) -> pa.Table:
    """Return rows of the first version as this one has them."""
    is_text = "notes" in table.column_names and pa.types.is_string(table.schema.field("notes").type)
    if is_text:
        place = table.column_names.index("notes")
        notes = [note.split("; ") if note else [] for note in table["notes"].to_pylist()]
        table = table.set_column(
            place, COMMON_SCHEMA.field("notes"), pa.array(notes, _TYPES[list[str]])
        )
    for name, default in _OF_FORMAT_1.items():
        if name not in table.column_names and (columns is None or name in columns):
            field = COMMON_SCHEMA.field(name)
            table = table.append_column(field, pa.array([default] * len(table), field.type))
    return table
