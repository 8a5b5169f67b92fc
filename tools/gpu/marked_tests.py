"""The tests marked ``cuda``, one finding each: ``python -m tools.gpu.marked_tests --out FOLDER``.

On a CPU (``--device cpu``) their stand-ins run instead, and those that need a GPU are skipped.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from tools.gpu.arguments import read_arguments
from tools.gpu.findings import Findings
from tools.gpu.subjects import ROOT

TESTS = "tests/cuda"


def main() -> int:
    """Run the tests and return pytest's status."""
    arguments = read_arguments(__doc__)
    findings = Findings(arguments.out, "marked_tests")
    with tempfile.TemporaryDirectory() as folder:
        outcome = Path(folder) / "outcome.xml"
        command = [sys.executable, "-m", "pytest", TESTS, f"--junitxml={outcome}", "-rs"]
        command += ["-p", "no:cacheprovider"]
        if arguments.device == "cuda":
            command += ["-m", "cuda"]
        done = subprocess.run(command, cwd=ROOT, check=False)
        if outcome.exists():
            report(outcome, findings)
        else:
            findings.add(error=f"pytest ended with status {done.returncode} and no report")
    return done.returncode


def report(outcome: Path, findings: Findings) -> None:
    """Add a finding for each test of a report in JUnit's format."""
    for case in ElementTree.parse(outcome).iter("testcase"):
        details = {child.tag: child.get("message", "") for child in case}
        states = [state for state in ("failure", "error", "skipped") if state in details]
        findings.add(
            test=case.get("name"),
            outcome=states[0] if states else "passed",
            reason=details[states[0]].splitlines()[0][:200]
            if states and details[states[0]]
            else "",
            seconds=float(case.get("time", "0")),
        )


if __name__ == "__main__":
    sys.exit(main())
