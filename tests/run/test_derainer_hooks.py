"""What a run tells its derainers beside the images; one that raises then harms no other."""

import shutil
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from harness.cli.commands import main
from harness.derainer import Derainer, DerainerFacts
from harness.plugins import registry
from harness.run import whole_run as pipeline

HEARD: list[object] = []


class Listening(Derainer):
    facts = DerainerFacts(title="Listening")

    def remarks(self, rain_sets, device):
        return [f"sees {', '.join(one.name for one in rain_sets)} on {device.torch_device}"]

    def expect(self, rain_set, sample_ids, logs):
        HEARD.append((rain_set.name, list(sample_ids), logs))

    def restore(self, rainy):
        return rainy

    def close(self):
        HEARD.append("close")


class DeafToRemarks(Listening):
    def remarks(self, rain_sets, device):
        raise KeyError("remarks")


class DeafToExpect(Listening):
    def expect(self, rain_set, sample_ids, logs):
        raise KeyError("expect")


class DeafToClose(Listening):
    def close(self):
        raise KeyError("close")


@dataclass(frozen=True)
class Frozen(Listening):
    """Cannot be given its tiler."""


@pytest.fixture
def run(tmp_path, make_pairs, monkeypatch):
    make_pairs(tmp_path / "data", 2)
    HEARD.clear()
    entries = {
        one.__name__.lower(): f"{__name__}:{one.__name__}"
        for one in (Listening, DeafToRemarks, DeafToExpect, DeafToClose, Frozen)
    }
    derainers = {**registry.BUILT_IN["derainers"], **entries}
    monkeypatch.setitem(registry.BUILT_IN, "derainers", derainers)
    monkeypatch.setattr(pipeline, "write_report", lambda directory: directory / "report.html")

    def run(*derainers, more=()):
        path = tmp_path / "config.yaml"
        path.write_text(
            "name: small\n"
            "rain_sets:\n"
            "  - {name: first, layout: Rain100L, root: data}\n"
            "  - {name: second, layout: Rain100L, root: data}\n"
            f"derainers: [{', '.join(derainers)}]\ntasks: [restoration]\n"
        )
        out = str(tmp_path / "out")
        return main(["run", str(path), "--out", out, "--device", "cpu", *more])

    return run


def test_derainers_hear_what_comes(run, tmp_path, capsys):
    assert run("listening", more=("--limit", "1")) == 0
    logs = tmp_path / "out" / "logs" / "listening"
    assert [("first", ["rain-001"], logs), ("second", ["rain-001"], logs), "close"] == HEARD
    assert "listening: sees first, second on cpu" in capsys.readouterr().err
    HEARD.clear()
    assert run("listening") == 0
    assert [("first", ["rain-002"], logs), ("second", ["rain-002"], logs), "close"] == HEARD
    HEARD.clear()
    assert run("listening") == 0
    assert HEARD == ["close"]


def test_one_that_raises_harms_no_other(run, tmp_path, capsys):
    assert run("deaftoremarks", "deaftoexpect", "deaftoclose", "listening") == 1
    said = capsys.readouterr().err
    assert "deaftoremarks: remarks() raised KeyError: 'remarks'" in said
    assert "deaftoexpect / restoration: 2 of 2 images failed" in said
    assert "expect() raised KeyError: 'expect'" in said
    assert "deaftoclose: close() raised KeyError: 'close'" in said
    rows = pd.read_parquet(tmp_path / "out" / "records" / "restoration.parquet")
    failed = rows[rows["status"] == "failed"]
    assert set(failed["derainer"]) == {"deaftoexpect"} and len(rows) == 16


def test_one_that_takes_no_tiler_harms_no_other(run, capsys):
    assert run("frozen", "listening") == 1
    said = capsys.readouterr().err
    assert "first / frozen / restoration: 2 of 2 images failed; rain-001: takes no tiler" in said
    assert "listening" not in said.partition("rdmc-bench:")[2]


def test_a_folder_of_restored_images(run, tmp_path, capsys):
    """One file is missing and one belongs to nothing; when it is renamed all is complete."""
    folder = tmp_path / "restored"
    shutil.copytree(tmp_path / "data" / "norain", folder)
    (folder / "norain-001.png").rename(folder / "rain-001.png")
    entry = "{name: Disk, use: folder, root: restored}"
    assert run(entry) == 1
    said = capsys.readouterr().err
    assert f"Disk: {folder} lacks 1 of 2 images of second: rain-002" in said
    assert said.count("1 that belong to no image of this run and are not used: norain-002.png") == 1
    assert "second / Disk / restoration: 1 of 2 images failed; rain-002" in said
    (folder / "norain-002.png").rename(folder / "rain-002.png")
    assert run(entry) == 0
    assert "belong" not in capsys.readouterr().err
    rows = pd.read_parquet(tmp_path / "out" / "records" / "restoration.parquet")
    assert len(rows) == 4 and (rows["psnr_y"] == np.inf).all()
