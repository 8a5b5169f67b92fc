"""What came back from a GPU becomes a committed record and a page.

    python -m tools.gpu.collect FOLDER    results/reference/gpu/ and docs/gpu.md from a run's folder
    python -m tools.gpu.collect           docs/gpu.md again, from results/reference/gpu/

A rehearsal (on a CPU, or a tiny one) is kept apart from a run on a GPU. Weights that came in parts
are put together under work_dirs/gpu/weights, which is not committed.
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

from tools.gpu.findings import FILE_NAME, read_findings
from tools.gpu.page import render
from tools.gpu.parts import join
from tools.gpu.subjects import ROOT

RECORDS = ROOT / "results" / "reference" / "gpu"

RUN, REHEARSAL = "run.jsonl", "rehearsal.jsonl"

PAGE = ROOT / "docs" / "gpu.md"

WEIGHTS = ROOT / "work_dirs" / "gpu" / "weights"


def main() -> int:
    """Take a folder in, if one is named, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER")
    folder = parser.parse_args().folder
    if folder is not None:
        if not (folder / FILE_NAME).is_file():
            print(
                f"{folder}: no folder of tools/gpu/run.sh, it has no {FILE_NAME}", file=sys.stderr
            )
            return 2
        print(f"record: {take_in(folder, RECORDS)}")
        for weights, digest in join_weights(folder, WEIGHTS):
            print(f"weights: {weights}, sha256 {digest}")
    PAGE.write_text(page_of(RECORDS), encoding="utf-8")
    print(f"page: {PAGE}")
    return 0


def take_in(folder: Path, records: Path) -> Path:
    """Copy the findings of a run to where they are committed.

    Args:
        folder: Of the run.
        records: The folder of records, made if need be.

    Returns:
        The record: of a run on a GPU, or of a rehearsal.

    Raises:
        ValueError: If the findings do not say on what they were made.
    """
    facts = [one for one in read_findings(folder / FILE_NAME) if "device" in one]
    if not facts:
        raise ValueError(f"{folder}: the stage `facts` left nothing; see log.txt there")
    records.mkdir(parents=True, exist_ok=True)
    is_run = facts[0]["device"] == "cuda" and not facts[0]["tiny"]
    record = records / (RUN if is_run else REHEARSAL)
    shutil.copyfile(folder / FILE_NAME, record)
    return record


def join_weights(folder: Path, target: Path) -> list[tuple[Path, str]]:
    """Put weights that came in parts together, and return each with its SHA-256.

    Raises:
        ValueError: If they are not those that the run wrote.
    """
    joined = []
    digests = [one["sha256"] for one in read_findings(folder / FILE_NAME) if "sha256" in one]
    for first in sorted(folder.glob("*.part-0")):
        name = first.name.removesuffix(".part-0")
        target.mkdir(parents=True, exist_ok=True)
        for part in folder.glob(f"{name}.part-*"):
            shutil.copyfile(part, target / part.name)
        digest = join(target / name)
        for part in target.glob(f"{name}.part-*"):
            part.unlink()
        if digest not in digests:
            raise ValueError(
                f"{folder}: the parts of {name} make a file of SHA-256 {digest}, which the run did "
                "not write; bring all parts back again"
            )
        joined.append((target / name, digest))
    return joined


def page_of(records: Path) -> str:
    """Return the page for a folder of records, whichever of them are there."""
    run, rehearsal = (_read(records / name) for name in (RUN, REHEARSAL))
    return render(run, rehearsal)


def _read(record: Path) -> list[dict[str, Any]]:
    return read_findings(record) if record.is_file() else []


if __name__ == "__main__":
    sys.exit(main())
