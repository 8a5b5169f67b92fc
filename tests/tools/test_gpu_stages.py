"""The stages of a GPU run, each on a CPU with as little as it needs."""

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from picture_tensors import to_tensor

from harness.device import Device
from harness.training.derainer_settings import DerainerTraining
from tasks.image_quality import psnr, rgb_to_y
from tools.gpu import train
from tools.gpu.against_cpu import PRECISIONS, crop, differences, fidelity
from tools.gpu.arguments import StageArguments
from tools.gpu.benchmark_against_reference import compare, configuration
from tools.gpu.committed import STREETS, psnr_of_pairs
from tools.gpu.findings import FILE_NAME, Findings, read_findings
from tools.gpu.latency import Setting, matrix_rates, operations_a_pixel, settings, time_one
from tools.gpu.marked_tests import report
from tools.gpu.subjects import Pairs, Subject, rdmc_of_width, read_pairs, subjects


@pytest.fixture
def findings(tmp_path: Path) -> Findings:
    return Findings(tmp_path, "stage")


def found(findings: Findings) -> list[dict[str, Any]]:
    return read_findings(findings.path)


@pytest.fixture
def ours() -> Subject:
    return next(subject for subject in subjects() if subject.use == "rdmc-s")


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> Pairs:
    """Two small cuts of rendered streets, as where nobody has Rain100L."""
    monkeypatch.delenv("RDMC_BENCH_DATA", raising=False)
    name, samples = read_pairs(2)
    assert name == "streets-heavy"
    return Pairs(name, [crop(sample, (48, 64)) for sample in samples])


def test_subjects_are_networks_and_those_of_others_say_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RDMC_BENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "prn_rain100l.pth").touch()
    missing = {subject.name: subject.missing_weights for subject in subjects()}
    assert not {"rainy", "clean", "ugsm"} & missing.keys()
    assert missing["BRN"] == Path("brn_rain100l.pth")
    assert [name for name, file in missing.items() if file is None] == [
        "PRN",
        "DDN (ours)",
        "PReNet (ours)",
        "rdmc-s",
    ]


def test_a_cpu_differs_from_itself_by_its_precision_alone(
    ours: Subject, pairs: Pairs, cpu: Device, findings: Findings
) -> None:
    differences(ours, pairs.samples, cpu, findings)
    largest = {one["precision"]: one["largest"] for one in found(findings)}
    assert list(largest) == list(PRECISIONS)
    assert largest["float32"] < 1e-2
    assert 0 < largest["float16"] < largest["bfloat16"] < 20


def test_one_precision_that_fails_costs_only_itself(
    ours: Subject, pairs: Pairs, cpu: Device, findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = type(ours.build()).restore

    def no_bfloat16(self: Any, rainy: torch.Tensor) -> torch.Tensor:
        if torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16:
            raise RuntimeError("no kernel")
        return inner(self, rainy)

    monkeypatch.setattr(type(ours.build()), "restore", no_bfloat16)
    differences(ours, pairs.samples[:1], cpu, findings)
    assert ["error" in one for one in found(findings)] == [False, True, False]


def test_fidelity_is_the_mean_psnr_of_truncated_pictures(
    ours: Subject, pairs: Pairs, cpu: Device, findings: Findings
) -> None:
    fidelity(ours, pairs, cpu, findings, ["float32"])
    derainer = ours.build()
    derainer.place(cpu)
    decibels = []
    for sample in pairs.samples:
        assert sample.clean is not None
        restored = derainer.restore(to_tensor(sample.rainy)[None])[0].clamp(0, 1)
        pixels = (restored * 255).floor().byte().permute(1, 2, 0).numpy()
        decibels.append(psnr(rgb_to_y(pixels), rgb_to_y(sample.clean)))
    (one,) = found(findings)
    assert one["psnr_y"] == pytest.approx(sum(decibels) / 2, abs=0.01)
    assert one["psnr_y_committed"] is None


def test_committed_figures_have_the_names_of_the_subjects() -> None:
    assert all(psnr_of_pairs(subject.name) is not None for subject in subjects())


def test_batches_hold_one_size(pairs: Pairs) -> None:
    tall = [crop(sample, (40, 24)) for sample in pairs.samples]
    mixed = Pairs("mixed", [pairs.samples[0], tall[0], pairs.samples[1], tall[1]])
    sizes = [[sample.rainy.shape[:2] for sample in batch] for batch in mixed.batches(8)]
    assert sizes == [[(40, 24)] * 2, [(48, 64)] * 2]
    assert [len(batch) for batch in mixed.batches(1)] == [1] * 4


def test_what_tells_most_is_timed_first() -> None:
    planned = list(settings(tiny=False))
    assert len(planned) == len(set(planned)) == 2 * 2 * 2 * 3
    assert planned[0] == Setting(320, 480, 1, True, "bfloat16")
    assert all(setting.channels_last for setting in planned[:12])


def test_timing_and_counting(cpu: Device) -> None:
    derainer = rdmc_of_width(0.125)
    derainer.place(cpu)
    timed = time_one(derainer, Setting(32, 48, 2, False, "float32"), cpu)
    assert timed.seconds_a_pixel > 0
    assert timed.peak_mib is None
    wider = rdmc_of_width(0.25)
    wider.place(cpu)
    # A network of twice the channels does about four times the work.
    assert 3 < operations_a_pixel(wider, cpu) / operations_a_pixel(derainer, cpu) < 4.5


def test_rates_are_those_of_the_facts() -> None:
    facts = [
        {"stage": "facts", "card": "A Card"},
        {"stage": "facts", "matrix_product": "float32", "tflops": 50.0},
    ]
    assert matrix_rates(facts) == {"float32": 50e12}


JUNIT = """<testsuites><testsuite>
<testcase name="test_a[cuda]" time="1.5"/>
<testcase name="test_b" time="0"><skipped message="this PyTorch sees no GPU"/></testcase>
<testcase name="test_c" time="2"><failure message="AssertionError: 1&#10;long"/></testcase>
</testsuite></testsuites>"""


def test_every_test_is_a_finding(findings: Findings, tmp_path: Path) -> None:
    (tmp_path / "outcome.xml").write_text(JUNIT)
    report(tmp_path / "outcome.xml", findings)
    told = [(one["test"], one["outcome"], one["reason"]) for one in found(findings)]
    assert told == [
        ("test_a[cuda]", "passed", ""),
        ("test_b", "skipped", "this PyTorch sees no GPU"),
        ("test_c", "failure", "AssertionError: 1"),
    ]


def test_without_operators_restoration_alone_is_judged(findings: Findings) -> None:
    assert configuration(True, findings)["tasks"] == ["restoration", "detection", "segmentation"]
    assert configuration(False, findings)["tasks"] == ["restoration"]
    (one,) = found(findings)
    assert one["left_out"].startswith("detection, segmentation")


def test_every_figure_stands_beside_the_committed_one(findings: Findings) -> None:
    compare(STREETS, findings)
    compared = found(findings)
    assert len(compared) > 100
    assert all(one["value"] == one["committed"] for one in compared)


@pytest.mark.parametrize("with_photographs", [True, False])
def test_the_training_is_one_that_the_command_accepts(
    with_photographs: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if with_photographs:
        (tmp_path / "clean_photos").mkdir()
    monkeypatch.setenv("RDMC_BENCH_DATA", str(tmp_path))
    arguments = StageArguments(tmp_path, "cuda", tiny=False, seconds=200)
    made = train.settings_of(0.5, arguments)
    checked = DerainerTraining.model_validate({**made, "iterations": 2000})
    assert checked.options["width"] == 0.5
    assert checked.precision == "bfloat16"
    assert len(checked.data.sources) == (2 if with_photographs else 1)


def test_the_committed_settings_name_no_number_of_steps() -> None:
    assert "iterations" not in yaml.safe_load(train.SETTINGS.read_text(encoding="utf-8"))


def test_what_the_log_gains_is_reported_once(tmp_path: Path) -> None:
    log = tmp_path / "run" / "20260101" / "vis_data" / "scalars.json"
    log.parent.mkdir(parents=True)
    log.write_text('{"loss": 0.5, "time": 0.1, "data_time": 0.01, "step": 20}\n{"psnr_y": 2')
    findings = Findings(tmp_path, "train")
    shown = train.report(tmp_path / "run", 0, findings)
    log.write_text(log.read_text() + '5.5, "ssim": 0.9, "step": 20}\n')
    assert train.report(tmp_path / "run", shown, findings) == 2
    loss, validation = read_findings(tmp_path / FILE_NAME)
    assert (loss["loss"], loss["waiting_for_pictures"]) == (0.5, 0.01)
    assert (validation["psnr_y"], validation["iteration"]) == (25.5, 20)
