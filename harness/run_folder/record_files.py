"""One file of records: written whole and sealed, and read only if it is as it was written."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harness.images import write_bytes
from harness.run_folder.damage import DamagedError, read_whole
from harness.run_folder.seals import BLANK, PARQUET_SEAL, parquet_is_whole, seal_parquet


def write_table(path: Path, table: pa.Table) -> None:
    """Write a Parquet file, sealed, under a temporary name and rename it."""
    blank, buffer = table.replace_schema_metadata({"seal": PARQUET_SEAL + BLANK}), io.BytesIO()
    pq.write_table(blank, buffer, compression="zstd", write_page_checksum=True)
    write_bytes(path, seal_parquet(buffer.getvalue()), durable=True)


def read_table(
    path: Path, columns: Sequence[str] | None = None, where: list[Any] | None = None
) -> pa.Table:
    """Read a Parquet file.

    Args:
        path: Of the file.
        columns: Only those of them that it has; all by default.
        where: Filters as ``(column, operator, value)``, all of them, to read only some rows.

    Raises:
        DamagedError: If it is not what was written.
        OSError: If it cannot be read.
    """
    try:
        content = read_whole(path)
    except (ValueError, FileNotFoundError) as error:
        raise _damaged(path, str(error)) from error
    try:
        if not parquet_is_whole(content):
            raise _damaged(path, "its digest does not fit")
        source = pa.BufferReader(content)
        stored = pq.read_schema(source).names
        wanted = None if columns is None else [name for name in columns if name in stored]
        table = pq.read_table(
            source, columns=wanted, filters=where, page_checksum_verification=True
        )
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, str(error).splitlines()[0]) from error
    return table.replace_schema_metadata(None)


def fitted(path: Path, table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table whose columns have the types of a schema; others of its columns stay.

    Args:
        path: Of its file, for errors.
        table: As it was read.
        schema: What it must have.

    Raises:
        DamagedError: If a column is missing, or holds what does not fit.
    """
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise _damaged(path, f"lacks {', '.join(missing)}")
    for field in schema:
        place = table.column_names.index(field.name)
        if table.schema.field(place).type != field.type:
            try:
                column = table.column(place).cast(field.type)
            except pa.ArrowException as error:
                cause = f"{field.name} is no {field.type}: {str(error).splitlines()[0]}"
                raise _damaged(path, cause) from error
            table = table.set_column(place, field, column)
    return table


def _damaged(path: Path, cause: str) -> DamagedError:
    return DamagedError(
        f"{path}: damaged ({cause}); running its configuration again computes its rows again"
    )
