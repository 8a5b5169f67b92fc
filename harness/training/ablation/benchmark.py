"""The run that judges the variants: a configuration's references and, beside them, the variants."""

from collections.abc import Mapping
from pathlib import Path

from harness.config import Entry, RunConfig
from harness.plugins import registry
from harness.training.ablation.ablation_settings import Training


def with_variants(
    config: RunConfig, name: str, weights: Mapping[str, Path], trainings: list[Training]
) -> RunConfig:
    """Replace a run's derainers, but for its references, by trained variants.

    Args:
        config: The run that is asked for.
        name: Of the new run.
        weights: Of each training that succeeded, by its name.
        trainings: All of them.
    """
    kept = [entry for entry in config.derainers if is_reference(entry.use)]
    variants = [
        Entry(
            name=training.name,
            use=training.settings.use,
            options={**training.settings.options, "weights": str(weights[training.name].resolve())},
        )
        for training in trainings
        if training.name in weights
    ]
    return config.model_copy(update={"name": name, "derainers": [*kept, *variants]})


def is_reference(use: str) -> bool:
    """Tell whether a derainer only bounds the table.

    >>> is_reference("rainy"), is_reference("guided-filter")
    (True, False)
    """
    return getattr(registry.load("derainers", use), "bound", None) is not None
