"""The form in which every benchmark writes its figures: beside them stands where they come from."""

import json
import os
import sys
from pathlib import Path

LOAD = os.getloadavg()[0]
"""When the benchmark began, for this is imported then: above 0.7 its clock shows other work too."""


def write(file: Path, figures: object) -> None:
    """Write what was measured, and by which command, revision and machine, as JSON."""
    import psutil

    from harness.device import available_cores
    from harness.machine import git_state, now, package_versions, processor

    program, *options = sys.argv
    told = {
        "benchmark": Path(program).stem,
        "command": " ".join(["python", f"benchmarks/{Path(program).name}", *options]),
        "finished": now(),
        **git_state("benchmarks"),
        "machine": {
            "processor": processor(),
            "cores": available_cores(),
            "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
            "omp_num_threads": os.environ.get("OMP_NUM_THREADS"),
        },
        "load_at_the_start": round(LOAD, 2),
        "versions": package_versions(),
        "figures": figures,
    }
    file.write_text(json.dumps(told, indent=1) + "\n")
