"""One run on two machines that share a folder, tried with two network namespaces of this one.

    sudo python benchmarks/two_machines.py

Each namespace has a network card of its own and sees nothing but the other: what would be two
machines of a cluster with a folder over NFS are two networks of one kernel with a folder on its
disk. Three things are tried: both together give what one process alone gives, to the last byte of
the tables; while they work, a third is kept out of the folder; and after one of them was killed,
with all that ran there, the other ends by itself, and the same command on it alone completes the
run. Where namespaces cannot be made (root and iproute2 are needed), the reason is printed, with
exit status 77.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SKIPPED = 77
"""The exit status that test runners take for a test that was left out."""

IMAGES = 24
CONFIG = """\
name: two machines
rain_sets: [{name: pairs, layout: Rain100L, root: data}]
derainers: [rainy, guided-filter]
tasks: [restoration]
examples: 1
"""
PATIENCE = 900.0
"""Seconds, on the busiest of machines."""

COMPARED = ("summary.csv", "tables/joint.md", "tables/joint.csv")


class Machine(NamedTuple):
    """A network namespace.

    Attributes:
        name: Of it.
        address: Of its network card.
        card: The card's name.
    """

    name: str
    address: str
    card: str


class NoNamespaceError(Exception):
    """Namespaces cannot be made; the text is the reason."""


def main() -> int:
    """Try all three, and print a line for each."""
    try:
        with two_machines() as machines, tempfile.TemporaryDirectory() as folder:
            tried(machines, Path(folder))
    except NoNamespaceError as error:
        print(f"left out: {error}")
        return SKIPPED
    return 0


@contextlib.contextmanager
def two_machines() -> Iterator[tuple[Machine, Machine]]:
    """Make two namespaces that are wired to each other, for the length of a block.

    Raises:
        NoNamespaceError: If that cannot be.
    """
    mark = os.getpid() % 10000
    first, second = (
        Machine(f"rdmc-{mark}-{n}", f"10.77.{mark % 250}.{n}", f"rdmc{mark}v{n}") for n in (1, 2)
    )
    with contextlib.ExitStack() as undo:
        for one in (first, second):
            ip("netns", "add", one.name)
            undo.callback(ip, "netns", "delete", one.name)  # its card goes with it
        ip("link", "add", first.card, "type", "veth", "peer", "name", second.card)
        for one in (first, second):
            ip("link", "set", one.card, "netns", one.name)
            ip("-n", one.name, "address", "add", f"{one.address}/24", "dev", one.card)
            for card in ("lo", one.card):
                ip("-n", one.name, "link", "set", card, "up")
        yield first, second


def ip(*words: str) -> None:
    """Call ``ip``.

    Raises:
        NoNamespaceError: If it is not there, or fails.
    """
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True)
    except FileNotFoundError as error:
        raise NoNamespaceError("there is no `ip` here; install iproute2") from error
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        raise NoNamespaceError(f"`ip {' '.join(words)}` failed ({said}); it needs root")


def tried(machines: Sequence[Machine], folder: Path) -> None:
    """Try all three in a folder."""
    write_pairs(folder / "data")
    (folder / "run.yaml").write_text(CONFIG)
    alone = folder / "alone"
    finish([start(folder, alone, [machines[0]], 0)])

    together = folder / "together"
    both = [start(folder, together, machines, rank) for rank in range(2)]
    wait_for_rows(together, both)
    third = start(folder, together, [], 0)
    said = third.communicate(timeout=PATIENCE)[0]
    assert third.returncode == 2 and "works in it since" in said, said
    finish(both)
    assert_equal(alone, together)
    print("two machines together: the tables of one, and a third command was kept out")

    broken = folder / "broken"
    both = [start(folder, broken, machines, rank) for rank in range(2)]
    wait_for_rows(broken, both)
    began = time.monotonic()
    kill_all_on(machines[1])
    both[1].wait(PATIENCE)
    status = both[0].wait(PATIENCE)
    assert status != 0
    print(
        f"one was killed: the other ended {time.monotonic() - began:.0f} s later, status {status}"
    )
    finish([start(folder, broken, [machines[0]], 0)])
    assert_equal(alone, broken)
    print("the same command on the other alone: the tables of one")


def start(
    folder: Path, out: Path, machines: Sequence[Machine], rank: int
) -> "subprocess.Popen[str]":
    """Start the run on one of the machines, or outside of all where there is none."""
    here = machines[rank] if machines else None
    command = ["ip", "netns", "exec", here.name] if here else []
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command += [sys.executable]
    if here and len(machines) > 1:
        environment["GLOO_SOCKET_IFNAME"] = here.card
        command += ["-m", "torch.distributed.run", f"--nnodes={len(machines)}"]
        command += [f"--node-rank={rank}", "--nproc-per-node=1", f"--local-addr={here.address}"]
        command += [f"--master-addr={machines[0].address}", "--master-port=29577"]
    command += [str(ROOT / "run_benchmark.py"), "run", str(folder / "run.yaml"), "--out", str(out)]
    return subprocess.Popen(
        [*command, "--device", "cpu"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(processes: "Sequence[subprocess.Popen[str]]") -> None:
    """Wait for processes, all of which must end well."""
    for one in processes:
        said = one.communicate(timeout=PATIENCE)[0]
        assert one.returncode == 0, said


def wait_for_rows(out: Path, processes: "Sequence[subprocess.Popen[str]]") -> None:
    """Wait until a run has begun to call derainers."""
    deadline = time.monotonic() + PATIENCE
    while len(list(out.glob("in-flight-*"))) != len(processes):
        for one in processes:
            assert one.poll() is None, one.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def kill_all_on(machine: Machine) -> None:
    """Kill every process of a namespace, as the loss of a machine would."""
    listed = subprocess.run(
        ["ip", "netns", "pids", machine.name], check=True, capture_output=True, text=True
    )
    for pid in listed.stdout.split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def assert_equal(first: Path, second: Path) -> None:
    """Assert that two runs came to the same figures and tables."""
    for name in COMPARED:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def write_pairs(root: Path) -> None:
    """Write pairs of noise in the layout of Rain100L, of two sizes."""
    rng = np.random.default_rng(0)
    for name in ("rainy", "norain"):
        (root / name).mkdir(parents=True)
    for number in range(1, IMAGES + 1):
        size = (240, 320, 3) if number % 3 else (480, 640, 3)
        clean, rainy = rng.integers(0, 256, (2, *size), dtype=np.uint8)
        Image.fromarray(clean).save(root / f"norain/norain-{number:03}.png")
        Image.fromarray(rainy).save(root / f"rainy/rain-{number:03}.png")


if __name__ == "__main__":
    sys.exit(main())
