"""Every setting of a run with another value."""

from collections.abc import Mapping, Sequence

from changes import Change, counts, idle

from harness.config import Entry, RunConfig, TaskEntry
from harness.published_figures import PublishedFile
from harness.report_settings import ReportSettings

CONFIG = RunConfig(name="run", rain_sets=["r"], derainers=["d"], tasks=["t"])
"""Names one rain set, one derainer and one task."""

ELSE = Entry(name="else", use="else")
FLOORING = TaskEntry(name="t", use="t", quantiser="floor")
SETTINGS: Mapping[str, Sequence[Change]] = {
    "name": [idle("another")],
    "description": [idle("another sentence")],
    "rain_sets": [idle([ELSE, Entry(name="r", use="r")])],
    "derainers": [idle([ELSE, Entry(name="d", use="d")])],
    "tasks": [
        idle([TaskEntry(name="else", use="else"), TaskEntry(name="t", use="t")]),
        counts([FLOORING]),
        idle([FLOORING], quantiser="floor"),
    ],
    "quantiser": [counts("floor"), idle("floor", tasks=[FLOORING])],
    "precision": [counts("bfloat16")],
    "batch_size": [idle(2)],
    "tile": [counts("off"), counts(512), counts(1024, tile=512)],
    "tile_overlap": [counts(64, tile=512), idle(64)],  # where memory is short: the row notes it
    "call_limit": [idle(None)],
    "memory_limit": [idle(1.0)],
    "examples": [idle(0)],
    "previews": [idle(0)],
    "keep_restored": [idle(True)],
    "published": [idle(PublishedFile.model_construct(figures=()))],
    "published_as": [idle({"d": None})],
    "report": [idle(ReportSettings(excel=True))],
    "beside": [idle(["another-run"])],
}
