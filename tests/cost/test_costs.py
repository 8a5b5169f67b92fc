"""Measuring what derainers cost; how much that is on this machine is no test's business."""

import functools
import re
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from baselines.guided_filter import GuidedFilter
from harness.cli.commands import main
from harness.cost.measuring import Size, measure
from harness.cost.timing import time_calls, time_in_turns
from harness.derainer import Derainer, DerainerFacts, NetworkDerainer
from harness.device import Device
from harness.errors import BenchError
from harness.peak_memory import peak_of_process
from harness.run_folder.costs import MeasuredCosts, read_costs

MEGABYTES = 96
PLUGIN = f"""
import os, signal, time
import torch
from harness.derainer import Derainer, DerainerFacts

class Greedy(Derainer):
    facts = DerainerFacts(title="Greedy")
    def restore(self, rainy):
        time.sleep(0.01)
        return rainy + 0 * torch.ones({MEGABYTES}, 2**18).sum()

class Raising(Derainer):
    facts = DerainerFacts(title="Raising")
    def restore(self, rainy):
        raise IndexError("list index out of range")

class Killed(Derainer):
    facts = DerainerFacts(title="Killed")
    def restore(self, rainy):
        os.kill(os.getpid(), signal.SIGKILL)

class Sleeping(Derainer):
    facts = DerainerFacts(title="Sleeping")
    def restore(self, rainy):
        time.sleep(10**6)
"""
ENTRY_POINTS = "[rdmc_bench.derainers]\n" + "".join(
    f"{name.lower()} = costly:{name}\n" for name in ("Greedy", "Raising", "Killed", "Sleeping")
)
CONFIG = """name: costs
rain_sets: [streets-light]
derainers: [rainy, {name: filter, use: guided-filter}, greedy, raising, killed, clean]
tasks: [restoration]
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package with derainers, as pip lays it out."""
    site = tmp_path / "site"
    facts = site / "costly-1.0.dist-info"
    facts.mkdir(parents=True)
    (site / "costly.py").write_text(PLUGIN)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: costly\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])


def measure_with_failures(tmp_path: Path, text: str, repeats: int) -> MeasuredCosts:
    """Run `cost`, which says that some derainers failed, and read what it measured into `out`."""
    config, out = tmp_path / "config.yaml", tmp_path / "out"
    config.write_text(text)
    command = ["cost", str(config), "--out", str(out), "--size", "40x50"]
    assert main([*command, "--repeats", str(repeats), "--device", "cpu"]) == 1
    measured = read_costs(out)
    assert measured is not None
    return measured


@pytest.mark.usefixtures("plugins")
def test_every_derainer_costs_its_own_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = measure_with_failures(tmp_path, CONFIG, repeats=3)
    costs = {cost.name: cost for cost in measured.costs}
    assert list(costs) == ["filter", "greedy", "raising", "killed"]
    assert (measured.height, measured.width, measured.repeats) == (40, 50, 3)
    assert costs["raising"].error == "IndexError: list index out of range"
    assert "ended by SIGKILL" in costs["killed"].error
    plain, greedy = costs["filter"], costs["greedy"]
    assert plain.title == "Guided filter" and len(plain.milliseconds) == 3
    assert plain.peak_bytes is not None and greedy.peak_bytes is not None
    assert plain.peak_bytes < 2**20 * MEGABYTES / 2
    assert 0.95 < greedy.peak_bytes / 2**20 / MEGABYTES < 1.2  # the kernel counts in portions
    assert min(greedy.milliseconds) >= 10 and greedy.clock == "wall"
    errors = capsys.readouterr().err
    assert "rdmc-bench: raising: IndexError" in errors and "rdmc-bench: killed:" in errors
    assert {path.name for path in (tmp_path / "out" / "tables").iterdir()} == {
        f"efficiency.{ending}" for ending in ("md", "csv", "tex")
    }


@pytest.mark.usefixtures("plugins")
def test_what_hangs_costs_its_own_row(tmp_path: Path) -> None:
    text = CONFIG.replace("greedy, raising, killed", "sleeping") + "call_limit: 5\n"
    measured = measure_with_failures(tmp_path, text, repeats=1)
    costs = {cost.name: cost for cost in measured.costs}
    assert costs["sleeping"].error.startswith("did not come back within 5 calls of 5 s (call_lim")
    assert len(costs["filter"].milliseconds) == 1


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("use: guided-filter", "use: guided-filtre", "did you mean 'guided-filter'"),
        ("use: guided-filter", "use: guided-filter, radios: 3", "unknown option 'radios'"),
        (
            "{name: filter, use: guided-filter}, greedy, raising, killed,",
            "",
            "nothing but reference rows",
        ),
        (
            "{name: filter, use: guided-filter}, greedy, raising, killed,",
            "{name: kept, use: folder, root: .},",
            "nothing but reference rows",
        ),
    ],
)
def test_a_wrong_configuration_measures_nothing(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    before: str,
    after: str,
    message: str,
) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG.replace(before, after))
    assert main(["cost", str(tmp_path / "config.yaml"), "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_sizes_are_height_and_width(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("320", "320x", "0x4", "3x4x5"):
        with pytest.raises(SystemExit):
            main(["cost", "config.yaml", "--size", wrong])
    assert "no size such as 320x480" in capsys.readouterr().err


class Convolving(NetworkDerainer):
    """One convolution of pictures whose sides are multiples of 8."""

    facts = DerainerFacts(title="Convolving", size_multiple=8)

    def __init__(self, network: nn.Module | None = None) -> None:
        self.network = network or nn.Conv2d(3, 3, 3, padding=1)


def test_a_network_is_counted_on_the_padded_picture(cpu: Device) -> None:
    cost = measure("c", Convolving(), cpu, Size(12, 20), repeats=4)
    assert cost.parameters == 3 * 3 * 9 + 3
    assert cost.macs == 16 * 24 * 3 * 3 * 9
    assert len(cost.milliseconds) == 4


class Elsewhere(Derainer):
    """Has a network of which nothing is known here but, where it is said, its parameters."""

    facts = DerainerFacts(title="Elsewhere")

    def __init__(self, parameters: int | None) -> None:
        self.parameters = parameters

    def restore(self, rainy: Tensor) -> Tensor:
        return rainy

    def parameters_count(self) -> int | None:
        return self.parameters


class OnValues(nn.Module):
    """Does what depends on values, which shapes alone do not tell."""

    def forward(self, images: Tensor) -> Tensor:
        return images * (2 if float(images.mean()) > 0.5 else 1)


@pytest.mark.parametrize(
    ("derainer", "reason"),
    [
        (GuidedFilter(), "not a network"),
        (Elsewhere(5), "what is computed cannot be seen from outside"),
        (Elsewhere(None), "what is computed cannot be seen from outside"),
        (Convolving(OnValues()), r"cannot be counted \(\w+\)"),
        (Convolving(nn.ReLU()), "its operators cannot be seen"),
    ],
)
def test_where_nothing_can_be_counted_it_says_why(
    cpu: Device, derainer: Derainer, reason: str
) -> None:
    cost = measure("x", derainer, cpu, Size(16, 16), repeats=1)
    assert cost.macs is None
    assert re.fullmatch(reason, cost.macs_missing)


def test_waiting_is_told_by_the_wall_clock(cpu: Device) -> None:
    def at_work() -> None:
        sum(range(20_000))

    def waiting() -> None:
        time.sleep(0.005)

    assert time_calls(waiting, 3, cpu).clock == "wall"
    assert min(time_calls(waiting, 3, cpu).milliseconds) >= 5
    clocks = {time_calls(at_work, 5, cpu).clock for _ in range(5)}
    assert "thread" in clocks
    both = time_in_turns({"waiting": waiting, "at work": at_work}, 3, cpu)
    assert {times.clock for times in both.values()} == {"wall"}  # or they could not be compared


def test_calls_that_are_compared_take_turns(cpu: Device) -> None:
    called: list[str] = []
    calls = {name: functools.partial(called.append, name) for name in "ab"}
    times = time_in_turns(calls, 3, cpu)
    assert called == list("ababab")
    assert [len(each.milliseconds) for each in times.values()] == [3, 3]


@pytest.mark.parametrize("mebibytes", [40, 120])
def test_the_peak_of_a_process_is_what_a_call_takes(mebibytes: int) -> None:
    def call() -> None:
        torch.ones(mebibytes, 2**18).sum()

    peak = peak_of_process(call, torch.device("cpu"))
    assert mebibytes - 2 < peak / 2**20 < mebibytes + 12  # the kernel counts in portions


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    assert read_costs(tmp_path) is None
    (tmp_path / "efficiency.json").write_text("{")
    with pytest.raises(BenchError, match=r"efficiency\.json: damaged"):
        read_costs(tmp_path)
