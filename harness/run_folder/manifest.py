"""The facts of ``manifest.json``, checked as they are read."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from harness.published_figures import PublishedFigure


class _Facts(BaseModel):
    """Facts of the manifest; keys that a later version adds are not in the way."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class GitState(_Facts):
    """The source tree that ran."""

    revision: str | None = None
    dirty: bool | None = None


class DerainerEntry(_Facts):
    """A derainer of the run; see `harness.derainer.DerainerFacts` for the meaning of the facts.

    ``use`` is the registered name that builds it, as which it goes where a configuration gives
    it no ``name`` of its own.
    """

    name: str
    use: str = ""
    title: str = ""
    paper: str = ""
    year: int | None = None
    licence: str = ""
    trained_on: str = ""
    source: str = ""
    is_reference: bool = False
    parameters: int | None = None
    weights_sha256: str | dict[str, str] | None = None
    size_multiple: int = 1
    channel_order: str = "RGB"
    normalisation: str = "none"
    authors_quantiser: str = "round"
    error: str = ""  # why it could not be built; all its images failed then

    @property
    def is_named(self) -> bool:
        """Whether the configuration gives it a name of its own."""
        return self.use not in ("", self.name)


class RainSetEntry(_Facts):
    """A rain set of the run.

    ``images_in_all`` were there, of which the run took ``images``; ``label_classes`` are what the
    kept label maps index.
    """

    name: str
    description: str = ""
    images: int = 0
    images_in_all: int | None = None
    digest: str = ""
    label_classes: tuple[str, ...] | None = None


class TaskEntry(_Facts):
    """A task of the run; the first headline metric is the one that plots use.

    A task that could not be built has an ``error`` and no headline.
    """

    name: str
    kind: str
    headline: tuple[str, ...] = ()
    weights: dict[str, str] = Field(default_factory=dict)
    error: str = ""


class Refusal(_Facts):
    """Cells that were left out, because of a task or a derainer (``part``), and why."""

    rain_set: str
    part: str
    reason: str


class PublishedEntry(PublishedFigure):
    """What others published of a derainer of the run, by its name, on a rain set of the run."""

    derainer: str


class Manifest(_Facts):
    """``manifest.json``."""

    name: str
    description: str = ""
    configuration: dict[str, Any] = Field(default_factory=dict)
    versions: dict[str, str | None] = Field(default_factory=dict)
    git: GitState = Field(default_factory=GitState)
    machine: dict[str, Any] = Field(default_factory=dict)
    started: str = ""
    finished: str = ""
    seconds: dict[str, float] = Field(default_factory=dict)
    derainers: tuple[DerainerEntry, ...]
    rain_sets: tuple[RainSetEntry, ...]
    tasks: tuple[TaskEntry, ...]
    refusals: tuple[Refusal, ...] = ()
    published: tuple[PublishedEntry, ...] = ()
