"""Figures that follow from the same records, code and packages are not computed again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.plugins.guard import Guard
from harness.run import known_figures
from harness.run.known_figures import write_figures
from harness.run_folder.manifest import DerainerEntry, Manifest, RainSetEntry, TaskEntry
from harness.run_folder.summary import FAILED, Figure, Summary
from tasks.restoration import RestorationTask

DERAINERS = (DerainerEntry(name="as it is", bound="lower"), DerainerEntry(name="net"))
TASK = TaskEntry(name="quality", kind="restoration", metrics=dict(RestorationTask.metrics))
MANIFEST = Manifest(
    name="run", derainers=DERAINERS, rain_sets=(RainSetEntry(name="set"),), tasks=(TASK,)
)
Again = Callable[..., bool]


def made_rows(kind: str = "restoration") -> pd.DataFrame:
    rng = np.random.default_rng(2)
    made: list[dict[str, Any]] = []
    for derainer, level in (("as it is", 20.0), ("net", 26.0)):
        for image in range(4):
            values = dict.fromkeys(("psnr_y", "psnr_rgb"), level + rng.normal())
            values |= dict.fromkeys(("ssim_y", "ssim_rgb"), level / 40)
            cell = {"rain_set": "set", "derainer": derainer, "image": f"{image:02}", "kind": kind}
            protocol = {"protocol": "v:1", "quantiser": "round", "precision": "float32"}
            made.append({**cell, **protocol, "read": "null", "status": "ok", **values})
    return pd.DataFrame(made)


@pytest.fixture
def again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Again:
    """Write the figures of a folder once, and return what says whether they are computed again."""
    computed: list[bool] = []
    summarise = known_figures.summarise

    def counting(*arguments: Any) -> Summary:
        computed.append(True)
        return summarise(*arguments)

    monkeypatch.setattr(known_figures, "summarise", counting)
    (tmp_path / "records").mkdir()
    (tmp_path / ".rdmc-bench").touch()

    def again(rows: pd.DataFrame | None = None, manifest: Manifest = MANIFEST) -> bool:
        rows = made_rows() if rows is None else rows
        rows.to_parquet(tmp_path / "records" / "quality.parquet")
        computed.clear()
        figures = write_figures(tmp_path, {"quality": rows}, manifest, Guard(None))
        written = {path: path.read_bytes() for path in tmp_path.glob("*.csv")}
        of_manifest = (manifest.derainers, manifest.tasks, Guard(None))
        known_figures.write_all(tmp_path, summarise({"quality": rows}, *of_manifest))
        assert written == {path: path.read_bytes() for path in tmp_path.glob("*.csv")}
        assert figures[0].derainer == "as it is"
        return bool(computed)

    assert again()
    return again


def test_nothing_has_changed_that_figures_follow_from(again: Again) -> None:
    assert not again()
    other = MANIFEST.model_copy(update={"git": {"revision": "f" * 40}, "versions": {"torch": "1"}})
    assert not again(manifest=other)


@pytest.mark.parametrize("column", ["psnr_y", "image", "protocol"])
def test_a_row_that_has_changed(again: Again, column: str) -> None:
    rows = made_rows()
    rows.loc[rows["image"] == "01", column] = 21.0 if column == "psnr_y" else "other"
    if column == "protocol":
        rows["protocol"] = "other"
    assert again(rows)
    assert not again(rows)
    assert again(rows.iloc[1:])


def test_another_bound_or_metric(again: Again) -> None:
    entries = (DERAINERS[0].model_copy(update={"bound": None}), DERAINERS[1])
    assert again(manifest=MANIFEST.model_copy(update={"derainers": entries}))
    assert again(
        manifest=MANIFEST.model_copy(
            update={"tasks": (TASK.model_copy(update={"can_lose": True}),)}
        )
    )


@pytest.mark.parametrize(
    ("name", "made"),
    [("code", {"harness/statistics/testing.py": "edited"}), ("packages", {"numpy": "0"})],
)
def test_other_code_or_packages(
    again: Again, monkeypatch: pytest.MonkeyPatch, name: str, made: object
) -> None:
    monkeypatch.setattr(known_figures, name, lambda *patterns: made)
    assert again()
    assert not again()


@pytest.mark.parametrize("name", ["summary.csv", "comparisons.csv", ".figures.json"])
def test_a_file_that_was_edited_or_taken_away(again: Again, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(path.read_bytes().replace(b"2", b"3"))
    assert again()
    path.unlink()
    assert again()
    assert not again()
    path.write_bytes(b"[" * 5000)
    assert again()
    (tmp_path / "harmed.csv").write_bytes(b"of another report")
    assert again()


def test_rows_of_a_plugin_and_figures_that_failed_are_asked_again(
    again: Again, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = Summary([Figure("set", "as it is", "quality", FAILED, 1, 1, "", error="no memory")])
    monkeypatch.setattr(known_figures, "summarise", lambda *arguments: failed)
    (tmp_path / ".figures.json").unlink()
    for kind in ("restoration", "my own"):
        rows = made_rows(kind)
        rows.to_parquet(tmp_path / "records" / "quality.parquet")
        write_figures(tmp_path, {"quality": rows}, MANIFEST, Guard(None))
        assert not (tmp_path / ".figures.json").exists()
