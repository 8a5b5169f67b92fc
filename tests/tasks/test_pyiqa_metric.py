"""Metrics of pyiqa with a package that stands in for it, and of its own where it is installed."""

import importlib.util
import sys
import types

import numpy as np
import pytest
import torch

from harness.config import Entry, RunConfig
from harness.errors import ConfigError, TaskError
from harness.plugins.guard import Guard
from harness.plugins.parts import build_part
from harness.run.description import make_manifest
from harness.run.plan import Plan
from harness.samples import Sample
from tasks.pyiqa_metric import PyiqaTask


class Distance(torch.nn.Module):
    metric_mode, lower_better = "FR", True

    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.tensor(10.0))

    def forward(self, picture, clean):
        return self.scale * (picture - clean).abs().mean(dim=(1, 2, 3))[:, None]


class Level(torch.nn.Module):
    metric_mode, lower_better = "NR", False

    def forward(self, picture):
        return picture.mean()


@pytest.fixture
def package(monkeypatch):
    modes = {"NR": ["level", "clip-fid"], "FR": ["distance"]}
    stand_in = types.ModuleType("pyiqa")
    stand_in.__version__ = "9"
    stand_in.list_models = lambda metric_mode: modes[metric_mode]
    stand_in.create_metric = lambda name, device: {"level": Level, "distance": Distance}[name]()
    monkeypatch.setitem(sys.modules, "pyiqa", stand_in)


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyiqa", None)
    with pytest.raises(ConfigError, match=r"pip install 'rdmc-bench\[pyiqa\]'"):
        PyiqaTask()


def test_the_error_names_the_entry_of_the_configuration(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyiqa", None)
    entry = Entry(name="MUSIQ", use="pyiqa", options={"metric": "musiq"})
    with pytest.raises(ConfigError, match=r"tasks\[1\] \(MUSIQ\): metrics of pyiqa need"):
        build_part("tasks", 1, entry, tmp_path, Guard(None))


def test_an_unknown_metric_is_named(package):
    with pytest.raises(ConfigError, match="'levle'; did you mean 'level'"):
        PyiqaTask(metric="levle")
    with pytest.raises(ConfigError, match="none of single images that is called 'clip-fid'"):
        PyiqaTask(metric="clip-fid")


def test_no_reference(package, batch, photograph):
    task = PyiqaTask(metric="level")
    (value,) = task.predict(batch(photograph))
    assert value == pytest.approx(photograph.mean() / 255, rel=1e-5)
    assert task.metrics_as_built()["quality"].label == "level"
    assert task.metrics_as_built()["quality"].higher_is_better
    assert "package:pyiqa-9" in task.protocol()


def test_full_reference(package, batch, photograph, street_set):
    task = PyiqaTask(metric="distance")
    made = batch(photograph)
    with pytest.raises(TaskError, match="0: has no clean image"):
        task.predict(made)
    sample = Sample("0", photograph, photograph // 2)
    (value,) = task.predict(type(made)([photograph], [sample], made.device))
    difference = np.abs(photograph.astype(float) - photograph // 2).mean() / 255
    assert value == pytest.approx(10 * difference, rel=1e-5)
    assert task.metrics_as_built()["quality"].higher_is_better is False

    class Real:
        name, has_clean = "real", False

    assert task.refusal(street_set) is None
    assert task.refusal(Real()) == "real has no clean images, which distance compares with"


def test_the_manifest_tells_the_metrics_own_direction(package, cpu, tmp_path):
    config = RunConfig(name="run", rain_sets=["r"], derainers=["d"], tasks=["iqa"])
    entry = Entry(name="iqa", use="pyiqa", options={"metric": "distance"})
    part = build_part("tasks", 0, entry, tmp_path, Guard(None))
    manifest = make_manifest(Plan(config, [], [], [part]), cpu, {})
    assert manifest.tasks[0].metric("quality").direction == -1


def test_the_package_itself(batch, photograph):
    if importlib.util.find_spec("pyiqa") is None:
        pytest.skip("pyiqa is not installed")
    (value,) = PyiqaTask(metric="psnr").predict(batch(photograph))
    assert value > 0
