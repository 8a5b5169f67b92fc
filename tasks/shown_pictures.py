"""No judgement: pictures are restored, kept and shown."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa

from harness.digests import digest_json
from harness.samples import RainSet, Sample
from harness.task import Batch, Task, Value

VERSION = 1
"""Raised whenever the same pictures would give other rows."""


class PicturesTask(Task):
    """What a run does without a task of its own: its rows say which images were restored.

    Args:
        name: As it stands in the tables.
    """

    kind: ClassVar[str] = "pictures"
    columns: ClassVar[Mapping[str, pa.DataType]] = {}
    headline: ClassVar[tuple[str, ...]] = ()
    is_reentrant: ClassVar[bool] = True

    def __init__(self, name: str = "pictures") -> None:
        self.name = name

    def refusal(self, rain_set: RainSet) -> str | None:
        """Refuse no set."""
        return None

    def predict(self, batch: Batch) -> Sequence[None]:
        """Look at nothing."""
        return [None] * len(batch)

    def score(self, prediction: None, sample: Sample, rain_set: RainSet) -> Mapping[str, Any]:
        """Return no figure."""
        return {}

    @classmethod
    def summarise(cls, rows: pd.DataFrame) -> list[Value]:
        """Return no figure."""
        return []

    def protocol(self) -> str:
        """Return nothing: there is no figure to sign."""
        return ""

    def fingerprint(self) -> str:
        """Return a digest of the kind and version: all instances do the same."""
        return digest_json([self.kind, VERSION])

    def reads(self, rain_set: RainSet) -> object:
        """Return nothing: no score reads anything."""
        return None
