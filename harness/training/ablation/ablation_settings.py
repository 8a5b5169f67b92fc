"""An ablation's configuration: one training, and what each variant of it changes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from harness.config import STREETS_CONFIG, read_yaml
from harness.errors import ConfigError
from harness.names import NAME_PATTERN, check_folder_name
from harness.plugins import registry
from harness.plugins.options import bind_options
from harness.settings import ConfigPath, check_model
from harness.training.ablation.training_file import as_file
from harness.training.derainer_training import DerainerTraining, network_builder
from harness.training.loaders import train_loader, validation_loader


class AblationSettings(BaseModel):
    """The settings of an ablation.

    Attributes:
        name: The default output folder is ``results/<name>``.
        base: A training of a derainer, as ``configs/train`` holds them; its seed is replaced.
        variants: What each variant changes in ``base``, by the name that stands in the tables.
            The first is what the others are compared with.
        seeds: With each of them every variant is trained once.
        metrics: Those of the tasks' headline metrics that are shown, a task without any of them
            showing its first; all of them where none is named.
        benchmark: The run configuration that judges the variants, or ``streets``. Its references
            stay, its other derainers give way to the variants.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    base: dict[str, Any]
    variants: dict[str, dict[str, Any]] = Field(min_length=2)
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1)
    metrics: tuple[str, ...] = ()
    benchmark: ConfigPath = STREETS_CONFIG

    @field_validator("name")
    @classmethod
    def _fit_for_a_folder(cls, name: str) -> str:
        return check_folder_name(name)

    @field_validator("variants", mode="before")
    @classmethod
    def _named_and_mappings(cls, variants: Any) -> Any:
        if not isinstance(variants, Mapping):
            raise ValueError("must be a mapping of names to what each variant changes")
        taken: dict[str, str] = {}
        for name in variants:
            if not isinstance(name, str) or not NAME_PATTERN.fullmatch(name) or not slug(name):
                raise ValueError(
                    f"{name!r} is no name: quote it, and use letters, digits, spaces and ._+()-"
                )
            if slug(name) in taken:
                other = taken[slug(name)]
                raise ValueError(f"{name!r} and {other!r} would share a folder; rename one")
            taken[slug(name)] = name
        return {name: {} if changes is None else changes for name, changes in variants.items()}

    @field_validator("seeds")
    @classmethod
    def _different(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if min(seeds) < 0 or len(set(seeds)) < len(seeds):
            raise ValueError("seeds are different numbers of at least 0")
        return seeds

    @field_validator("benchmark", mode="before")
    @classmethod
    def _built_in(cls, benchmark: Any) -> Any:
        return STREETS_CONFIG if benchmark == "streets" else benchmark

    @property
    def reference(self) -> str:
        """The variant that the others are compared with."""
        return next(iter(self.variants))


@dataclass(frozen=True)
class Training:
    """One variant to be trained with one seed.

    Attributes:
        variant: Its name in the tables.
        seed: Of the weights, the pictures, the rain and the patches.
        settings: The base with the variant's changes and the seed.
    """

    variant: str
    seed: int
    settings: DerainerTraining

    @property
    def name(self) -> str:
        """What the run's derainer and the progress are called."""
        return f"{self.variant} (seed {self.seed})"

    @property
    def folder(self) -> str:
        """The name of the training's folder."""
        return f"{slug(self.variant)}-seed{self.seed}"


def slug(name: str) -> str:
    """Return a name as a folder's.

    >>> slug("No contrastive prior (L1)")
    'no-contrastive-prior-l1'
    """
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay changes over a base, mapping within mapping; all else is replaced.

    >>> merge({"options": {"passes": 3, "width": 1}, "patch": 64}, {"options": {"passes": 1}})
    {'options': {'passes': 1, 'width': 1}, 'patch': 64}
    """
    merged = dict(base)
    for key, value in changes.items():
        under = merged.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(under, value) if both else value  # type: ignore[arg-type]
    return merged


def described_changes(changes: Mapping[str, Any], above: str = "") -> str:
    """Say what a variant changes, in one line.

    >>> described_changes({"options": {"passes": 1}, "losses": {"contrastive": None}})
    'options.passes: 1, losses.contrastive: none'
    """
    parts = []
    for key, value in changes.items():
        if isinstance(value, Mapping):
            parts.append(described_changes(value, f"{above}{key}."))
        else:
            parts.append(f"{above}{key}: {'none' if value is None else value}")
    return ", ".join(parts)


def read_ablation(path: Path) -> tuple[AblationSettings, list[Training]]:
    """Read an ablation, and check every training of it before the first begins.

    Args:
        path: The YAML file.

    Returns:
        The settings, and the trainings: with the first seed all variants, then with the next.

    Raises:
        ConfigError: In one line, with the file, the variant, the key and the cause.
    """
    folder = path.resolve().parent
    settings = check_model(AblationSettings, read_yaml(path), str(path), folder)
    check_model(DerainerTraining, settings.base, f"{path}: base", folder)
    trainings = []
    for seed in settings.seeds:
        for variant, changes in settings.variants.items():
            where = f"{path}: variants.{variant}"
            values = merge(settings.base, changes) | {"seed": seed}
            written = as_file(check_model(DerainerTraining, values, where, folder))
            checked = check_model(DerainerTraining, written, where, folder)
            trainings.append(Training(variant, seed, checked))
            if seed == settings.seeds[0]:
                _check_derainer(checked, where, path)
    return settings, trainings


def _check_derainer(settings: DerainerTraining, where: str, path: Path) -> None:
    """Refuse what the training or, later, the benchmark's derainer would not take."""
    try:
        network_builder(settings)()
        train_loader(settings, Path())
        validation_loader(settings, Path())
        # Any file can stand for the weights here: they are looked at only when they exist.
        options = {**settings.options, "weights": str(path.resolve())}
        target = registry.load("derainers", settings.use)
        bind_options(f"options of {settings.use}", target, options, Path())
    except (ConfigError, ValueError) as error:
        raise ConfigError(f"{where}: {error}{_hint(settings.options)}") from error


def _hint(options: Mapping[str, Any]) -> str:
    truths = [key for key, value in options.items() if isinstance(value, bool)]
    if not truths:
        return ""
    return (
        f"; YAML reads an unquoted on, off, yes or no as true or false: quote the word, as in "
        f'`{truths[0]}: "off"`'
    )
