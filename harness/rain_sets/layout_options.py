"""The options of the layout ``files``, as a configuration spells them."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from harness.nearest import nearest
from harness.rain_sets.drawn_rain import DrawnRain, HowItRains
from harness.rain_sets.label_table import Colour
from harness.rain_sets.source_pictures import Side

_WILD = ("*", "{")


def pattern_of(text: Any) -> Any:
    """Return a pattern; a folder's name stands for all files in it.

    >>> pattern_of("rainy"), pattern_of("."), pattern_of("rainy/{id}.png")
    ('rainy/{id}.*', '{id}.*', 'rainy/{id}.png')
    """
    if not isinstance(text, str) or any(sign in text for sign in _WILD):
        return text
    folder = PurePosixPath(text)
    return "{id}.*" if folder == PurePosixPath() else f"{folder}/{{id}}.*"


Pattern = Annotated[str, BeforeValidator(pattern_of)]


class Options(BaseModel):
    """Options that may be given as one text, which is that of the option ``short_for``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    short_for: ClassVar[str] = ""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema for editors, which knows the short form."""
        whole = handler(core_schema)
        return {"anyOf": [{"type": "string"}, whole]} if cls.short_for else whole

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, stated: Any) -> Any:
        known = ", ".join(cls.model_fields)
        if isinstance(stated, str) and cls.short_for:
            return {cls.short_for: stated}
        if not isinstance(stated, Mapping):
            return stated
        if stated and all(value is None for value in stated.values()):
            raise ValueError(
                f"YAML read {dict(stated)!r}: put a text with braces into quotes, as in "
                f'"{{{next(iter(stated))}}}.png"'
            )
        for key in stated:
            if key not in cls.model_fields:
                hint = nearest(str(key), cls.model_fields)
                raise ValueError(f"unknown option {key!r}{hint} (it takes {known})")
        return stated


class PicturesOptions(Options):
    """Which pictures a set has.

    One of four: ``rainy`` alone; ``rainy`` and ``clean``; ``side_by_side`` and ``clean_side``;
    ``clean`` and the ``rain`` that is drawn on them.

    Attributes:
        rainy: Pattern of the rainy pictures.
        clean: Pattern of the clean ones.
        side_by_side: Pattern of files that hold both halves.
        clean_side: The clean half.
        rain: ``light``, ``heavy``, or numbers of `RainParameters`, where ``level`` says from which
            level the others are taken.
        rain_seed: Of the drawn rain.
    """

    short_for: ClassVar[str] = "rainy"

    rainy: Pattern | None = None
    clean: Pattern | None = None
    side_by_side: Pattern | None = None
    clean_side: Side | None = None
    rain: HowItRains | None = None
    rain_seed: int = 0

    @model_validator(mode="after")
    def _one_of_four(self) -> Self:
        given = {key for key, value in self if value is not None and key != "rain_seed"}
        if given in (
            {"rainy"},
            {"rainy", "clean"},
            {"side_by_side", "clean_side"},
            {"clean", "rain"},
        ):
            return self
        hint = "; say which half is clean: `clean_side: left`" if given == {"side_by_side"} else ""
        hint = hint or ("; say what rain to draw: `rain: light`" if given == {"clean"} else "")
        raise ValueError(
            f"{', '.join(sorted(given)) or 'nothing'} is given: give `rainy`, or `rainy` and "
            "`clean`, or `side_by_side` and `clean_side`, or `clean` and `rain`" + hint
        )

    def drawn(self) -> DrawnRain | None:
        """Return the rain to draw, None where the pictures are rainy."""
        return None if self.rain is None else DrawnRain(self.rain, self.rain_seed)


class BoxesOptions(Options):
    """Where the boxes stand: in one of five formats.

    Attributes:
        coco: The COCO JSON file.
        voc: Pattern of the PASCAL VOC XML files.
        yolo: Pattern of the YOLO text files.
        bdd100k: The BDD100K JSON file.
        cityscapes: Pattern of Cityscapes' instance maps (``instanceIds``).
        names: Of YOLO's classes: a file with a name a line, a data set's YAML file, or a list.
        classes: The names that count, in order; or from the annotations' names to the set's. Of
            instance maps all count that Cityscapes scores; ``caravan`` and ``trailer`` may.
        rename: Other names for classes; all others stay.
        rename_may_miss: Let entries of ``rename`` fit no class.
        named: How ``coco`` or ``bdd100k`` name a picture by the fields of its pattern.
        first_pixel: ``voc``: the coordinate of the first pixel, 1 or 0; see `read_voc`.
        check_sizes: ``voc``: hold the stated size against the picture's.
        missing_is_empty: ``voc``, ``yolo``: a picture without a file has no object.
    """

    coco: str | None = None
    voc: Pattern | None = None
    yolo: Pattern | None = None
    bdd100k: str | None = None
    cityscapes: Pattern | None = None
    names: str | list[str] | None = None
    classes: list[str] | dict[str, str] | None = None
    rename: dict[str, str] | None = None
    rename_may_miss: bool = False
    named: str | None = None
    first_pixel: Literal[0, 1] = 1
    check_sizes: bool = True
    missing_is_empty: bool = False

    @model_validator(mode="after")
    def _one_format(self) -> Self:
        formats = ("coco", "voc", "yolo", "bdd100k", "cityscapes")
        given = [one for one in formats if getattr(self, one)]
        if len(given) != 1:
            raise ValueError(
                f"{' and '.join(given) or 'no format'} is given: give one of `coco`, `voc`, "
                "`yolo`, `bdd100k` and `cityscapes`"
            )
        if self.classes is not None and self.rename is not None:
            raise ValueError("give `classes` or `rename`: a mapping of `classes` renames too")
        if self.rename_may_miss and self.rename is None:
            raise ValueError("`rename_may_miss` needs `rename`")
        if (self.names is not None) != (given == ["yolo"]):
            raise ValueError("`yolo` needs `names`, and no other format takes it")
        if self.named is not None and given[0] not in {"coco", "bdd100k"}:
            raise ValueError(f"`named` is for one file; `{given[0]}` is a pattern itself")
        if self.missing_is_empty and given[0] not in {"voc", "yolo"}:
            raise ValueError("`missing_is_empty` is for `voc` and `yolo`, a file a picture")
        return self


def _values(stated: Any) -> Any:
    """Return a list of values for one or more."""
    is_one = isinstance(stated, int | str) and not isinstance(stated, bool)
    return [stated] if is_one else stated


def _colour(stated: Any) -> Any:
    """Return red, green and blue for ``#rrggbb`` or a list of three."""
    if not isinstance(stated, str):
        return stated
    if re.fullmatch("#[0-9a-fA-F]{6}", stated) is None:
        raise ValueError(f"{stated!r} is no colour: it is [128, 64, 128] or '#804080'")
    return tuple(bytes.fromhex(stated[1:]))


def _colours(stated: Any) -> Any:
    """Return a list of colours for one or more."""
    is_one = isinstance(stated, str) or (
        isinstance(stated, list) and all(isinstance(level, int) for level in stated)
    )
    return [stated] if is_one else stated


LabelValue = Annotated[int, Field(ge=0, le=65535)]
Level = Annotated[int, Field(ge=0, le=255)]
LabelColour = Annotated[tuple[Level, Level, Level], BeforeValidator(_colour)]


class LabelMapsOptions(Options):
    """Where the label maps lie, and what their values mean.

    Attributes:
        files: Pattern of the files.
        classes: Names in the order of the values; or the value, or values, of each name; or
            ``cityscapes`` (``labelIds``), ``cityscapes-train-ids``, ``camvid``.
        colours: For maps that are colour-coded: the colour, or colours, of each name, as
            ``[128, 64, 128]`` or ``"#804080"``; or a file with a class a line.
        ignore: Values, or colours, that no score counts; 255 never counts where it is no class.
        reduce_zero_label: 0 does not count and the first class has the value 1 (ADE20K).
    """

    short_for: ClassVar[str] = ""

    files: Pattern
    classes: list[str] | dict[str, Annotated[list[LabelValue], BeforeValidator(_values)]] | str = (
        Field(default_factory=list)
    )
    colours: str | dict[str, Annotated[list[LabelColour], BeforeValidator(_colours)]] | None = None
    ignore: list[LabelValue | LabelColour] = Field(default_factory=list)
    reduce_zero_label: bool = False

    @model_validator(mode="after")
    def _values_or_colours(self) -> Self:
        if bool(self.classes) == (self.colours is not None):
            raise ValueError("give `classes`, or `colours` for maps that are colour-coded")
        if self.reduce_zero_label and not isinstance(self.classes, list):
            raise ValueError("`reduce_zero_label` goes with `classes` that are a list of names")
        if any(isinstance(one, int) for one in self.ignore) and self.colours is not None:
            raise ValueError('`ignore` of a colour table holds colours, such as "#000000"')
        if any(not isinstance(one, int) for one in self.ignore) and self.colours is None:
            raise ValueError("`ignore` holds values; colours go with `colours`")
        return self

    def ignored_values(self) -> list[int]:
        """Return the values that do not count."""
        return [one for one in self.ignore if isinstance(one, int)]

    def ignored_colours(self) -> list[Colour]:
        """Return the colours that do not count."""
        return [one for one in self.ignore if not isinstance(one, int)]


class DepthOptions(Options):
    """Where the depth lies.

    Attributes:
        files: Pattern of pictures of 8 or 16 bits, or of ``.npy`` files.
        metres: That a value of 1 means.
        far: Metres that stand where nothing was measured, which is the value 0.
    """

    short_for: ClassVar[str] = "files"

    files: Pattern
    metres: float = Field(default=1.0, gt=0)
    far: float = Field(default=1000.0, gt=0)


class TruthsOptions(Options):
    """What is known of the pictures: any number of these.

    Attributes:
        boxes: Objects' boxes with their classes.
        label_maps: The class of each pixel.
        depth: How far away each pixel is, by which drawn rain is placed.
    """

    boxes: BoxesOptions | None = None
    label_maps: LabelMapsOptions | None = None
    depth: DepthOptions | None = None
