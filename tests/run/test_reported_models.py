"""Runs that people's models went wrong on, with the figures that are right (issue 12)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from harness.cli.commands import main
from harness.run_folder.kept_images import read_examples
from harness.run_folder.manifest import read_manifest
from tasks.mm_configs import CONFIGS
from tasks.mm_models import WEIGHTS


def run(folder: Path, text: str) -> int:
    (folder / "run.yaml").write_text(f"name: case\n{text}", encoding="utf-8")
    return main(["run", str(folder / "run.yaml"), "--out", str(folder / "out")])


def figure(folder: Path, metric: str, **cell: str) -> pd.Series:
    summary = pd.read_csv(folder / "out" / "summary.csv")
    for column, value in {**cell, "metric": metric}.items():
        summary = summary[summary[column] == value]
    (_, row), *others = summary.iterrows()
    assert not others
    return row


PAIRS = """\
rain_sets:
  - {name: Mine, layout: pairs, root: ., rainy: "rainy/{id}.png", clean: "clean/{id}.png"}
"""


def crops(folder: Path, bench_data: Path, count: int) -> None:
    """Write the top left corners, 96 x 96, of the first pairs of Rain100L."""
    for number in range(1, count + 1):
        for side, name in (("rainy", "rainy/rain"), ("clean", "norain/norain")):
            (folder / side).mkdir(exist_ok=True)
            with Image.open(bench_data / f"Rain100L/{name}-{number:03d}.png") as picture:
                picture.crop((0, 0, 96, 96)).save(folder / side / f"{number}.png")


def test_weights_in_any_wrapper_restore_alike(
    tmp_path: Path, bench_data: Path, authors_weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crops(tmp_path, bench_data, 1)
    raw = torch.load(authors_weights / "prenet_rain100l.pth", "cpu", weights_only=True)
    files = {
        "compiled": {f"_orig_mod.{key}": value for key, value in raw.items()},
        "distributed": {f"module._orig_mod.{key}": value for key, value in raw.items()},
        "lightning": {"state_dict": {f"model.{key}": value for key, value in raw.items()}},
        "average": {"params": {key: value * 0 for key, value in raw.items()}, "params_ema": raw},
        "diverged": {key: value * float("nan") for key, value in raw.items()},
    }
    for name, content in files.items():
        torch.save(content, tmp_path / f"{name}.pth")
    (tmp_path / "pointer.pth").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 687243\n"
    )
    names = [*files, "pointer"]
    entries = "".join(f"  - {{name: {name}, use: prenet, weights: {name}.pth}}\n" for name in names)
    assert run(tmp_path, f"{PAIRS}derainers:\n{entries}tasks: [restoration]\n") == 1
    for name in ("compiled", "distributed", "lightning", "average"):
        assert figure(tmp_path, "psnr_y", derainer=name).value == pytest.approx(42.68, abs=0.005)
    said = capsys.readouterr()
    before_the_run = (said.out + said.err).partition("restored images judged")[0]
    assert "diverged fails on every image" in before_the_run
    assert "32 of 32 tensors hold NaN" in before_the_run
    assert "Git-LFS pointer to a file of 687243 bytes" in before_the_run
    assert "trust" not in said.out + said.err


def test_a_black_frame_is_counted_apart(tmp_path: Path, bench_data: Path) -> None:
    crops(tmp_path, bench_data, 3)
    for side in ("rainy", "clean"):
        Image.new("RGB", (96, 96)).save(tmp_path / side / "9.png")
    assert run(tmp_path, f"{PAIRS}derainers: [guided-filter]\ntasks: [restoration]\n") == 0
    psnr = figure(tmp_path, "psnr_y")
    assert psnr.value == pytest.approx(37.37, abs=0.005)
    assert (psnr.n, psnr.infinite) == (4, 1)


def test_a_pure_python_config_gives_the_figure_of_the_text_config(tmp_path: Path) -> None:
    text = (CONFIGS / "rtmdet_streets.py").read_text()
    for name, imported in (("RTMDet", "RTMDet"), ("nms", "nms"), ("BN", "BatchNorm2d")):
        text = text.replace(f'type="{name}"', f"type={imported}")
    imports = "from mmcv.ops import nms\nfrom mmdet.models import RTMDet\n"
    text = f"{imports}from torch.nn import BatchNorm2d\n{text}"
    (tmp_path / "lazy.py").write_text(text)
    weights = WEIGHTS / "rtmdet_streets.pth"
    tasks = (
        "  - {name: text, use: detection}\n"
        f"  - {{name: lazy, use: detection, model: lazy.py, weights: {weights}}}\n"
    )
    streets = "rain_sets: [{name: S, layout: streets-light, scenes: 4}]\n"
    assert run(tmp_path, f"{streets}derainers: [rainy]\ntasks:\n{tasks}") == 0
    found = [figure(tmp_path, "ap", task=task) for task in ("text", "lazy")]
    assert [row.value for row in found] == pytest.approx([0.5189, 0.5189], abs=5e-5)
    assert found[1].signature == found[0].signature.replace("rtmdet_streets", "lazy")


@pytest.fixture
def coco_people(tmp_path: Path, bench_data: Path) -> list[str]:
    """Write the first five pictures of COCO with a person, and their boxes; return COCO's names."""
    content = json.loads((bench_data / "coco_val128/instances_val128.json").read_text())
    people = {one["image_id"] for one in content["annotations"] if one["category_id"] == 1}
    images = [one for one in content["images"] if one["id"] in people][:5]
    ids = {one["id"] for one in images}
    boxes = [one for one in content["annotations"] if one["image_id"] in ids]
    (tmp_path / "clean").mkdir()
    for one in images:
        with Image.open(bench_data / "coco_val128/images" / one["file_name"]) as picture:
            picture.convert("RGB").save(tmp_path / "clean" / one["file_name"], quality=95)
    kept = {"images": images, "annotations": boxes, "categories": content["categories"]}
    (tmp_path / "boxes.json").write_text(json.dumps(kept))
    return [one["name"] for one in sorted(content["categories"], key=lambda one: one["id"])]


COCO = (
    "rain_sets: [{name: Mine, layout: coco, root: clean, annotations: boxes.json}]\n"
    "derainers: [rainy]\ntasks:\n"
)


def test_names_that_contradict_the_weights_or_are_too_few_cost_their_task_alone(
    tmp_path: Path,
    coco_people: list[str],
    authors_weights: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    base = "_base_ = 'mmdet::yolox/yolox_nano_8xb8-300e_coco.py'\n"
    swapped = [coco_people[2], coco_people[1], coco_people[0], *coco_people[3:]]
    for name, classes in (("swapped", swapped), ("few", coco_people[:3])):
        dataset = f"dict(dataset=dict(metainfo=dict(classes={tuple(classes)!r})))"
        (tmp_path / f"{name}.py").write_text(f"{base}test_dataloader = {dataset}\n")
    weights = authors_weights / "yolox_nano_coco.pth"
    models = {"right": "yolox_nano_8xb8-300e_coco", "swapped": "swapped.py", "few": "few.py"}
    tasks = "".join(
        f"  - {{name: {name}, use: detection, model: {model}, weights: {weights}}}\n"
        for name, model in models.items()
    )
    assert run(tmp_path, COCO + tasks) == 1
    assert figure(tmp_path, "ap", task="right").value == pytest.approx(0.2925, abs=5e-5)
    said = capsys.readouterr().err
    assert "class 0 is 'car' in the config and 'person' in the weights" in said
    assert "80 outputs, its config 3 class names (person, bicycle, car)" in said
    assert len([line for line in said.splitlines() if "80 outputs" in line]) <= 2


def test_unevaluated_classes_stand_in_output_manifest_and_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    streets = "rain_sets: [{name: S, layout: streets-light, scenes: 1}]\n"
    task = "tasks: [{name: det, use: detection, class_map: {bicycle: sign}}]\n"
    assert run(tmp_path, f"{streets}derainers: [rainy]\n{task}") == 0
    said = "not evaluated, as the model has no class of that name: bicycle"
    printed = capsys.readouterr()
    assert f"S / det: {said}" in printed.out + printed.err
    (entry,) = read_manifest(tmp_path / "out").tasks
    assert entry.remarks == {"S": (said,)}
    assert said in (tmp_path / "out" / "report.html").read_text()


def test_a_class_map_that_names_nothing_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    streets = "rain_sets: [{name: S, layout: streets-light, scenes: 1}]\nderainers: [rainy]\n"
    for class_map, cause in (
        ("{bicicle: sign}", "the model has no class 'bicicle'; did you mean 'bicycle'?"),
        (
            "{bus: Sign}",
            "no rain set of this run has a class 'Sign' (for bus); did you mean 'sign'",
        ),
    ):
        task = f"tasks: [{{name: det, use: detection, class_map: {class_map}}}]\n"
        assert run(tmp_path, streets + task) == 2
        assert f"tasks[0] (det): class_map: {cause}" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["雨天街道监控摄像机" * 4 + "早高峰一", "ж" * 120, "x" * 240])
def test_long_names_are_kept_shown_and_found_again(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(3)
    for side in ("rainy", "clean"):
        (tmp_path / side).mkdir()
        for ending in "12":
            pixels = rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / side / f"{name}{ending}.png")
    copied = "{name: copied, use: command, argv: [cp, -r, '{input}/.', '{output}']}"
    derainers = f"derainers: [rainy, {copied}]\n"
    text = f"keep_restored: true\nexamples: 2\n{PAIRS}{derainers}tasks: [restoration]\n"
    assert run(tmp_path, text) == 0
    out = tmp_path / "out"
    assert len(list(out.glob("restored/Mine/copied/*.png"))) == 2
    assert {one.image for one in read_examples(out)["Mine"]} == {f"{name}1", f"{name}2"}
    assert f"{name}1" in (out / "report.html").read_text(encoding="utf-8")
    assert figure(tmp_path, "psnr_y", derainer="copied").value == pytest.approx(
        figure(tmp_path, "psnr_y", derainer="rainy").value
    )
    assert run(tmp_path, text) == 0
