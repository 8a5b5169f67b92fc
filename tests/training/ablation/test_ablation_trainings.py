import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml

from harness.config import read_run_config
from harness.device import Device
from harness.streets.rain import RAIN_VERSION
from harness.streets.scenes import SCENE_VERSION
from harness.training.ablation import training_folder
from harness.training.ablation.ablation_settings import Training, read_ablation
from harness.training.ablation.benchmark import with_variants
from harness.training.ablation.scenes import render_scenes
from harness.training.ablation.side_by_side import STEP, ending_on_sigterm, environment
from harness.training.ablation.training_folder import (
    add_minutes,
    finished_weights,
    minutes_spent,
    prepare,
)
from harness.training.export import write_weights


@pytest.fixture
def trainings(write_ablation_config: Callable[..., Path]) -> list[Training]:
    return read_ablation(write_ablation_config())[1]


@pytest.fixture
def exported(trainings: list[Training], tmp_path: Path) -> Path:
    """The folder of a training that is finished."""
    facts = {
        "settings": trainings[0].settings.model_dump(mode="json"),
        "scene_version": SCENE_VERSION,
        "rain_version": RAIN_VERSION,
    }
    folder = tmp_path / "full-seed0"
    folder.mkdir()
    write_weights(folder / "rdmc-s.pth", {"weight": torch.zeros(2)}, facts)
    return folder


def test_only_weights_of_these_very_settings_are_finished(
    trainings: list[Training], exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, batch_norm = trainings
    assert finished_weights(full, exported) == exported / "rdmc-s.pth"
    assert finished_weights(batch_norm, exported) is None
    assert finished_weights(full, exported.parent) is None
    monkeypatch.setattr(training_folder, "RAIN_VERSION", RAIN_VERSION + 1)
    assert finished_weights(full, exported) is None


def test_damaged_weights_are_not_finished(trainings: list[Training], exported: Path) -> None:
    facts = (exported / "rdmc-s.json").read_text()
    (exported / "rdmc-s.json").write_text(facts[: len(facts) // 2])
    assert finished_weights(trainings[0], exported) is None
    (exported / "rdmc-s.json").write_text(facts)
    (exported / "rdmc-s.pth").write_bytes(b"half")
    assert finished_weights(trainings[0], exported) is None


def test_checkpoints_of_other_settings_are_not_resumed(
    trainings: list[Training], tmp_path: Path
) -> None:
    folder = tmp_path / "training"
    assert not prepare(trainings[0], folder)
    (folder / "iter_10.pth").touch()
    assert not prepare(trainings[0], folder)
    assert (folder / "iter_10.pth").exists()
    assert prepare(trainings[1], folder)
    assert not (folder / "iter_10.pth").exists()
    written = yaml.safe_load((folder / "training.yaml").read_text())
    assert written["options"] == {"width": 0.125, "passes": 1, "norm": "batch"}


def test_minutes_of_all_sessions_count(tmp_path: Path) -> None:
    assert str(minutes_spent(tmp_path)) == "nan"
    add_minutes(tmp_path, 1.5)
    add_minutes(tmp_path, 2.25)
    assert minutes_spent(tmp_path) == 3.75


def test_the_benchmark_keeps_its_references_alone(
    trainings: list[Training], exported: Path, tmp_path: Path
) -> None:
    weights = {trainings[0].name: exported / "rdmc-s.pth"}
    config = with_variants(read_run_config(tmp_path / "run.yaml"), "parts", weights, trainings)
    assert [entry.name for entry in config.derainers] == ["rainy", "clean", "full (seed 0)"]
    assert config.derainers[2].options == {
        "width": 0.125,
        "passes": 1,
        "norm": "none",
        "weights": str(exported / "rdmc-s.pth"),
    }
    assert config.name == "parts"


def test_missing_scenes_are_rendered_once(
    trainings: list[Training], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder,) = (tmp_path / "cache").iterdir()
    kept = (folder / "1.npz").read_bytes()
    (folder / "1.npz").unlink()
    said: list[str] = []
    render_scenes(trainings, tmp_path, 1, said.append)
    assert said == [f"rendering 1 scenes, once, into {folder}"]
    assert (folder / "1.npz").read_bytes() != kept  # the fixture's was no street
    render_scenes(trainings, tmp_path, 1, said.append)
    assert len(said) == 1


def test_processes_share_the_cores_or_the_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("harness.training.ablation.side_by_side.available_cores", lambda: 8)
    cpu, cuda = Device(torch.device("cpu")), Device(torch.device("cuda"))
    assert environment(0, 4, cpu)["OMP_NUM_THREADS"] == "2"
    assert environment(0, 4, cpu)["CUDA_VISIBLE_DEVICES"] == ""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, 5")
    assert [environment(slot, 3, cuda)["CUDA_VISIBLE_DEVICES"] for slot in range(3)] == list("353")


def test_sigterm_lets_an_ablation_end_what_it_started() -> None:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals are handled in the main thread alone")
    before = signal.getsignal(signal.SIGTERM)
    closed = []
    with pytest.raises(SystemExit) as ended, ending_on_sigterm():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)  # a second one does not cut the closing short
            closed.append(True)
    assert closed
    assert ended.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before


def test_steps_are_found_in_the_log_of_mmengine() -> None:
    lines = (
        "11/20 10:41:20 - mmengine - INFO - Epoch(train) [1][  20/1500]  lr: 4.1e-04  eta: 0:30:01",
        "11/20 10:41:50 - mmengine - INFO - Iter(train) [ 740/1500]  lr: 4.1e-04  eta: 0:29:01",
        "11/20 10:41:51 - mmengine - INFO - Epoch(val) [0][12/12]    psnr_y: 21.6532",
    )
    assert STEP.findall("\n".join(lines)) == ["20", "740"]
