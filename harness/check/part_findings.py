"""What is found of derainers and tasks: weights that load, fit and work, and what is judged."""

import functools
from collections.abc import Callable, Mapping, Sequence

from harness.check.findings import Findings
from harness.derainer import Derainer
from harness.foreign_code import ForeignError
from harness.plugins.parts import Part
from harness.run.plan import Plan
from harness.run.trial import needs_nothing_else, trial_in_words
from harness.samples import RainSet
from harness.task import Task
from harness.wording import counted, some_of

MOST_NAMED = 24
"""Classes that are named before the rest is left to its number."""


def derainer_findings(
    plan: Plan, failures: Mapping[str, str], lacking: Mapping[str, Sequence[str]]
) -> Findings:
    """Return what is found of the derainers.

    Args:
        plan: Of the run.
        failures: By name, why one does not restore a picture of noise.
        lacking: By the name of one that reads finished pictures, lines on those that it lacks.
    """
    found = Findings("derainers")
    for part in plan.derainers:
        if part.built is None:
            found.say(part.name, f"fails on every image: {part.error}", "wrong")
        elif part.name in failures:
            found.say(part.name, trial_in_words(failures[part.name]), "wrong")
        elif part.name in lacking:
            found.say_all(part.name, lacking[part.name], "wrong", none="every picture is there")
        elif part.built.bound is None and not needs_nothing_else(part.built):
            found.say(part.name, "built, and not tried: no check calls it", "untried")
        else:
            found.say(part.name, _what_is_known(part, part.built))
    return found


def _what_is_known(part: Part[Derainer], built: Derainer) -> str:
    if built.bound is not None:
        return "a reference row"
    words = ["restores a picture of noise"]
    if getattr(built, "weights_digest", ""):
        words.insert(0, f"weights fit ({built.weights_digest[:12]})")  # type: ignore[attr-defined]
    if built.facts.trained_on:
        words.append(f"learned from {built.facts.trained_on}")
    return ", ".join(words)


def task_findings(plan: Plan) -> Findings:
    """Return what is found of the tasks, and which classes they judge of each rain set."""
    found = Findings("tasks")
    for part in plan.tasks:
        if part.built is None:
            found.say(part.name, f"fails on every image: {part.error}", "wrong")
            continue
        weights = _names(part, lambda task: list(task.weights_digests()))
        found.say(part.name, f"weights fit ({some_of(weights)})" if weights else "needs no weights")
        for rain_set in plan.rain_sets:
            if part in plan.tasks_for(rain_set.name):
                judged = _names(part, functools.partial(_judged, rain_set.content))
                if judged:
                    number = counted(len(judged), "class name")
                    words = f"judges {number} of {rain_set.name}: {some_of(judged, MOST_NAMED)}"
                    found.say(part.name, words)
    return found


def _judged(rain_set: RainSet, task: Task) -> list[str]:
    return list(task.judged_classes(rain_set) or ())


def _names(part: Part[Task], question: Callable[[Task], list[str]]) -> list[str]:
    try:
        return part.ask(question)
    except ForeignError:
        return []  # a plugin that breaks here fails on its picture too, and is told of
