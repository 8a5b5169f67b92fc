"""The settings of one training of a derainer, as its YAML file holds them."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from harness.settings import ConfigPath
from harness.training.data_settings import DataSettings, Size, check_scenes
from harness.training.sections import Section

Url = Annotated[str, Field(pattern=r"^(https?|file)://")]


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
        negatives: Other rainy versions of each clean picture that the restored one is pushed
            from, beside the one it was restored from.
        vgg19: File with the ImageNet weights of VGG-19, or its URL, from which it is fetched once.
        detector: A mmdetection config whose backbone gives the features.
        detector_weights: Its weights; those that this project ships for it where None.
    """

    weight: float = Field(default=0.1, ge=0)
    negatives: int = Field(default=0, ge=0)
    vgg19: Url | ConfigPath | None = None
    detector: str | None = None
    detector_weights: ConfigPath | None = None


class LossSettings(Section):
    """Weights of the losses; 0 leaves one out.

    Attributes:
        l1: Of the mean absolute difference.
        mse: Of the mean squared difference.
        ssim: Of one minus SSIM.
        edge: Of the distance of Laplacians, see `harness.training.losses.edge_loss`.
        contrastive: The contrastive prior, None to leave it out.
        earlier_passes: Weight of l1, mse, ssim and edge on every estimate before the last, for a
            recursive network that gives them (``estimates``); 0 judges the last one alone.
    """

    l1: float = Field(default=0.0, ge=0)
    mse: float = Field(default=0.0, ge=0)
    ssim: float = Field(default=0.0, ge=0)
    edge: float = Field(default=0.0, ge=0)
    contrastive: ContrastiveSettings | None = None
    earlier_passes: float = Field(default=0.0, ge=0)

    @property
    def negatives(self) -> int:
        """Rainy versions of a picture that are needed beside the one to restore."""
        return self.contrastive.negatives if self.contrastive and self.contrastive.weight else 0


class ValidationSettings(Section):
    """How held-out scenes judge the network while it learns.

    Attributes:
        scenes: The first seed and the number of scenes; each is seen at both levels of rain.
        every: Iterations between two validations; a checkpoint is kept as often.
        sizes: Widths and heights in pixels at which each scene is seen; None: that of `data`.
    """

    scenes: tuple[int, int] = (500_000, 8)
    sizes: tuple[Size, ...] | None = Field(default=None, min_length=1)
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
        start_from: Weights to begin with, relative to the configuration; random ones
            where None. A checkpoint in the output folder goes before them.
        data: What it learns from.
        patch: Side of the patches, pixels.
        batch: Patches in a batch of one process, a multiple of ``data.crops``; under torchrun a
            step learns from as many batches as there are processes.
        iterations: How many batches.
        optimiser: See `OptimiserSettings`.
        losses: See `LossSettings`.
        ema: Share of the new weights in the running average of weights, which is what is
            validated and exported; 0 exports the weights themselves.
        freeze_norm: The iteration from which batch norms keep their running statistics, see
            `harness.training.frozen_norm`; None lets them follow the batches to the end.
        precision: ``bfloat16`` computes the network in autocast and the losses in float32;
            ``float16`` likewise, on a GPU alone, with a scaled loss.
        seed: Of the weights, the pictures, the rain and the patches.
        workers: Processes that make pairs; 0 makes them between the steps.
        validation: See `ValidationSettings`.
        threads: Of the operators; PyTorch's default where None.
        log: ``text`` writes losses and scores to mmengine's log and a file of JSON lines;
            ``tensorboard`` to its files too.
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
    freeze_norm: int | None = Field(default=None, ge=0)
    precision: Literal["float32", "bfloat16", "float16"] = "bfloat16"
    seed: int = Field(default=0, ge=0)
    workers: int = Field(default=0, ge=0)
    validation: ValidationSettings = ValidationSettings()
    threads: int | None = Field(default=None, ge=1)
    log: Literal["text", "tensorboard"] = "text"

    @model_validator(mode="after")
    def _warm_up_ends(self) -> Self:
        if self.optimiser.warmup >= self.iterations:
            raise ValueError(
                f"optimiser.warmup ({self.optimiser.warmup}) must be below iterations "
                f"({self.iterations})"
            )
        return self
