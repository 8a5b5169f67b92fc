"""The settings of what a derainer learns from, as its YAML file holds them."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from harness.config import Entry, read_entry
from harness.nearest import nearest
from harness.rain_sets.streets import FIRST_TEST_SEED
from harness.settings import ConfigPath
from harness.training.pair_sources import RAINS, SAMPLED
from harness.training.sections import Section, SectionWithPaths

Size = tuple[Annotated[int, Field(ge=64)], Annotated[int, Field(ge=48)]]
"""Width and height of a rendered scene, in pixels."""

DEFAULT_RAIN: Mapping[str, float] = {"light": 0.3, "heavy": 0.4, SAMPLED: 0.3}


def check_scenes(scenes: tuple[int, int]) -> tuple[int, int]:
    """Refuse an empty range of seeds, and one that reaches the benchmark's test scenes.

    Args:
        scenes: The first seed and how many.

    Raises:
        ValueError: In both cases.

    >>> check_scenes((0, 1200))
    (0, 1200)
    """
    first, count = scenes
    if first < 0 or count < 1:
        raise ValueError(f"{first}, {count}: needs a seed of at least 0 and one scene or more")
    if first + count > FIRST_TEST_SEED:
        raise ValueError(f"seeds from {FIRST_TEST_SEED} on are the test scenes; stay below them")
    return scenes


def check_shares(shares: list[float]) -> None:
    """Refuse shares that are negative or do not add up to 1.

    Raises:
        ValueError: In both cases.
    """
    if not shares or abs(sum(shares) - 1) > 1e-6 or min(shares) < 0:
        raise ValueError(f"shares must be positive and add up to 1, not {sum(shares):g}")


class SourceSettings(SectionWithPaths):
    """One source of pairs: exactly one of ``scenes``, ``photos`` and ``pairs``.

    Attributes:
        share: How often this source is chosen; a single source needs none.
        scenes: The first seed and the number of rendered scenes.
        sizes: Widths and heights at which scenes are rendered, each as often, before a part of
            ``data.width`` and ``data.height`` is cut from them; None renders at that size.
        photos: Folders of clean photographs.
        scale: Least and greatest factor by which a photograph is resized before it is cut to
            ``data.width`` and ``data.height``; None brings each photograph to ``data.height``.
        lines: Least and greatest height in pixels of the picture that a cut of a photograph counts
            as a part of; its streaks are as long and wide as there. None: a cut is whole.
        tone: Share of the photographs whose tone is changed before it rains, see
            `harness.training.tone`.
        rain: Shares of what is drawn on scenes and photographs: the levels ``light`` and
            ``heavy``, a family of rain (``street``, ``long``, ``crossed``, ``added``,
            ``overlaid``, ``wide``, ``sparse``, ``mist``), or ``sampled``, which is any of the
            first four.
        jpeg: Share of the drawn pairs that are compressed, see `harness.training.jpeg`.
        pairs: A rain set with clean images, spelled as in the configuration of a run.
    """

    share: float | None = Field(default=None, gt=0, le=1)
    scenes: tuple[int, int] | None = None
    sizes: tuple[Size, ...] | None = Field(default=None, min_length=1)
    photos: tuple[ConfigPath, ...] | None = Field(default=None, min_length=1)
    scale: tuple[float, float] | None = None
    lines: tuple[int, int] | None = None
    tone: float = Field(default=0.0, ge=0, le=1)
    rain: dict[str, float] | None = None
    jpeg: float = Field(default=0.0, ge=0, le=1)
    pairs: Entry | None = None

    @field_validator("scenes")
    @classmethod
    def _below_the_test_scenes(cls, scenes: tuple[int, int] | None) -> tuple[int, int] | None:
        return None if scenes is None else check_scenes(scenes)

    @field_validator("scale", "lines")
    @classmethod
    def _rising(cls, ends: tuple[float, float] | None) -> tuple[float, float] | None:
        if ends is not None and not 0 < ends[0] <= ends[1]:
            raise ValueError(f"needs the least, above 0, then the greatest, not {ends}")
        return ends

    @field_validator("rain")
    @classmethod
    def _known_and_complete(cls, rain: dict[str, float] | None) -> dict[str, float] | None:
        for name in rain or {}:
            if name not in RAINS:
                hint = nearest(name, RAINS)
                raise ValueError(f"{name!r} is no rain{hint}: choose from {', '.join(RAINS)}")
        if rain is not None:
            check_shares(list(rain.values()))
        return rain

    @field_validator("pairs", mode="before")
    @classmethod
    def _as_in_a_run(cls, pairs: Any) -> Any:
        return None if pairs is None else read_entry(pairs, "pairs", "layout")

    @model_validator(mode="after")
    def _is_one_source(self) -> Self:
        kinds = ("scenes", "photos", "pairs")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a source is exactly one of scenes, photos and pairs, not {given or 'none'}"
            )
        for name in ("scale", "lines", "tone"):
            if getattr(self, name) and self.photos is None:
                raise ValueError(f"`{name}` is for photos alone")
        if self.sizes is not None and self.scenes is None:
            raise ValueError("`sizes` are for scenes alone")
        if self.rain is not None and self.pairs is not None:
            raise ValueError("`pairs` have their own rain; `rain` is drawn on scenes and photos")
        if self.jpeg and self.pairs is not None:
            raise ValueError("`pairs` are what they are; `jpeg` is for scenes and photos")
        return self


class DataSettings(Section):
    """What the network learns from.

    Attributes:
        sources: Where the pairs come from; their shares add up to 1.
        width: Of a scene and of a cut of a photograph, pixels.
        height: Likewise.
        crops: Patches cut from one picture.
        cache: Folder of rendered scenes; ``scenes`` beside the output where None.
    """

    sources: tuple[SourceSettings, ...] = Field(
        default=(SourceSettings(scenes=(0, 600)),), min_length=1
    )
    width: int = Field(default=384, ge=32)
    height: int = Field(default=224, ge=32)
    crops: int = Field(default=2, ge=1)
    cache: ConfigPath | None = None

    @field_validator("sources")
    @classmethod
    def _shared_out(cls, sources: tuple[SourceSettings, ...]) -> tuple[SourceSettings, ...]:
        shares = [source.share for source in sources]
        if len(shares) > 1 or shares[0] is not None:
            known = [share for share in shares if share is not None]
            if len(known) < len(shares):
                raise ValueError("several sources need a `share` each; the shares add up to 1")
            check_shares(known)
        return sources

    @property
    def scene_ranges(self) -> list[tuple[int, int]]:
        """The first seed and the number of scenes of every source that renders."""
        return [source.scenes for source in self.sources if source.scenes is not None]
