"""A training's settings as a file that means the same in any folder."""

from pathlib import Path
from typing import Any

from harness.plugins import registry
from harness.plugins.options import bind_options
from harness.training.data_settings import SourceSettings
from harness.training.derainer_settings import DerainerTraining


def as_file(settings: DerainerTraining) -> dict[str, Any]:
    """Return what was set, as a YAML file of a training would hold it, with absolute paths.

    Args:
        settings: Checked against the folder of the file that they stand in.

    Raises:
        ConfigError: If the options of paired rain sets are wrong.
    """
    values = settings.model_dump(mode="json", exclude_unset=True)
    written = values.get("data", {}).get("sources", [])
    for source, inside in zip(settings.data.sources, written, strict=False):
        if source.pairs is not None:
            inside["pairs"] = _pairs_as_in_a_file(source)
    return values


def _pairs_as_in_a_file(source: SourceSettings) -> dict[str, Any]:
    entry = source.pairs
    assert entry is not None
    layout = registry.load("rain-sets", entry.use)
    bound = bind_options(f"pairs ({entry.name})", layout, entry.options, source.base)
    options = {key: _plain(bound[key], value) for key, value in entry.options.items()}
    return {"name": entry.name, "layout": entry.use, **options}


def _plain(bound: Any, given: Any) -> Any:
    """Return an option as it was given, but with a path as it was found."""
    if isinstance(bound, Path):
        return str(bound)
    if isinstance(bound, list | tuple):
        return [_plain(one, other) for one, other in zip(bound, given, strict=True)]
    return given
