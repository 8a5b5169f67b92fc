"""Figures that others published, from a CSV file that a configuration names.

They are shown beside what a run measures, with protocol and source, and never in its place.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    model_serializer,
    model_validator,
)

from harness.published_protocol import PROTOCOL, read_protocol
from harness.text_files import read_text

MEASURES = ("psnr", "ssim")
"""The columns with figures; `harness.metric.Metric.published` names one of them."""

COLUMNS = ("table", "method", "rain_set", *MEASURES, "source")
"""What each file has, beside `PROTOCOL` or a column ``protocol`` of words."""


class PublishedFigure(BaseModel):
    """What one publication states of one method on one rain set.

    Attributes:
        table: Tells rows of one method and rain set apart; rows of one table follow one protocol.
        method: As the publication calls it.
        rain_set: Likewise.
        psnr: dB, with the digits that were printed; None where none is stated.
        ssim: Likewise.
        channel: Of which channel it is, "" where nobody says.
        quantiser: How the restored image became 8 bits, likewise.
        trained_on: What the published weights learned from, likewise.
        script: What measured it, likewise.
        protocol: All that in words, or remarks beside it.
        source: Where it is printed.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    table: str
    method: str
    rain_set: str
    psnr: Decimal | None
    ssim: Decimal | None
    channel: Literal["Y", "RGB", ""] = ""
    quantiser: Literal["round", "floor", ""] = ""
    trained_on: str = ""
    script: str = ""
    protocol: str = ""
    source: str

    @model_validator(mode="before")
    @classmethod
    def _empty_is_none(cls, row: Any) -> Any:
        if not isinstance(row, Mapping):
            return row
        known = {key: row[key] or None if key in MEASURES else row[key] for key in row}
        if known.get("protocol") and not known.keys() & set(PROTOCOL):
            known |= read_protocol(str(known["protocol"]))[0]
        return known

    @property
    def remark(self) -> str:
        """What the protocol says beyond the columns."""
        return read_protocol(self.protocol)[1]

    def figure(self, measure: str) -> Decimal | None:
        """Return what is stated in one of the columns `MEASURES`, None where nothing is."""
        stated: Decimal | None = getattr(self, measure)
        return stated


class PublishedFile(BaseModel):
    """A CSV file of published figures; in a configuration, its path.

    Attributes:
        path: As the configuration gives it.
        figures: Its rows.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    figures: tuple[PublishedFigure, ...]

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str):
            raise ValueError("must be the path of a CSV file")
        base = (info.context or {}).get("base") or Path()
        return {"path": value, "figures": _rows(base / Path(value).expanduser())}

    @model_serializer
    def _as_path(self) -> str:
        return self.path


class PublishedAs(BaseModel):
    """Which published method a derainer is.

    In a configuration: the method's name, or ``method`` and ``table`` to choose among several.

    Attributes:
        method: Its name in the file of published figures.
        table: Whose figures are meant, where several tables of that file have the method.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str
    table: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_name_alone(cls, value: Any) -> Any:
        return {"method": value} if isinstance(value, str) else value

    def matches(self, figure: PublishedFigure) -> bool:
        """Tell whether a figure is of this method, in upper or lower case."""
        of_table = self.table is None or same(self.table, figure.table)
        return of_table and same(self.method, figure.method)


def same(one: str, other: str) -> bool:
    """Tell whether two names differ in case and surrounding space at most."""
    return one.strip().casefold() == other.strip().casefold()


def figures_on(
    figures: Sequence[PublishedFigure], rain_set_names: Sequence[str]
) -> list[PublishedFigure]:
    """Return all figures on a rain set, in the file's order.

    Args:
        figures: To choose from.
        rain_set_names: What the rain set is called: its name and its layout.
    """
    return [one for one in figures if any(same(name, one.rain_set) for name in rain_set_names)]


def _rows(path: Path) -> list[PublishedFigure]:
    try:
        reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
        named = [str(name).strip() for name in reader.fieldnames or ()]
        _check_columns(path, named)
        reader.fieldnames = named
        return [_figure(path, reader.line_num, row) for row in reader]
    except FileNotFoundError as error:
        raise ValueError(
            f"{path} does not exist (paths are relative to the configuration)"
        ) from error
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror})") from error
    except csv.Error as error:
        raise ValueError(f"{path} cannot be read ({error})") from error


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except ValueError as error:
        raise ValueError(f"{path} cannot be read: {error}") from error


def _check_columns(path: Path, named: Sequence[str]) -> None:
    missing = [name for name in COLUMNS if name not in named]
    missing += [] if "protocol" in named else [name for name in PROTOCOL if name not in named]
    if not missing:
        known = (*COLUMNS, *PROTOCOL, "protocol")
        twice = next((name for name in known if named.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"{path} has the column {twice} twice")
        return
    for sign, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(named) == 1 and named[0].count(sign) >= len(COLUMNS) - 1:
            raise ValueError(
                f"{path} is separated by {called}; separate it by commas and write decimals with "
                "a point"
            )
    raise ValueError(
        f"{path} lacks the columns {', '.join(missing)}"
        + (" (or one, protocol, that says these four in words)" if PROTOCOL[0] in missing else "")
    )


def _figure(path: Path, line: int, row: dict[str | None, Any]) -> PublishedFigure:
    if None in row:
        raise ValueError(
            f"{path}, line {line}: has more columns than the first line names; a text with a comma "
            "wants quotes, and decimals a point"
        )
    try:
        return PublishedFigure.model_validate(row)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise ValueError(f"{path}, line {line}: {place}: {problem['msg']}") from error
