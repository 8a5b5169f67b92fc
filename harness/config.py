"""A run's configuration: YAML in, checked settings out, every mistake named in one line."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from harness.errors import ConfigError
from harness.names import as_on_any_disk, check_folder_name, check_name
from harness.nearest import nearest
from harness.published_figures import PublishedAs, PublishedFile
from harness.rain_levels import options_by_level
from harness.report_settings import ReportSettings
from harness.settings import check_model, first_problem
from harness.terms import Precision, Quantiser
from harness.text_files import read_text
from harness.tile_sizes import OVERLAP, Tile, check_tile, smallest_tile
from harness.yaml_text import parse_yaml

STREETS_CONFIG = Path(__file__).with_name("streets.yaml")
"""The built-in benchmark."""

PICTURES = "pictures"
"""The task of a run that names none: it judges nothing."""


class Entry(BaseModel):
    """One rain set, derainer or task of a run.

    Attributes:
        name: As it stands in the tables and in file names.
        use: The registered name that builds it (``layout`` for a rain set).
        options: What is passed to it.
        isolate: Build and call it in a process of its own, whose end harms nobody else.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    use: str
    options: dict[str, Any] = Field(default_factory=dict)
    isolate: bool = Field(default=False, strict=True)

    @field_validator("name")
    @classmethod
    def _fit_for_a_file_name(cls, name: str) -> str:
        return check_name(name)


class TaskEntry(Entry):
    """A task of a run.

    Attributes:
        quantiser: How a restored image becomes 8 bits for this task; as for the run where None.
    """

    quantiser: Quantiser | None = None


class RunConfig(BaseModel):
    """The settings of a run.

    Attributes:
        name: Of the run; the default output folder is ``results/<name>``.
        description: A sentence or two for the report.
        rain_sets: What is restored.
        derainers: What restores.
        tasks: What judges; of none, the run restores, keeps and shows the pictures.
        quantiser: How a restored image becomes 8 bits: ``round``, or ``floor`` as in many
            authors' scripts. A task may have its own.
        precision: ``float32``, or ``bfloat16``/``float16`` autocast.
        batch_size: Images of one size that go through a model together; the device's default
            where None.
        tile: Whether derainers get large images in tiles: ``auto`` where memory is short, ``off``
            never, or the side of a tile in pixels.
        tile_overlap: Pixels that neighbouring tiles share.
        call_limit: Seconds that one call of a derainer (for the images of a batch together), task
            or rain set may take, building it too. One that takes longer fails on what it was
            asked for and is not called again in this run. None: no limit.
        memory_limit: GiB that the process of an isolated part may hold. None: four fifths of
            what the machine has left when the run begins.
        examples: Images a rain set that the report shows large, with what the tasks saw in them.
        previews: Images a rain set that the report shows small, with what tasks drew on them.
        keep_restored: Keep every restored image under ``restored/``, to be looked at or used
            elsewhere, and so that a task that is added later does not restore anew. By default
            where there is no task.
        published: A CSV file of published figures, relative to the configuration; the report
            shows those of this run's derainers and rain sets beside the measured ones.
        published_as: By the name of a derainer, the method that it was published as, where that
            is not its title; null where nothing that was published is comparable.
        report: Tables that the report has beside its own; see `harness.report_settings`.
        beside: Folders of finished runs, relative to the configuration, whose tables of choice
            the report shows below its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    description: str = ""
    rain_sets: list[Entry] = Field(min_length=1)
    derainers: list[Entry] = Field(min_length=1)
    tasks: list[TaskEntry]
    quantiser: Quantiser = "round"
    precision: Precision = "float32"
    batch_size: int | None = Field(default=None, ge=1)
    tile: Tile = "auto"
    tile_overlap: int = Field(default=OVERLAP, ge=0)
    call_limit: float | None = Field(default=1800.0, gt=0)
    memory_limit: float | None = Field(default=None, gt=0)
    examples: int = Field(default=3, ge=0)
    previews: int = Field(default=200, ge=0)
    keep_restored: bool = False
    published: PublishedFile | None = None
    published_as: dict[str, PublishedAs | None] = Field(default_factory=dict)
    report: ReportSettings = Field(default_factory=ReportSettings)
    beside: list[str] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _pictures_where_nothing_judges(cls, settings: Any) -> Any:
        if isinstance(settings, Mapping) and settings.get("tasks") == []:
            return {"keep_restored": True, **settings, "tasks": [PICTURES]}
        return settings

    @field_validator("name")
    @classmethod
    def _fit_for_a_folder(cls, name: str) -> str:
        return check_folder_name(name)

    @field_validator("rain_sets", mode="before")
    @classmethod
    def _rain_set_entries(cls, entries: Any) -> Any:
        made = _entries(entries, "rain_sets", "layout", one_for_each_level)
        return [entry.model_dump() | _own(entry, "isolate") for entry in made]

    @field_validator("derainers", mode="before")
    @classmethod
    def _derainer_entries(cls, entries: Any) -> Any:
        made = _entries(entries, "derainers", "use")
        return [entry.model_dump() | _own(entry, "isolate") for entry in made]

    @field_validator("tasks", mode="before")
    @classmethod
    def _task_entries(cls, entries: Any) -> Any:
        made = _entries(entries, "tasks", "use")
        return [entry.model_dump() | _own(entry, "isolate", "quantiser") for entry in made]

    @field_validator("tile", mode="before")
    @classmethod
    def _a_tile(cls, tile: Any) -> Tile:
        return check_tile(tile)

    @model_validator(mode="after")
    def _tiles_larger_than_their_overlaps(self) -> Self:
        smallest = smallest_tile(self.tile_overlap)
        if isinstance(self.tile, int) and self.tile < smallest:
            raise ValueError(
                f"tile: {self.tile} px are too few for an overlap of {self.tile_overlap} px on "
                f"either side; make it {smallest} or more, or tile_overlap smaller"
            )
        return self

    @model_validator(mode="after")
    def _published_as_of_derainers(self) -> Self:
        names = [entry.name for entry in self.derainers]
        for name in self.published_as:
            if name not in names:
                raise ValueError(
                    f"published_as: no derainer is named {name!r}{nearest(name, names)}"
                )
        return self

    @model_validator(mode="after")
    def _reported_parts_are_there(self) -> Self:
        parts = (self.rain_sets, self.derainers, self.tasks)
        self.report.check_parts(*([entry.name for entry in entries] for entries in parts))
        return self

    def quantiser_of(self, task: str) -> Quantiser:
        """Return how a restored image becomes 8 bits for a task.

        Args:
            task: Its name.

        Raises:
            KeyError: If no task is named so.
        """
        return {entry.name: entry.quantiser for entry in self.tasks}[task] or self.quantiser


def _own(entry: Entry, *keys: str) -> dict[str, Any]:
    """Return what an entry says for the run itself, apart from the options of the part."""
    options = dict(entry.options)
    said = {key: options.pop(key) for key in keys if key in options}
    return {**said, "options": options}


def _entries(
    entries: Any,
    where: str,
    use_key: str,
    expand: Callable[[Entry, str], list[Entry]] = lambda entry, _: [entry],
) -> list[Entry]:
    if not isinstance(entries, list):
        raise ValueError("must be a list")
    made = []
    for index, entry in enumerate(entries):
        place = f"{where}[{index}]"
        made += expand(read_entry(entry, place, use_key), place)
    seen: dict[str, str] = {}
    for entry in made:
        first = seen.get(as_on_any_disk(entry.name))
        if first is not None:
            what = (
                f"the name {entry.name!r} stands there twice"
                if first == entry.name
                else f"the names {first!r} and {entry.name!r} are one to some disks"
            )
            raise ValueError(f"{what}; give one another")
        seen[as_on_any_disk(entry.name)] = entry.name
    return made


def one_for_each_level(entry: Entry, where: str) -> list[Entry]:
    """Return the rain sets that an entry stands for: one, or one for each level of rain it names.

    Args:
        entry: As it was read.
        where: Its place in the file, for errors.

    Raises:
        ValueError: If it names levels wrongly; see `options_by_level`.
    """
    try:
        by_level = options_by_level(entry.options)
        return [
            Entry(name=f"{entry.name} ({level})", use=entry.use, options=options)
            for level, options in by_level.items()
        ] or [entry]
    except ValidationError as error:
        raise ValueError(f"{where}: {first_problem(error)}") from error
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def read_entry(entry: Any, where: str, use_key: str) -> Entry:
    """Read a rain set, derainer or task as a configuration spells it.

    Args:
        entry: A name, or a mapping of ``name``, ``use_key`` and options.
        where: Its place in the file, for errors.
        use_key: ``layout`` for a rain set, ``use`` for a derainer or task.

    Raises:
        ValueError: If it is neither, or has no name.
    """
    if isinstance(entry, str):
        return Entry(name=entry, use=entry)
    if not isinstance(entry, Mapping):
        raise ValueError(f"{where}: must be a name or a mapping with `name` and `{use_key}`")
    options = {str(key): value for key, value in entry.items()}
    name, use = options.pop("name", None), options.pop(use_key, None)
    if name is None and use is None:
        hint = "".join(nearest(key, ["name", use_key]) for key in options)
        raise ValueError(f"{where}: needs `name` or `{use_key}`{hint}")
    return Entry(name=str(name or use), use=str(use or name), options=options)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping, with ``${VAR}`` expanded from the environment.

    Raises:
        ConfigError: If the file is missing, no YAML mapping, has a key twice, or names an unset
            variable.
    """
    try:
        text = read_text(path)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such configuration file") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    content = parse_yaml(text, str(path))
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: must hold a mapping such as `name: my-run`")
    expanded: dict[str, Any] = _expand(content, path)
    return expanded


def read_run_config(path: Path) -> RunConfig:
    """Read and check the configuration of a run.

    Raises:
        ConfigError: In one line, with the file, the key and the cause.
    """
    return check_model(RunConfig, read_yaml(path), str(path), path.parent)


def read_report_settings(path: Path) -> ReportSettings:
    """Read a file that holds what the configuration of a run has under ``report``.

    The word ``report`` itself may stand above it, as it does there.

    Raises:
        ConfigError: In one line, with the file, the key and the cause.
    """
    settings = read_yaml(path)
    if isinstance(settings, dict) and set(settings) == {"report"}:
        settings = settings["report"]
    return check_model(ReportSettings, settings, str(path), path.parent)


def _expand(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {key: _expand(item, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_expand(item, path) for item in value]
    if not isinstance(value, str):
        return value

    def variable(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise ConfigError(
                f"{path}: ${{{name}}} is not set; give it on the command line, "
                f"as in `{name}=/path/to/it rdmc-bench run {path.name}`"
            )
        return os.environ[name]

    return re.sub(r"\$\{(\w+)\}", variable, value)
