from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baselines.reference import Rainy
from harness.derainer import DerainerFacts
from harness.errors import BenchError, DerainerError, SampleError, TaskError
from harness.metric import Metric
from harness.plugins.checks import (
    check_derainer,
    check_drawing,
    check_rain_set,
    check_sample,
    check_task,
)
from harness.samples import Boxes, Sample
from tasks.restoration import RestorationTask

PICTURE = np.zeros((4, 6, 3), np.uint8)
BOXES = Boxes(np.zeros((2, 4)), np.zeros(2, np.int64), np.zeros(2, bool), np.zeros(2))


def changed(built: Any, **attributes: Any) -> Any:
    for name, value in attributes.items():
        setattr(built, name, value)
    return built


def raising() -> None:
    raise KeyError("gone")


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"facts": DerainerFacts(title=3)}, "facts of Rainy are wrong: title: .*valid string"),  # type: ignore[arg-type]
        ({"facts": DerainerFacts("a", year="soon")}, "facts of Rainy are wrong: year"),  # type: ignore[arg-type]
        ({"facts": DerainerFacts("a", size_multiple=0)}, "size_multiple is 0"),
        ({"options": lambda: {"path": Path()}}, r"fingerprint\(\) raised TypeError: .*JSON"),
        ({"parameters_count": raising}, r"parameters_count\(\) raised KeyError"),
        ({"parameters_count": lambda: "many"}, "parameters_count is 'many'"),
        ({"weights_digest": 7}, "weights_digest is no text"),
    ],
)
def test_unsound_derainers(attributes: dict[str, Any], message: str) -> None:
    check_derainer(Rainy())
    with pytest.raises(DerainerError, match=message):
        check_derainer(changed(Rainy(), **attributes))


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"headline": "psnr_y"}, "has no headline"),
        ({"metrics": {"psnr_y": "PSNR"}}, "the metrics of RestorationTask are wrong: say what"),
        ({"metrics": {"psnr_y": Metric("PSNR", digits="two")}}, "are wrong: psnr_y.digits"),  # type: ignore[arg-type]
        ({"looks_at": "sky"}, "looks at 'sky': choose `picture` or `perception`"),
        ({"can_lose": "yes"}, "can_lose is 'yes'"),
        ({"protocol": lambda: None}, "protocol is None"),
        ({"fingerprint": raising}, r"fingerprint\(\) raised KeyError"),
        ({"weights_digests": list}, "weights_digests is \\[\\]"),
    ],
)
def test_unsound_tasks(attributes: dict[str, Any], message: str) -> None:
    check_task(RestorationTask())
    with pytest.raises(TaskError, match=message):
        check_task(changed(RestorationTask(), **attributes))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda sample: replace(sample, id="two"), "load returned the sample 'two'"),
        (lambda sample: replace(sample, rainy=PICTURE[..., 0]), "its rainy is uint8 \\(4, 6\\)"),
        (lambda sample: replace(sample, rainy=PICTURE[:0]), "its rainy is uint8 \\(0, 6, 3\\)"),
        (lambda sample: replace(sample, clean=PICTURE[1:]), "its clean is uint8 \\(3, 6, 3\\)"),
        (lambda sample: replace(sample, label_map=PICTURE), "its label_map is uint8 \\(4, 6, 3\\)"),
        (lambda sample: replace(sample, clean="clean.png"), "its clean is str"),
        (
            lambda sample: replace(sample, boxes=replace(BOXES, labels=np.zeros(3, np.int64))),
            r"its boxes have the shapes \[\(2, 4\), \(3,\), \(2,\), \(2,\)\]",
        ),
        (
            lambda sample: replace(sample, truths={"depth": np.zeros((4, 5))}),
            r"its truth depth is \(4, 5\): it must be an array \(4, 6, '...'\)",
        ),
    ],
)
def test_unsound_samples(change: Callable[[Sample], Sample], message: str) -> None:
    sample = Sample("one", PICTURE, PICTURE, BOXES, PICTURE[..., 0])
    assert check_sample(sample, "one") is sample
    with pytest.raises(SampleError, match=message):
        check_sample(change(sample), "one")


def test_unsound_rain_sets(make_pairs: Callable[..., Path], tmp_path: Path) -> None:
    from harness.rain_sets.layouts import rain100l

    rain_set = rain100l("mine", make_pairs(tmp_path))
    check_rain_set(rain_set, "mine")
    with pytest.raises(BenchError, match=r"ids\(\) gave what are not texts, or one of them twice"):
        check_rain_set(changed(rain_set, ids=lambda: ["a", "a"]), "mine")
    with pytest.raises(BenchError, match="its description is None"):
        check_rain_set(changed(rain_set, description=None), "mine")
    with pytest.raises(BenchError, match="built a Rainy: it must build a RainSet"):
        check_rain_set(Rainy(), "mine")


@pytest.mark.parametrize(
    ("drawing", "got"),
    [
        ("a masterpiece", "str"),
        (PICTURE, r"uint8 \(4, 6, 3\)"),
        (np.zeros((4, 6, 4)), r"float64 \(4, 6, 4\)"),
    ],
)
def test_unsound_drawings(drawing: object, got: str) -> None:
    overlay = np.zeros((4, 6, 4), np.uint8)
    assert check_drawing(overlay) is overlay
    assert check_drawing(None) is None
    with pytest.raises(TaskError, match=f"drew {got}: it must be a uint8 array"):
        check_drawing(drawing)
