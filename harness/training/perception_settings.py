"""The settings of a training of a task's model, as its YAML file holds them."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from harness.config import Entry, one_for_each_level, read_entry
from harness.errors import ConfigError
from harness.settings import ConfigPath, ModelName
from harness.training.data_settings import check_scenes
from harness.training.labelled_files import Shown
from harness.training.sections import Section, SectionWithPaths
from harness.weights_by_name import find_name, where_looked


class SceneSettings(Section):
    """Which rendered scenes to train and to validate on, without rain.

    Attributes:
        train: The first seed and the number of scenes.
        val: Likewise, for choosing the best epoch.
        width: Pixels.
        height: Pixels.
    """

    train: tuple[int, int] = (0, 1200)
    val: tuple[int, int] = (500_000, 80)
    width: int = Field(default=384, ge=64)
    height: int = Field(default=224, ge=48)

    @model_validator(mode="after")
    def _apart_from_each_other_and_from_the_test(self) -> Self:
        for scenes in (self.train, self.val):
            check_scenes(scenes)
        if self.train[0] < sum(self.val) and self.val[0] < sum(self.train):
            raise ValueError("the seeds of `train` and `val` overlap; move one of them")
        return self

    def pictures(self) -> "PictureSettings":
        """Return the same scenes as rain sets."""

        def scenes(split: str, seeds: tuple[int, int]) -> list[dict[str, Any]]:
            first, count = seeds
            size = {"width": self.width, "height": self.height}
            scenes = {"first_seed": first, "scenes": count, **size}
            return [{"name": split, "layout": "streets", "level": "light", **scenes}]

        return PictureSettings.model_validate(
            {
                "train": scenes("train", self.train),
                "val": scenes("val", self.val),
                "shown": "clean",
            }
        )


class PictureSettings(Section):
    """Which pictures of rain sets to train and to validate on.

    Attributes:
        train: Rain sets, as a run has them.
        val: Likewise, for choosing the best epoch.
        shown: Their rainy pictures, or the clean ones.
        derainer: Restores what is shown before the model sees it; as a run has one.
    """

    train: tuple[Entry, ...] = Field(min_length=1)
    val: tuple[Entry, ...] = Field(min_length=1)
    shown: Shown = "rainy"
    derainer: Entry | None = None

    @field_validator("train", "val", mode="before")
    @classmethod
    def _as_in_a_run(cls, entries: Any, info: ValidationInfo) -> Any:
        if not isinstance(entries, list):
            raise ValueError("must be a list of rain sets")
        made = []
        for index, entry in enumerate(entries):
            where = f"{info.field_name}[{index}]"
            made += one_for_each_level(read_entry(entry, where, "layout"), where)
        return [entry.model_dump() for entry in made]

    @field_validator("derainer", mode="before")
    @classmethod
    def _as_a_run_has_one(cls, entry: Any) -> Any:
        return None if entry is None else read_entry(entry, "derainer", "use").model_dump()


class PerceptionSettings(SectionWithPaths):
    """One training of a task's model.

    Attributes:
        train: Which task.
        model: The name of a config (``rtmdet_streets``) or a path to one.
        scenes: Rendered scenes without rain that it learns from; the shipped ones' by default.
        pictures: Or pictures of rain sets.
        start_from: A weight file; what fits the model by name and shape is taken from it.
        seed: Of the initial weights, the order of the pictures and their augmentation.
        epochs: In place of the config's own number.
        threads: Of the operators; PyTorch's default where None.
        precision: ``bfloat16`` computes convolutions in autocast and losses in float32.
    """

    train: Literal["detection", "segmentation"]
    model: ModelName
    scenes: SceneSettings | None = None
    pictures: PictureSettings | None = None
    start_from: ConfigPath | None = None
    seed: int = 0
    epochs: int | None = Field(default=None, ge=1)
    threads: int | None = Field(default=None, ge=1)
    precision: Literal["float32", "bfloat16"] = "bfloat16"

    @model_validator(mode="after")
    def _scenes_or_pictures(self) -> Self:
        if self.scenes is not None and self.pictures is not None:
            raise ValueError("give `scenes` or `pictures`: it learns from one of them")
        return self

    def learned_from(self) -> PictureSettings:
        """Return the pictures, also where they are scenes."""
        return self.pictures or (self.scenes or SceneSettings()).pictures()

    def start_file(self) -> Path | None:
        """Return the weights to start from: by their place, or by their name where those are kept.

        Raises:
            ConfigError: If they are nowhere.
        """
        path = self.start_from
        if path is None or path.is_file():
            return path
        found = find_name(path.name)
        if found is None:
            raise ConfigError(
                f"start_from: {path}: no such file, and its name lies {where_looked()}"
            )
        return found
