"""What a user names to be checked: a configuration, or one set by its layout and folder."""

from pathlib import Path
from typing import NamedTuple

from harness.config import RunConfig, read_run_config
from harness.errors import ConfigError
from harness.names import NAME_PATTERN
from harness.settings import check_model

SUFFIXES = (".yaml", ".yml")


class Subject(NamedTuple):
    """What is checked.

    Attributes:
        config: A whole one, or one of a set alone, which the rainy input stands for.
        base: The folder that its paths are relative to.
        is_whole: Whether a run can be made of it.
    """

    config: RunConfig
    base: Path
    is_whole: bool


def read_subject(stated: str, root: Path | None, option: str = "--root") -> Subject:
    """Read what is to be checked.

    Args:
        stated: A configuration file, or the name of a rain set or layout.
        root: The folder of a set that is named.
        option: That gives the folder, for errors.

    Raises:
        ConfigError: If it is no configuration, or a folder is given for one.
    """
    path = Path(stated)
    if path.suffix.lower() in SUFFIXES or path.is_file():
        if root is not None:
            raise ConfigError(
                f"{option}: {stated} is a configuration, which says itself where its sets lie; "
                f"leave {option} out"
            )
        return Subject(read_run_config(path), path.resolve().parent, True)
    if path.is_dir():
        raise ConfigError(
            f"{stated}: is a folder; say how its files lie, as in `rdmc-bench check unpaired "
            f"{option} {stated}` (`rdmc-bench list rain-sets` shows the names)"
        )
    options = {} if root is None else {"root": str(root.expanduser().resolve())}
    name = _name_of(stated, root)
    settings = {
        "name": name,
        "rain_sets": [{"name": name, "layout": stated, **options}],
        "derainers": ["rainy"],
        "tasks": [],
    }
    return Subject(check_model(RunConfig, settings, stated, Path.cwd()), Path.cwd(), False)


GENERAL = ("files", "unpaired", "pairs", "side-by-side", "coco", "labelled")
"""Layouts that say nothing of what the pictures are: such a set is called as its folder is."""


def _name_of(stated: str, root: Path | None) -> str:
    if stated.lower() not in GENERAL or root is None:
        return stated
    name = root.resolve().name
    return name if NAME_PATTERN.fullmatch(name) else stated
