"""What is found of a rain set: numbers, sizes, what cannot be read, what is left out, classes."""

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence

from harness.check.causes import in_few_lines
from harness.check.findings import Findings
from harness.check.reading import Seen, Size
from harness.rain_sets.composed import ComposedRainSet
from harness.run.plan import OpenRainSet, Plan
from harness.wording import counted, some_of

MOST_CLASSES = 12
"""Named with their numbers before the rest is counted."""

TURNED = "turned as its EXIF orientation says"


def findings_of(plan: Plan, rain_set: OpenRainSet, seen: Seen) -> Findings:
    """Return what is found of a rain set.

    Args:
        plan: Of the run.
        rain_set: Of the plan.
        seen: What was seen when all of it was decoded.
    """
    found = Findings(f"rain set {rain_set.name}")
    if rain_set.content.description:
        found.say("what", rain_set.content.description)
    _say_numbers(found, rain_set, seen)
    _say_failures(found, rain_set, seen)
    found.say_all("left out, twice", rain_set.notices, "note", none="nothing")
    _say_sizes(found, seen.sizes)
    _say_conversions(found, seen.notes)
    _say_classes(found, "boxes", rain_set.content.box_classes, seen.boxes, "no box")
    _say_classes(found, "label maps", rain_set.content.label_classes, seen.labelled, "no label map")
    for task in plan.tasks_for(rain_set.name):
        for remark in plan.remarks.get((rain_set.name, task.name), ()):
            found.say(f"task {task.name}", remark, "note")
    for refusal in plan.refusals:
        if refusal.rain_set == rain_set.name:
            found.say(refusal.part, f"left out here: {refusal.reason}", "note")
    return found


def _say_numbers(found: Findings, rain_set: OpenRainSet, seen: Seen) -> None:
    taken = f" of {rain_set.images_in_all}" * (len(rain_set.ids) != rain_set.images_in_all)
    found.say("images", f"{len(rain_set.ids)}{taken}, {len(seen.sizes)} of them readable")
    content = rain_set.content
    if not content.has_clean:
        found.say("pairs", "none: no clean images")
        return
    lacking = len(seen.sizes) - seen.with_clean
    found.say(
        "pairs",
        f"{seen.with_clean}" + f"; {counted(lacking, 'image')} without a clean one" * bool(lacking),
        "wrong" if lacking else "",
    )


def _say_failures(found: Findings, rain_set: OpenRainSet, seen: Seen) -> None:
    """Say what cannot be used: files without their partner apart from those that cannot be read."""
    content = rain_set.content
    apart = content.lost if isinstance(content, ComposedRainSet) else {}
    unmatched = {one: cause for one, cause in seen.failures.items() if one in apart}
    unreadable = {one: cause for one, cause in seen.failures.items() if one not in apart}
    found.say_all("unmatched", in_few_lines(unmatched), "wrong", none="none")
    found.say_all("unreadable", in_few_lines(unreadable), "wrong", none="none")


def _say_sizes(found: Findings, sizes: Sequence[Size]) -> None:
    if not sizes:
        return
    ordered, different = sorted(sizes), len(set(sizes))
    if different == 1:
        found.say("sizes", f"{ordered[0]}, all")
    else:
        middle = statistics.median_low(ordered)
        found.say(
            "sizes",
            f"{ordered[0]} the smallest, {middle} the median, {ordered[-1]} the largest; "
            f"{different} different ones",
        )
    shapes = Counter(
        "square" if one.width == one.height else "wide" if one.width > one.height else "tall"
        for one in sizes
    )
    words = [f"{shapes[shape]} {shape}" for shape in ("wide", "tall", "square") if shapes[shape]]
    found.say("orientation", ", ".join(words))


def _say_conversions(found: Findings, notes: Sequence[str]) -> None:
    """Say what had to be converted on reading, the kinds that differ in numbers alone as one."""
    files: dict[str, list[str]] = defaultdict(list)
    words: dict[str, str] = {}
    for note in notes:
        file, _, conversion = note.partition(": ")
        kind = re.sub(r"\d+", "0", conversion)
        words.setdefault(kind, conversion)
        files[kind].append(file)
    for kind, names in files.items():
        text = words[kind] if len(names) == 1 or kind == words[kind] else f"{words[kind]}, ..."
        found.say("converted", f"{counted(len(names), 'file')} {text}: {some_of(names)}", "note")


def _say_classes(
    found: Findings, what: str, classes: Sequence[str] | None, there: Counter[str], nowhere: str
) -> None:
    if classes is None:
        return
    named = [f"{name} {number}" for name, number in there.most_common(MOST_CLASSES)]
    rest = len(there) - len(named)
    words = ", ".join(named) + f" and {rest} more" * (rest > 0)
    found.say(what, words or "none of any class", "" if words else "wrong")
    absent = [name for name in classes if not there[name]]
    if absent:
        found.say(what, f"in {nowhere}: {', '.join(absent)}", "note")
