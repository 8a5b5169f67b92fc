"""The built-in benchmark beside its committed table.

    python -m tools.gpu.benchmark_against_reference --out FOLDER

``benchmarks/overhead.py`` runs it, which measures the models' forward time within the very run.
Where mmcv's operators are not there, restoration alone is judged, and the findings say so.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from harness.config import STREETS_CONFIG
from tools.gpu.arguments import StageArguments, read_arguments
from tools.gpu.committed import STREETS, read_figures
from tools.gpu.findings import Findings
from tools.gpu.subjects import ROOT


def main() -> int:
    """Run the benchmark, then compare."""
    arguments = read_arguments(__doc__)
    findings = Findings(arguments.out, "benchmark_against_reference")
    with tempfile.TemporaryDirectory() as folder:
        return run_and_compare(arguments, Path(folder), findings)


def run_and_compare(arguments: StageArguments, folder: Path, findings: Findings) -> int:
    """Run the benchmark into a folder and add what came of it.

    Returns:
        The status of the run.
    """
    config, made, measured = folder / "streets.yaml", folder / "run", folder / "measured.json"
    config.write_text(yaml.safe_dump(configuration(has_operators(), findings)))
    command = [sys.executable, "benchmarks/overhead.py", str(config), "--device", arguments.device]
    command += ["--out", str(made), "--json", str(measured)]
    if arguments.tiny:
        command += ["--limit", "2"]
    done = subprocess.run(command, cwd=ROOT, check=False)
    if measured.exists():
        findings.add(measured=json.loads(measured.read_text())["figures"])
    if (made / "manifest.json").exists():
        manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
        findings.add(seconds_of_stages=manifest["seconds"])
    if (made / "summary.csv").exists():
        compare(made / "summary.csv", findings)
    return done.returncode


def has_operators() -> bool:
    """Return whether mmcv's compiled operators can be imported, asking a process of its own."""
    asked = [sys.executable, "-c", "import mmcv.ops"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def configuration(with_models: bool, findings: Findings) -> dict[str, object]:
    """Return the built-in benchmark, without detection and segmentation where mmcv is missing."""
    settings: dict[str, object] = yaml.safe_load(STREETS_CONFIG.read_text(encoding="utf-8"))
    if not with_models:
        findings.add(left_out="detection, segmentation: mmcv's operators are not there")
        settings["tasks"] = ["restoration"]
    return settings


def compare(summary: Path, findings: Findings) -> None:
    """Add every figure of a run beside the committed one."""
    committed = read_figures(STREETS)
    for figure, value in read_figures(summary).items():
        findings.add(**figure._asdict(), value=value, committed=committed.get(figure))


if __name__ == "__main__":
    sys.exit(main())
