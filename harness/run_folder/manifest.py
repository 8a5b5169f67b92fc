"""``manifest.json``: what a stranger needs to trust a run, or to repeat it."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import BenchError
from harness.images import write_bytes
from harness.metric import Metric, described
from harness.published_figures import PublishedFigure
from harness.run_folder.damage import DamagedError, read_whole
from harness.settings import first_problem
from harness.terms import Bound

FORMAT = 2
"""Of a run's folder. Raised when this version could not read what an older one wrote; then
`harness.run.upgrading` learns to make the new of the old."""

FILE_NAME = "manifest.json"


class _Facts(BaseModel):
    """Facts of the manifest; keys that a later version adds are not in the way."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class GitState(_Facts):
    """The source tree that ran; both None where it was no git checkout."""

    revision: str | None = None
    dirty: bool | None = None


class DerainerEntry(_Facts):
    """A derainer of the run; see `harness.derainer.DerainerFacts` for the meaning of the facts.

    ``use`` is the registered name that builds it, as which it goes where a configuration gives
    it no ``name`` of its own. ``bound`` is None for what competes.
    """

    name: str
    use: str = ""
    title: str = ""
    paper: str = ""
    year: int | None = None
    licence: str = ""
    trained_on: str = ""
    source: str = ""
    bound: Bound | None = None
    parameters: int | None = None
    weights_sha256: str | dict[str, str] | None = None
    size_multiple: int = 1
    padding: str = "end"
    channel_order: str = "RGB"
    normalisation: str = "none"
    authors_quantiser: str = "round"
    error: str = ""  # why it could not be built; all its images failed then

    @property
    def is_reference(self) -> bool:
        """Whether it only bounds the tables."""
        return self.bound is not None

    @property
    def is_named(self) -> bool:
        """Whether the configuration gives it a name of its own."""
        return self.use not in ("", self.name)


class RainSetEntry(_Facts):
    """A rain set of the run.

    ``images_in_all`` were there, of which the run took ``images``; ``digest`` is over the decoded
    content of these. ``notices`` say what it leaves out.
    """

    name: str
    description: str = ""
    notices: tuple[str, ...] = ()
    images: int = 0
    images_in_all: int | None = None
    digest: str = ""


class TaskEntry(_Facts):
    """A task of the run, with all that a report knows of it; see `harness.task.Task`.

    ``legends`` gives by rain set the colours of what it draws, ``remarks`` what it says of how it
    is judged there, for example classes that are not evaluated. A task that could not be built has
    an ``error`` and no headline.
    """

    name: str
    kind: str
    headline: tuple[str, ...] = ()
    metrics: dict[str, Metric] = Field(default_factory=dict)
    looks_at: Literal["picture", "perception"] = "picture"
    can_lose: bool = False
    judge: str = ""
    drawn: str = ""
    weights: dict[str, str] = Field(default_factory=dict)
    legends: dict[str, dict[str, tuple[int, int, int]]] = Field(default_factory=dict)
    remarks: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    error: str = ""

    def metric(self, name: str) -> Metric:
        """Return what is known of one of its metrics."""
        return described(self.metrics, name)


class Refusal(_Facts):
    """Cells that were left out, because of a task or a derainer (``part``), and why."""

    rain_set: str
    part: str
    reason: str


class PublishedEntry(PublishedFigure):
    """What others published on a rain set of the run, of a derainer of the run by its name.

    ``derainer`` is "" where the run has none that is this method.
    """

    derainer: str


class Invocation(_Facts):
    """A call of the command that computed something.

    ``started`` and ``finished`` are in UTC, ISO 8601; ``images`` restored images were judged;
    ``seconds`` are by stage, summed over what goes on at a time, ``total`` the clock's.
    """

    started: str
    finished: str
    images: int
    seconds: dict[str, float] = Field(default_factory=dict)


class Manifest(_Facts):
    """The whole of it.

    ``seconds`` are the sums over the ``invocations``.
    """

    format: int = FORMAT
    name: str
    description: str = ""
    configuration: dict[str, Any] = Field(default_factory=dict)
    versions: dict[str, str | None] = Field(default_factory=dict)
    git: GitState = Field(default_factory=GitState)
    machine: dict[str, Any] = Field(default_factory=dict)
    derainers: tuple[DerainerEntry, ...]
    rain_sets: tuple[RainSetEntry, ...]
    tasks: tuple[TaskEntry, ...]
    published: tuple[PublishedEntry, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    started: str = ""
    finished: str = ""
    seconds: dict[str, float] = Field(default_factory=dict)
    invocations: tuple[Invocation, ...] = ()

    def after(self, earlier: "Manifest | None", invocation: Invocation) -> "Manifest":
        """Return the manifest with an invocation added to those that went before.

        Args:
            earlier: The folder's manifest until now, None where there is none.
            invocation: The present one; one that found nothing left to do is not added.
        """
        invocations = earlier.invocations if earlier else ()
        if invocation.images or not invocations:
            invocations = (*invocations, invocation)
        seconds: dict[str, float] = {}
        for one in invocations:
            for stage, spent in one.seconds.items():
                seconds[stage] = round(seconds.get(stage, 0.0) + spent, 3)
        changes = {
            "started": invocations[0].started,
            "finished": invocations[-1].finished,
            "seconds": seconds,
            "invocations": invocations,
        }
        return self.model_copy(update=changes)


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write ``manifest.json`` into a run's folder."""
    text = json.dumps(manifest.model_dump(mode="json"), indent=1, ensure_ascii=False)
    # Half of a character, of a path that is no UTF-8, becomes what JSON calls it.
    content = text.encode("utf-8", "backslashreplace")
    write_bytes(directory / FILE_NAME, content, durable=True)


def read_manifest(directory: Path) -> Manifest:
    """Read the manifest of a run's folder.

    Raises:
        DamagedError: If it is damaged.
        BenchError: If it is missing, or of another format.
    """
    path = directory / FILE_NAME
    content = read_json(directory)
    found = content.get("format", 1)
    if found != FORMAT:
        raise BenchError(f"{path}: {_about_format(directory, found)}")
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise damaged(directory, first_problem(error)) from error


def read_json(directory: Path) -> dict[str, Any]:
    """Return what ``manifest.json`` holds, of whatever format.

    Raises:
        DamagedError: If it is no JSON object, or of a format that no version writes.
        BenchError: If it is missing.
    """
    path = directory / FILE_NAME
    try:
        content: object = json.loads(read_whole(path).decode())
    except FileNotFoundError as error:
        raise BenchError(
            f"{path}: no such file; a report is made from the folder of a run"
        ) from error
    except (ValueError, RecursionError) as error:
        raise damaged(directory, str(error)) from error
    if not isinstance(content, dict):
        raise damaged(directory, "not a manifest of a run")
    found = content.get("format", 1)
    if type(found) is not int or found < 1:
        raise damaged(directory, f"format {found!r}, which no rdmc-bench writes")
    return content


def could_be_manifest(directory: Path) -> bool:
    """Return whether a folder's ``manifest.json`` is one of ours, of whatever format."""
    try:
        return {"name", "derainers", "rain_sets", "tasks"} <= read_json(directory).keys()
    except (BenchError, OSError):
        return False


def damaged(directory: Path, cause: str) -> DamagedError:
    """Return the error of a manifest that no run wrote so."""
    return DamagedError(
        f"{directory / FILE_NAME}: damaged ({cause}); running its configuration again makes another"
    )


def _about_format(directory: Path, found: int) -> str:
    if found > FORMAT:
        return (
            f"format {found}, of a newer rdmc-bench than this one, which reads {FORMAT}; use that"
        )
    return (
        f"format {found}, of an older rdmc-bench (this one reads {FORMAT}); "
        f"`rdmc-bench report {directory}` upgrades the folder"
    )
