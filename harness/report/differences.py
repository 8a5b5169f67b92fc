"""In what several runs differ: what their configurations say, and what they found there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from harness.config import RunConfig
from harness.report.printing import UNDEFINED
from harness.run_folder.run_data import RunData

PARTS = {"rain_sets": "layout", "derainers": "use", "tasks": "use"}
"""The keys of a configuration whose entries have names, with that of a registered name in each."""

ABOUT_THE_RUN = ("name", "description")
"""The keys that say only which run it is."""

BY_DEFAULT = "default"
"""Of an option that a configuration leaves to what it names."""


class Difference(NamedTuple):
    """A fact in which the runs are not the same, with what each of them says."""

    fact: str
    values: tuple[str, ...]

    @property
    def line(self) -> str:
        """One line on it."""
        return f"{self.fact}: {' / '.join(self.values)}"


def differences(runs: Sequence[RunData]) -> list[Difference]:
    """Return the settings, source, machine, versions, images and weights in which runs differ."""
    return _settings(runs) + _differing([_facts(run) for run in runs])


def _differing(of_runs: Sequence[Mapping[str, str]], unsaid: str = UNDEFINED) -> list[Difference]:
    """Return the facts in which the runs differ, in the order of the first that knows them."""
    found = []
    for name in dict.fromkeys(name for facts in of_runs for name in facts):
        values = tuple(facts.get(name, unsaid) for facts in of_runs)
        if len(set(values)) > 1:
            found.append(Difference(name, values))
    return found


def _settings(runs: Sequence[RunData]) -> list[Difference]:
    """Return the settings in which the runs differ, each by its place.

    Of a rain set, derainer or task that some run has not, only that is told.
    """
    # A run of before a key was known had what is now the default.
    defaults = RunConfig.model_construct().model_dump(mode="json")
    settings = [defaults | run.manifest.configuration for run in runs]
    found = []
    for part, use_key in PARTS.items():
        of_runs = [_named(one.get(part), use_key) for one in settings]
        for name in dict.fromkeys(name for entries in of_runs for name in entries):
            place = f"{part}: {name}"
            if all(name in entries for entries in of_runs):
                options = [dict(_by_place(one[name], place)) for one in of_runs]
                found += _differing(options, unsaid=BY_DEFAULT)
            else:
                there = tuple("there" if name in one else UNDEFINED for one in of_runs)
                found.append(Difference(place, there))
    left_out = (*PARTS, *ABOUT_THE_RUN)
    of_the_run = [
        {key: value for key, value in one.items() if key not in left_out} for one in settings
    ]
    return found + _differing([dict(_by_place(one)) for one in of_the_run])


def _named(entries: Any, use_key: str) -> dict[str, dict[str, Any]]:
    """Return what the entries of a part say, by their names."""
    if not isinstance(entries, list):
        return {}
    found = [entry for entry in entries if isinstance(entry, Mapping)]
    return {str(entry.get("name")): _as_written(entry, use_key) for entry in found}


def _as_written(entry: Mapping[str, Any], use_key: str) -> dict[str, Any]:
    """Return an entry with its options beside its other keys, as a configuration has them."""
    options = entry.get("options")
    apart = ("name", "use", "options")
    said = {key: value for key, value in entry.items() if key not in apart}
    written = {use_key: entry.get("use")} | said
    return written | (dict(options) if isinstance(options, Mapping) else {})


def _by_place(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield what a setting holds, as a configuration writes it, with the keys that lead to it."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _by_place(inner, f"{place}: {key}" if place else str(key))
    else:
        yield place, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _facts(run: RunData) -> dict[str, str]:
    manifest = run.manifest
    revision = manifest.git.revision or UNDEFINED
    facts = {"source": revision[:12] + (" with changes" if manifest.git.dirty else "")}
    facts |= {f"machine: {name}": str(value) for name, value in manifest.machine.items()}
    facts |= {f"version of {name}": str(value) for name, value in manifest.versions.items()}
    facts |= {f"images of {one.name}": str(one.images) for one in run.rain_sets}
    facts |= {f"digest of {one.name}": one.digest[:16] for one in run.rain_sets}
    for one in manifest.derainers:
        weights = one.weights_sha256
        digests = weights.values() if isinstance(weights, dict) else [weights or ""]
        facts[f"weights of {one.name}"] = ", ".join(digest[:16] for digest in digests) or UNDEFINED
    return facts
