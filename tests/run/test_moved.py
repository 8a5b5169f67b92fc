"""`compare` and `report A B`: what may be set side by side, and what moved."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from harness.cli.commands import main
from harness.run.moved import Moved
from harness.statistics.resampling import NO_INTERVAL, Interval

IMAGES = 12


def write_pictures(folder: Path, noise: float, seed: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(IMAGES):
        clean = np.random.default_rng(number).integers(60, 190, (12, 16, 3))
        rng = np.random.default_rng((seed, number))
        picture = clean + rng.normal(0, noise, clean.shape)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(folder / f"{number:02}.png")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three runs: one, one that is a little worse, and the first again."""
    root = tmp_path_factory.mktemp("moved")
    for name, noise, seed in (
        ("clean", 0, 0), ("rainy", 30, 1), ("first", 10, 2), ("second", 10.6, 2)
    ):  # fmt: skip
        write_pictures(root / name, noise, seed)
    for name in ("first", "second"):
        config = root / f"{name}.yaml"
        config.write_text(
            f"name: {name}\nrain_sets: [{{name: mine, layout: files, root: ., "
            "pictures: {rainy: rainy, clean: clean}}]\nderainers: [rainy, "
            f"{{name: net, use: folder, root: {name}, pattern: '{{id}}'}}]\n"
            "tasks: [restoration]\nexamples: 0\n"
        )
        out = str(root / "results" / name)
        assert main(["run", str(config), "--device", "cpu", "--out", out]) == 0
        few = str(root / "results" / f"few-{name}")
        assert main(["run", str(config), "--device", "cpu", "--out", few, "--limit", "3"]) == 0
    shutil.copytree(root / "results" / "first", root / "results" / "again")
    return root / "results"


def changed(
    run: Path,
    folder: Path,
    change: Callable[[dict[str, Any], pd.DataFrame], pd.DataFrame],
) -> Path:
    """Write a run's manifest and figures into a folder, changed."""
    folder.mkdir()
    manifest = json.loads((run / "manifest.json").read_text())
    change(manifest, pd.read_csv(run / "summary.csv")).to_csv(folder / "summary.csv", index=False)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def without(part: str, name: str) -> Callable[[dict[str, Any], pd.DataFrame], pd.DataFrame]:
    def change(manifest: dict[str, Any], figures: pd.DataFrame) -> pd.DataFrame:
        manifest[part] = [one for one in manifest[part] if one["name"] != name]
        return figures[figures[part.removesuffix("s")] != name]

    return change


def compared(runs: Path, before: str, after: str, *options: str) -> int:
    return main(["compare", str(runs / before), str(runs / after), *options])


def test_the_same_run_did_not_move(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compared(runs, "first", "again") == 0
    assert capsys.readouterr().out.startswith("0 of 4 figures moved")


def test_what_is_worse_beyond_its_interval_and_the_margin_is_told_by_the_status(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(runs, "first", "second") == 1
    out = capsys.readouterr().out
    assert "mine / net / restoration PSNR-Y: " in out and "worse, past the margin" in out
    assert "rainy / restoration" not in out
    assert compared(runs, "first", "second", "--margin", "1") == 0
    assert compared(runs, "first", "second", "--margin", "1", "--margin", "psnr_y=0.1") == 1
    assert compared(runs, "second", "first") == 0  # better is no harm
    assert "better" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("after", "interval", "has_moved"),
    [
        ("24.66", Interval(-0.02, -0.01), True),
        ("24.66", Interval(-0.02, 0.01), False),
        ("24.67", Interval(-2e-5, -1e-6), False),  # what another processor does
        ("24.66", NO_INTERVAL, True),
        ("24.67", NO_INTERVAL, False),
    ],
)
def test_a_change_counts_if_it_shows_and_is_not_chance(
    after: str, interval: Interval, has_moved: bool
) -> None:
    assert Moved("figure", "24.67", after, -1e-5, interval, False).has_moved == has_moved


def test_without_records_the_intervals_of_the_figures_decide(runs: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        for file in ("manifest.json", "summary.csv"):
            shutil.copy(runs / name / file, tmp_path / name)
    assert compared(tmp_path, "first", "first") == 0
    summary = tmp_path / "second" / "summary.csv"
    psnr = "mine,net,restoration,psnr_y,"
    summary.write_text(summary.read_text().replace(psnr, f"{psnr}1"))  # 128 dB
    assert compared(tmp_path, "second", "first") == 1


@pytest.mark.parametrize(
    ("part", "name", "told", "count"),
    [
        ("rain_sets", "theirs", "there is no rain set theirs", 4),
        ("derainers", "net", "there is no derainer net", 4),
        ("tasks", "restoration", "there is no task restoration", 8),
    ],
)
def test_what_the_second_run_lacks_is_told_by_the_status(
    runs: Path,
    tmp_path: Path,
    part: str,
    name: str,
    told: str,
    count: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def on_two_sets(manifest: dict[str, Any], figures: pd.DataFrame) -> pd.DataFrame:
        (mine,) = manifest["rain_sets"]
        manifest["rain_sets"].append(mine | {"name": "theirs", "digest": "cd" * 32})
        return pd.concat([figures, figures.assign(rain_set="theirs")])

    whole = changed(runs / "first", tmp_path / "whole", on_two_sets)
    part_of = changed(whole, tmp_path / "part", without(part, name))
    assert compared(tmp_path, "whole", part_of.name) == 1
    out = capsys.readouterr().out
    assert out.count(f", now {told}\n") == count
    assert f"{count} of 8 figures are missing in the second run" in out
    if part != "tasks":
        assert compared(tmp_path, part_of.name, "whole") == 0  # more is no harm


def test_a_figure_of_fewer_images_is_missing(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def on_ten(_: dict[str, Any], figures: pd.DataFrame) -> pd.DataFrame:
        return figures.assign(n=figures["n"].where(figures["derainer"] != "net", 10))

    changed(runs / "first", tmp_path / "before", lambda _, figures: figures)
    changed(runs / "first", tmp_path / "after", on_ten)
    assert compared(tmp_path, "before", "after") == 1
    assert "on 10 of the 12 images\n" in capsys.readouterr().out


def test_a_run_without_figures_is_refused(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(runs / "first", tmp_path / "none", without("tasks", "restoration"))
    assert main(["compare", str(tmp_path / "none"), str(runs / "first")]) == 2
    assert "has no figure to compare" in capsys.readouterr().err


def test_where_there_is_no_interval_every_change_counts_and_the_words_say_so(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(runs, "few-first", "few-second") == 1
    out = capsys.readouterr().out
    assert "worse, past the margin, no interval\n" in out
    assert "2 of 4 figures without an interval moved, 2 of them for the worse" in out
    assert "beyond their interval" not in out and "below 10 images" in out
    assert compared(runs, "few-first", "few-second", "--margin", "2") == 0
    assert compared(runs, "few-second", "few-second") == 0


def test_the_settings_that_differ_are_told(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compared(runs, "first", "second")
    assert "the runs differ in derainers: net: root: " in capsys.readouterr().out


def test_other_images_or_sets_are_refused_with_both(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def with_set(name: str, change: dict[str, str]) -> Path:
        folder = tmp_path / name
        shutil.copytree(runs / "first", folder)
        (folder / "report.html").unlink()
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["rain_sets"][0] |= change
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return folder

    first, out = with_set("first", {}), tmp_path / "out"
    others = {
        with_set("other", {"digest": "ab" * 32}): "did not judge the same images of mine",
        with_set("apart", {"name": "theirs"}): "share no rain set (mine; theirs)",
    }
    for other, told in others.items():
        assert main(["compare", str(first), str(other)]) == 2
        assert told in capsys.readouterr().err
        assert main(["report", str(first), str(other), "--out", str(out)]) == 2
        said = capsys.readouterr()
        assert told in said.err and said.out == "" and not out.exists()
        assert not any((one / "report.html").exists() for one in (first, other))


def test_a_page_on_few_images_says_that_they_are_few(runs: Path, tmp_path: Path) -> None:
    for names, are_few in ((("few-first", "few-second"), True), (("first", "second"), False)):
        folders = [str(runs / name) for name in names]
        assert main(["report", *folders, "--out", str(tmp_path / "out")]) == 0
        page = (tmp_path / "out" / "comparison.html").read_text()
        lead = page[page.index('<p class="lead">') : page.index("<main>")]
        assert ("fewer than 10 images" in lead) == are_few
        assert "follow the same protocols on the same images" in lead


def test_each_comparison_has_a_folder_of_its_own(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(runs / "first"), str(runs / "second")]) == 0
    out = tmp_path / "results" / "comparisons" / "first-and-second"
    assert (out / "comparison.html").exists()


@pytest.mark.parametrize("text", ["x", "-1", "ap=", "inf"])
def test_what_is_no_margin_is_refused(
    runs: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        compared(runs, "first", "again", f"--margin={text}")
    assert "is no margin" in capsys.readouterr().err
