"""A whole check: plan, every picture read, every part tried, and what came of it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from harness.check.derainer_pace import paces
from harness.check.expense import Known, expense_findings
from harness.check.findings import Findings, Line
from harness.check.finished_pictures import lacking
from harness.check.overlap_search import as_overlaps, gather, overlap_findings, sought
from harness.check.part_findings import derainer_findings, task_findings
from harness.check.rain_set_findings import findings_of
from harness.check.reading import Seen, loaded_images
from harness.check.subject import Subject
from harness.check.task_trial import TaskTrial, tried
from harness.device import Device
from harness.foreign_code import ForeignError
from harness.plugins.guard import Guard
from harness.progress import ProgressReporter
from harness.run.keys import Keys
from harness.run.plan import Plan, make_plan
from harness.run.restoring import Restorer
from harness.run.setting import Setting
from harness.run.trial import trials_on_noise
from harness.run.turnstile import Turnstile
from harness.run_folder.folder_lock import claimed
from harness.run_folder.overlaps import read_overlaps, write_overlaps
from harness.wording import counted


@dataclass
class Checked:
    """What a check came to.

    Attributes:
        name: Of the run, or of the set.
        parts: Of the table.
        overlaps_in: The folder in which found pictures were noted; None for none.
    """

    name: str
    parts: list[Findings] = field(default_factory=list)
    overlaps_in: Path | None = None

    @property
    def wrong(self) -> list[Line]:
        """What would cost rows or change figures."""
        return [line for part in self.parts for line in part.of("wrong")]

    @property
    def untried(self) -> list[str]:
        """The names of what was not tried."""
        return [line.what for part in self.parts for line in part.of("untried")]


def check(
    subject: Subject,
    device: Device,
    directory: Path,
    *,
    against: Subject | None = None,
    limit: int | None = None,
    debug: bool = False,
) -> Checked:
    """Check a run, or a set, before any model runs.

    Args:
        subject: What is checked.
        device: Where it would run.
        directory: The run's folder, for what was measured before; it need not be there.
        against: Sets that weights may have learned from, among whose pictures those of the
            subject are sought; what is found is noted in ``directory`` if it is a whole run.
        limit: Take at most this many images of each rain set.
        debug: Print the traceback of every failure.

    Raises:
        ConfigError: If a configuration cannot be carried out at all, or something is to be noted
            in a folder that is another's or in use.
        DamagedError: If what was noted there before is damaged.
    """
    checked, progress = Checked(subject.config.name), ProgressReporter()
    notes = against is not None and subject.is_whole
    with (
        _noting(directory, subject.config.name, notes),
        closing(Guard(subject.config.call_limit, device, debug)) as guard,
    ):
        plan = make_plan(subject.config, subject.base, guard, limit)
        setting = Setting(plan, Keys(plan), device, directory, progress)
        seen = {one.name: Seen() for one in plan.rain_sets}
        for rain_set in plan.rain_sets:
            progress.say(f"reading {counted(len(rain_set.ids), 'image')} of {rain_set.name}")
            for loaded in loaded_images(rain_set, device):
                seen[rain_set.name].add(loaded, rain_set)
            checked.parts.append(findings_of(plan, rain_set, seen[rain_set.name]))
        unopened = Findings("rain sets that cannot be opened")
        unopened.say_all("rain set", (f"{n}: {c}" for n, c in plan.unopened.items()), "wrong")
        checked.parts += [unopened] * bool(unopened.lines)
        if subject.is_whole:
            checked.parts += _of_the_run(setting, seen)
        if against is not None:
            _seek(checked, plan, subject, against, setting, debug)
    return checked


@contextmanager
def _noting(directory: Path, name: str, notes: bool) -> Iterator[None]:
    """Hold a run's folder if something is to be noted in it, and refuse it before the work."""
    if not notes:
        yield
        return
    with claimed(directory, f"check of {name}"):
        read_overlaps(directory)
        yield


def _of_the_run(setting: Setting, seen: dict[str, Seen]) -> list[Findings]:
    """Return what is found of derainers and tasks, and what the run will take."""
    plan, restorer = setting.plan, Restorer(setting)
    failures = trials_on_noise(restorer, plan.derainers).failures
    logs = setting.directory / "logs"
    derainers = derainer_findings(plan, failures, lacking(plan, setting.device, logs))
    tasks = task_findings(plan)
    trials = _trials(setting, seen)
    for (rain_set, task), trial in trials.items():
        if trial.error:
            tasks.say(task, f"fails on a picture of {rain_set}: {trial.error}", "wrong")
    known = Known(plan, seen, paces(plan, restorer, setting.directory), trials)
    _close(plan)
    return [derainers, tasks, expense_findings(known, setting.device, setting.directory)]


def _close(plan: Plan) -> None:
    """Let derainers give up what they hold; what one raises then is no finding of the run."""
    for part in plan.derainers:
        if part.built is not None:
            with suppress(ForeignError):
                part.ask(lambda built: built.close(), during="close")


def _trials(setting: Setting, seen: dict[str, Seen]) -> dict[tuple[str, str], TaskTrial]:
    turnstile = Turnstile(setting.device)
    found = {}
    for rain_set in setting.plan.rain_sets:
        sample = seen[rain_set.name].sample
        for task in setting.plan.tasks_for(rain_set.name):
            if sample is not None and task.built is not None:
                found[rain_set.name, task.name] = tried(task, rain_set, sample, turnstile)
    return found


def _seek(
    checked: Checked,
    plan: Plan,
    subject: Subject,
    against: Subject,
    setting: Setting,
    debug: bool,
) -> None:
    device, progress = setting.device, setting.progress
    with closing(Guard(against.config.call_limit, device, debug)) as guard:
        known = gather(make_plan(against.config, against.base, guard), device, progress)
    results = [sought(one, known, device, progress) for one in plan.rain_sets]
    name = against.config.name
    checked.parts.append(overlap_findings(results, known, name))
    if subject.is_whole:
        write_overlaps(setting.directory, as_overlaps(results, name))
        checked.overlaps_in = setting.directory
