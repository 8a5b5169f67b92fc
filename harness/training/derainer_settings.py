"""The settings of one training of a derainer, as its YAML file holds them."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harness.options import ConfigPath
from harness.rain import LEVELS
from harness.rain_sets.streets import FIRST_TEST_SEED
from harness.training.pairs import SAMPLED


class Section(BaseModel):
    """A part of the settings; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataSettings(Section):
    """What the network learns from.

    Attributes:
        scenes: The first seed and the number of rendered scenes to train on.
        width: Of a scene, pixels.
        height: Of a scene, pixels; photographs are scaled to it.
        photos: Folders of clean photographs.
        photos_share: How often a photograph is chosen instead of a scene.
        rain: Shares of ``light``, ``heavy`` and ``sampled`` rain.
        crops: Patches cut from one drawing.
        cache: Folder of rendered scenes; ``scenes`` beside the output where None.
    """

    scenes: tuple[int, int] = (0, 600)
    width: int = Field(default=384, ge=32)
    height: int = Field(default=224, ge=32)
    photos: tuple[ConfigPath, ...] = ()
    photos_share: float = Field(default=0.0, ge=0, le=1)
    rain: dict[str, float] = Field(
        default_factory=lambda: {"light": 0.3, "heavy": 0.4, SAMPLED: 0.3}
    )
    crops: int = Field(default=2, ge=1)
    cache: ConfigPath | None = None

    @field_validator("scenes")
    @classmethod
    def _below_the_test_scenes(cls, scenes: tuple[int, int]) -> tuple[int, int]:
        return check_scenes(scenes)

    @field_validator("rain")
    @classmethod
    def _known_and_complete(cls, rain: dict[str, float]) -> dict[str, float]:
        known = {*LEVELS, SAMPLED}
        for name in rain:
            if name not in known:
                raise ValueError(f"{name!r} is no rain: choose from {', '.join(sorted(known))}")
        if abs(sum(rain.values()) - 1) > 1e-6 or min(rain.values()) < 0:
            raise ValueError(f"shares must be positive and add up to 1, not {sum(rain.values())}")
        return rain


class OptimiserSettings(Section):
    """Adam and its learning rate.

    Attributes:
        lr: The highest learning rate.
        warmup: Iterations over which it rises to ``lr``.
        schedule: ``cosine`` falls to a hundredth of ``lr``; ``milestones`` in steps.
        milestones: Iterations at which the rate is multiplied by ``factor``.
        factor: See ``milestones``.
        clip: Greatest norm of the gradient.
    """

    lr: float = Field(default=1e-3, gt=0)
    warmup: int = Field(default=0, ge=0)
    schedule: Literal["cosine", "milestones"] = "cosine"
    milestones: tuple[int, ...] = ()
    factor: float = Field(default=0.2, gt=0, le=1)
    clip: float = Field(default=1.0, gt=0)


class ContrastiveSettings(Section):
    """The contrastive prior and the features it compares; exactly one extractor is named.

    Attributes:
        weight: Of the term in the sum of losses.
        vgg19: File with the ImageNet weights of VGG-19.
        detector: A mmdetection config whose backbone gives the features.
        detector_weights: Its weights; those that this project ships for it where None.
    """

    weight: float = Field(default=0.1, ge=0)
    vgg19: ConfigPath | None = None
    detector: str | None = None
    detector_weights: ConfigPath | None = None


class LossSettings(Section):
    """Weights of the losses; 0 leaves one out.

    Attributes:
        l1: Of the mean absolute difference.
        mse: Of the mean squared difference.
        ssim: Of one minus SSIM.
        contrastive: The contrastive prior, None to leave it out.
    """

    l1: float = Field(default=0.0, ge=0)
    mse: float = Field(default=0.0, ge=0)
    ssim: float = Field(default=0.0, ge=0)
    contrastive: ContrastiveSettings | None = None


class ValidationSettings(Section):
    """How held-out scenes judge the network while it learns.

    Attributes:
        scenes: The first seed and the number of scenes; each is seen at both levels of rain.
        every: Iterations between two validations; a checkpoint is kept as often.
    """

    scenes: tuple[int, int] = (500_000, 8)
    every: int = Field(default=250, ge=1)

    @field_validator("scenes")
    @classmethod
    def _below_the_test_scenes(cls, scenes: tuple[int, int]) -> tuple[int, int]:
        return check_scenes(scenes)


class DerainerTraining(Section):
    """One training of a derainer.

    Attributes:
        train: Says that a derainer is trained.
        use: The registered name of a derainer whose class has ``build_network``.
        options: Passed to ``build_network``.
        start_from: Weights to begin with, relative to the folder of the command; random ones
            where None. A checkpoint in the output folder goes before them.
        data: What it learns from.
        patch: Side of the patches, pixels.
        batch: Patches in a batch, a multiple of ``data.crops``.
        iterations: How many batches.
        optimiser: See `OptimiserSettings`.
        losses: See `LossSettings`.
        ema: Share of the new weights in the running average of weights, which is what is
            validated and exported; 0 exports the weights themselves.
        precision: ``bfloat16`` computes the network in autocast and the losses in float32.
        seed: Of the weights, the pictures, the rain and the patches.
        workers: Processes that make pairs; 0 makes them between the steps.
        validation: See `ValidationSettings`.
        threads: Of the operators; PyTorch's default where None.
    """

    train: Literal["derainer"]
    use: str
    options: dict[str, Any] = Field(default_factory=dict)
    start_from: ConfigPath | None = None
    data: DataSettings = DataSettings()
    patch: int = Field(default=96, ge=16)
    batch: int = Field(default=8, ge=1)
    iterations: int = Field(default=2000, ge=1)
    optimiser: OptimiserSettings = OptimiserSettings()
    losses: LossSettings = LossSettings(ssim=1.0)
    ema: float = Field(default=0.01, ge=0, lt=1)
    precision: Literal["float32", "bfloat16"] = "bfloat16"
    seed: int = Field(default=0, ge=0)
    workers: int = Field(default=0, ge=0)
    validation: ValidationSettings = ValidationSettings()
    threads: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _warm_up_ends(self) -> Self:
        if self.optimiser.warmup >= self.iterations:
            raise ValueError(
                f"optimiser.warmup ({self.optimiser.warmup}) must be below iterations "
                f"({self.iterations})"
            )
        return self


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
