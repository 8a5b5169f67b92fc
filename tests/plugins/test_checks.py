from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from baselines.reference import Rainy
from harness.derainer import DerainerFacts
from harness.errors import BenchError, DerainerError, SampleError, TaskError
from harness.metric import Metric
from harness.plugins.checks import (
    check_derainer,
    check_drawing,
    check_legend,
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
        ({"facts": DerainerFacts("\x1b[31mred")}, r"its fact title is '\\x1b\[31mred'"),
        ({"options": lambda: {"path": Path()}}, r"fingerprint\(\) raised TypeError: .*JSON"),
        ({"parameters_count": raising}, r"parameters_count\(\) raised KeyError"),
        ({"parameters_count": lambda: "many"}, "parameters_count is 'many'"),
        ({"weights_digest": 7}, "weights_digest is no text"),
        ({"weights_digest": {"a": 7}}, "weights_digest is no text"),
        ({"bound": "sideways"}, "bound is 'sideways': choose `lower`, `upper` or None"),
        ({"limits_itself": "yes"}, "limits_itself is 'yes': it must be of type bool"),
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
        ({"is_reentrant": 1}, "is_reentrant is 1"),
        ({"metrics": {"q": Metric("Q", digits=-1)}}, r"are wrong: q.digits is -1: print 0 to"),
        ({"metrics": property(len), "columns": {}}, "the metrics of RestorationTask are wrong"),
        ({"columns": {"psnr_y": pa.string()}}, "the column psnr_y .* is of type string"),
        ({"protocol": lambda self: None}, "protocol is None"),
        ({"protocol": lambda self: "\udcff"}, "protocol is '.udcff': it must be a text that UTF-8"),
        ({"fingerprint": lambda self: raising()}, r"fingerprint\(\) raised KeyError"),
        ({"protocol": lambda self: "\x1b[2Jgone"}, r"its protocol is '\\x1b\[2Jgone': tables show"),
        (
            {"metrics": {"psnr_y": Metric("PSNR\n-Y")}},
            r"the label of the metric psnr_y is 'PSNR\\n-Y': tables show it",
        ),
        ({"weights_digests": lambda self: []}, "weights_digests is \\[\\]"),
        ({"weights_digests": lambda self: {"a": 7}}, "weights_digests is {'a': 7}"),
    ],
)
def test_unsound_tasks(attributes: dict[str, Any], message: str) -> None:
    check_task(RestorationTask())
    with pytest.raises(TaskError, match=message):
        check_task(type("RestorationTask", (RestorationTask,), attributes)())


def test_what_a_report_asks_the_class_an_instance_cannot_have_its_own() -> None:
    task = changed(RestorationTask(), metrics={"psnr_y": Metric("PSNR")})
    with pytest.raises(TaskError, match="has metrics of its own in an instance: say them in the"):
        check_task(task)


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
            r"its truth depth is float64 \(4, 5\): it must be an array of numbers \(4, 6, '...'\)",
        ),
        (
            lambda sample: replace(sample, truths={"depth": np.full((4, 6), None)}),
            r"its truth depth is object",
        ),
        (lambda sample: replace(sample, truths={1: PICTURE}), "its truth 1 has no text for a name"),
        (lambda sample: replace(sample, notes=None), "its notes are None: give a tuple"),
        (lambda sample: replace(sample, notes=("\udcff: 16 bits to 8",)), "of UTF-8 texts"),
        (
            lambda sample: replace(sample, boxes=replace(BOXES, labels=[0, 1])),
            "its boxes must be four arrays of numbers",
        ),
    ],
)
def test_unsound_samples(change: Callable[[Sample], Sample], message: str) -> None:
    sample = Sample("one", PICTURE, PICTURE, BOXES, PICTURE[..., 0])
    assert check_sample(sample, "one") is sample
    with pytest.raises(SampleError, match=message):
        check_sample(change(sample), "one")


def test_unsound_rain_sets(make_pairs: Callable[..., Path], tmp_path: Path) -> None:
    from harness.rain_sets.public_layouts import rain100l

    rain_set = rain100l("mine", make_pairs(tmp_path))
    check_rain_set(rain_set, "mine")
    with pytest.raises(BenchError, match=r"ids\(\) gave what are not texts, or one of them twice"):
        check_rain_set(changed(rain_set, ids=lambda: ["a", "a"]), "mine")
    with pytest.raises(BenchError, match="rename the file that it is of"):
        check_rain_set(changed(rain_set, ids=lambda: ["\udcff"]), "mine")
    del rain_set.ids
    with pytest.raises(BenchError, match=r"a class is '\\x07car': tables show it"):
        check_rain_set(changed(rain_set, box_classes=("\x07car",)), "mine")
    rain_set.box_classes = None
    with pytest.raises(BenchError, match="its has_clean is 'yes'"):
        check_rain_set(changed(rain_set, has_clean="yes"), "mine")
    rain_set.has_clean = True
    with pytest.raises(BenchError, match="its description is None"):
        check_rain_set(changed(rain_set, description=None), "mine")
    with pytest.raises(BenchError, match="built a Rainy: it must build a RainSet"):
        check_rain_set(Rainy(), "mine")


@pytest.mark.parametrize(
    ("drawing", "got"),
    [
        ("a masterpiece", "str"),
        (PICTURE, r"uint8 \(4, 6, 3\)"),
        (np.zeros((0, 6, 4), np.uint8), r"uint8 \(0, 6, 4\)"),
        (np.zeros((4, 6, 4)), r"float64 \(4, 6, 4\)"),
    ],
)
def test_unsound_drawings(drawing: object, got: str) -> None:
    overlay = np.zeros((4, 6, 4), np.uint8)
    assert check_drawing(overlay) is overlay
    assert check_drawing(None) is None
    with pytest.raises(TaskError, match=f"drew {got}: it must be a uint8 array"):
        check_drawing(drawing)


@pytest.mark.parametrize(
    ("legend", "message"),
    [
        ({"found": (300, 0, 0)}, r"gave 'found' the colour \(300, 0, 0\): give a text red, green"),
        ({"found": (1, 2)}, r"gave 'found' the colour \(1, 2\)"),
        ({"found": (0.5, 0, 0)}, "gave 'found' the colour"),
        ({"found": "red"}, "gave 'found' the colour 'red'"),
        ({3: (1, 2, 3)}, "gave 3 the colour"),
        (["found"], r"legend\(\) gave list: give colours by what they mean"),
    ],
)
def test_unsound_legends(legend: object, message: str) -> None:
    assert check_legend({"found": np.array([255, 0, 7])}) == {"found": (255, 0, 7)}
    with pytest.raises(TaskError, match=message):
        check_legend(legend)
