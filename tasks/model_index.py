"""The official weights of models in the frameworks' own indices, which stand in their metafiles."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from harness.digests import digest_file
from harness.downloads import fetch, stated_digest
from harness.errors import ConfigError, DerainerError
from harness.weights_by_name import FOLDER, find_name
from harness.yaml_text import parse_yaml


def official_weights(config: Path) -> Path | None:
    """Return the weights that the index names for a config, from this disk or by URL.

    Args:
        config: Of a model; the metafile of its family lies beside it.

    Returns:
        The file: one of its name in the folders where weight files are kept, else fetched into
        PyTorch's cache. None if no metafile names any for this config.

    Raises:
        ConfigError: If it cannot be fetched, is another file than its name says, or a metafile
            cannot be read.
    """
    url = weights_url(config)
    if url is None:
        return None
    name = Path(urlparse(url).path).name
    found = find_name(name)
    if found is not None:
        if not digest_file(found).startswith(stated_digest(url)):
            raise ConfigError(
                f"{config.stem}: {found}: is another file than {url}, whose SHA-256 begins with "
                f"{stated_digest(url)}; move it away, or name it as `weights`"
            )
        return found
    try:
        return fetch(url, f"put {name} into the folder that {FOLDER} names, or give its `weights`")
    except DerainerError as error:
        raise ConfigError(f"{config.stem}: {error}") from error


def weights_url(config: Path) -> str | None:
    """Return the address of a config's weights by the metafile beside it, None where it has none.

    Raises:
        ConfigError: If the metafile is no YAML.
    """
    for metafile in sorted(config.parent.glob("metafile.y*ml")):
        content = parse_yaml(metafile.read_text(encoding="utf-8"), str(metafile))
        for model in _models(content):
            weights = model.get("Weights")
            if Path(str(model.get("Config"))).name == config.name and isinstance(weights, str):
                return weights
    return None


def _models(content: Any) -> Iterator[Mapping[str, Any]]:
    models = content.get("Models") if isinstance(content, dict) else content
    yield from (one for one in models or [] if isinstance(one, dict))
