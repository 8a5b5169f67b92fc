"""What a run on a GPU has found: a line of JSON for each finding, on disk as soon as it is known.

A run may be cut off at any second. So a stage never gathers results to write at its end: it adds
each one to ``findings.jsonl`` in the folder of the run, where several processes may add at a time.
"""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE_NAME = "findings.jsonl"


class Findings:
    """Adds the findings of one stage.

    Args:
        folder: Of the run, made if need be.
        stage: Under which name they stand.
    """

    def __init__(self, folder: Path, stage: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.stage = folder / FILE_NAME, stage

    def add(self, **finding: Any) -> None:
        """Write one finding of JSON values; ``at`` is the time in seconds since 1970."""
        line = json.dumps({"stage": self.stage, "at": round(time.time(), 1), **finding})
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, line.encode() + b"\n")  # one call, so that lines never mix
        finally:
            os.close(descriptor)
        print(f"{self.stage}: {_in_words(finding)}", flush=True)


def read_findings(path: Path) -> list[dict[str, Any]]:
    """Read all findings of a run, in their order; a last line that was cut off is left out.

    Args:
        path: A file that `Findings` wrote.

    Raises:
        ValueError: If another line is no finding; the text names the file and the line.
    """
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    findings = []
    for number, line in enumerate(lines, 1):
        try:
            finding = json.loads(line)
            findings.append({"stage": str(finding["stage"]), **finding})
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines) and not line.endswith("\n"):
                break
            raise ValueError(f"{path}, line {number}: no finding of a GPU run ({error})") from error
    return findings


def _in_words(finding: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {_rounded(value)}" for key, value in finding.items())


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
