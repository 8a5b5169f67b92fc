import hashlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.streets.scenes import BOX_CLASSES, LABEL_CLASSES, Scene, render_scene
from harness.streets.scenes.scene import Rendering, render
from harness.streets.scenes.sheet import contact_sheet, main

DIGEST = """
import hashlib, sys
import cv2
from harness.streets.scenes import render_scene
cv2.setNumThreads(int(sys.argv[1]))
render_scene(77, 96, 64)
scene = render_scene(12, 192, 112)
print(hashlib.sha256(scene.image.tobytes() + scene.depth.tobytes()).hexdigest())
"""


def test_a_scene_is_the_same_in_other_processes_with_other_threads() -> None:
    scene = render_scene(12, 192, 112)
    expected = hashlib.sha256(scene.image.tobytes() + scene.depth.tobytes()).hexdigest()
    for threads in ("1", "2"):
        run = [sys.executable, "-c", DIGEST, threads]
        other = subprocess.run(run, capture_output=True, text=True, check=True)
        assert other.stdout.strip() == expected


def test_seeds_give_different_streets(renderings: list[Rendering]) -> None:
    maps = [one.scene.label_map for one in renderings[:12]]
    for index, first in enumerate(maps):
        for second in maps[index + 1 :]:
            assert np.mean(first != second) > 0.08


def test_shapes_and_types(renderings: list[Rendering]) -> None:
    for one in renderings:
        scene = one.scene
        count = len(scene.boxes_xyxy)
        assert scene.image.shape == (224, 384, 3) and scene.image.dtype == np.uint8
        assert scene.boxes_xyxy.shape == (count, 4) and scene.boxes_xyxy.dtype == np.float32
        assert scene.labels.shape == (count,) and scene.labels.dtype == np.int64
        assert scene.ignore.shape == (count,) and scene.ignore.dtype == np.bool_
        assert scene.label_map.shape == (224, 384) and scene.label_map.dtype == np.uint8
        assert scene.depth.shape == (224, 384) and scene.depth.dtype == np.float32
        assert scene.label_map.max() < len(LABEL_CLASSES)


def test_boxes_are_the_extents_of_the_instance_map(renderings: list[Rendering]) -> None:
    for one in renderings:
        present = sorted(set(np.unique(one.instance_map)) - {0})
        assert present == one.box_instances.tolist()
        for box, instance in zip(one.scene.boxes_xyxy, one.box_instances, strict=True):
            rows, columns = np.where(one.instance_map == instance)
            expected = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert box.tolist() == expected


def test_instances_carry_the_label_of_their_class(renderings: list[Rendering]) -> None:
    allowed = {
        "car": {"car"},
        "bus": {"car"},
        "person": {"pedestrian", "bicyclist"},
        "bicycle": {"bicyclist"},
        "sign": {"sign"},
    }
    for one in renderings:
        for label, instance in zip(one.scene.labels, one.box_instances, strict=True):
            found = np.unique(one.scene.label_map[one.instance_map == instance])
            assert len(found) == 1
            assert LABEL_CLASSES[found[0]] in allowed[BOX_CLASSES[label]]


def test_small_objects_are_ignored(renderings: list[Rendering]) -> None:
    for one in renderings:
        sides = one.scene.boxes_xyxy[:, 2:] - one.scene.boxes_xyxy[:, :2]
        small = (sides.min(axis=1) < 6) | (sides.max(axis=1) < 11)
        assert one.scene.ignore[small].all()


def test_few_objects_are_ignored(renderings: list[Rendering]) -> None:
    shares = [np.mean(one.scene.ignore) for one in renderings]
    assert 0.02 < np.mean(shares) < 0.3


def test_every_box_class_is_frequent(renderings: list[Rendering]) -> None:
    for index, name in enumerate(BOX_CLASSES):
        asked = [np.any(one.scene.labels[~one.scene.ignore] == index) for one in renderings]
        assert np.mean(asked) >= (0.35 if name == "bus" else 0.40), name
    counts = [int(np.sum(~one.scene.ignore)) for one in renderings]
    assert 4 <= np.median(counts) <= 12 and min(counts) >= 1


def test_every_label_class_is_in_most_scenes(renderings: list[Rendering]) -> None:
    for index, name in enumerate(LABEL_CLASSES):
        seen = [np.sum(one.scene.label_map == index) > 30 for one in renderings]
        assert np.mean(seen) > 0.6, name


def test_depth_falls_from_the_horizon_to_the_bottom_along_the_road(
    renderings: list[Rendering],
) -> None:
    road, sky = LABEL_CLASSES.index("road"), LABEL_CLASSES.index("sky")
    for one in renderings:
        scene = one.scene
        for column in range(0, scene.depth.shape[1], 16):
            along = scene.depth[scene.label_map[:, column] == road, column]
            assert np.all(np.diff(along) < 0)
        assert np.allclose(scene.depth[scene.label_map == sky], 1000.0)
        assert scene.depth[scene.label_map != sky].max() < 1000.0


@settings(max_examples=6, deadline=None)
@given(st.integers(64, 260), st.integers(48, 200), st.integers(0, 2**31))
def test_any_size_renders(width: int, height: int, seed: int) -> None:
    scene = render_scene(seed, width, height)
    assert scene.image.shape == (height, width, 3)
    assert scene.depth.shape == scene.label_map.shape == (height, width)
    if len(scene.boxes_xyxy):
        assert scene.boxes_xyxy.min() >= 0
        assert scene.boxes_xyxy[:, 2].max() <= width and scene.boxes_xyxy[:, 3].max() <= height


def test_another_size_shows_the_same_street(renderings: list[Rendering]) -> None:
    large = render(4, 768, 448).scene
    small = renderings[4].scene
    assert np.mean(large.label_map[1::2, 1::2] == small.label_map) > 0.96


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((-1, 384, 224), "seeds of scenes start at 0"), ((0, 20, 224), "at least 64 columns")],
)
def test_what_cannot_be_rendered_is_refused(arguments: tuple[int, int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        render_scene(*arguments)


def test_the_sheet_holds_its_scenes(tmp_path, monkeypatch) -> None:
    sheet = contact_sheet([5, 6, 7], columns=2, width=96, height=64, gap=2)
    assert sheet.shape == (130, 194, 3)
    scene: Scene = render_scene(7, 96, 64)
    assert np.array_equal(sheet[66:130, :96], scene.image)
    main([str(tmp_path / "new" / "sheet.png"), "--count", "1", "--columns", "1"])
    assert (tmp_path / "new" / "sheet.png").stat().st_size > 10_000
