"""Our matching of many images at a time against pycocotools' own, image by image."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tasks import coco_matching
from tasks.coco_matching import QuickEvaluation

CLASSES = 2


@st.composite
def scenes(draw: st.DrawFn) -> tuple[COCO, COCO]:
    """A few images of boxes with whole corners, so that many overlap as much as others do."""
    images = draw(st.integers(1, 5))
    sides = st.integers(1, 12).map(lambda side: 10 * side)
    box = st.tuples(sides, sides, sides, sides).map(list)
    place = st.tuples(st.integers(0, images - 1), st.integers(0, CLASSES - 1))
    score = st.integers(0, 4).map(lambda tenths: tenths / 10)
    truths = [
        {"bbox": bounds, "image_id": image, "category_id": label, "iscrowd": int(crowd)}
        for (image, label), bounds, crowd in draw(st.lists(st.tuples(place, box, st.booleans())))
    ]
    found = [
        {"bbox": bounds, "image_id": image, "category_id": label, "score": sure, "iscrowd": 0}
        for (image, label), bounds, sure in draw(st.lists(st.tuples(place, box, score)))
    ]
    return coco(images, truths), coco(images, found)


def coco(images: int, annotations: list[dict[str, object]]) -> COCO:
    made = COCO()
    made.dataset = {
        "images": [{"id": index} for index in range(images)],
        "categories": [{"id": index} for index in range(CLASSES)],
        "annotations": [
            one | {"id": index, "area": one["bbox"][2] * one["bbox"][3]}  # type: ignore[index]
            for index, one in enumerate(annotations, start=1)
        ],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        made.createIndex()
    return made


def evaluated(evaluation: COCOeval, most: int) -> COCOeval:
    evaluation.params.maxDets = [most]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation


@pytest.mark.parametrize("elements", [1, 2**16])
@given(scenes(), st.integers(1, 6))
def test_every_image_is_matched_as_pycocotools_does(
    elements: int, both: tuple[COCO, COCO], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coco_matching, "ELEMENTS_AT_A_TIME", elements)
        ours = evaluated(QuickEvaluation(*both), most)
    theirs = evaluated(COCOeval(*both, "bbox"), most)
    assert len(ours.evalImgs) == len(theirs.evalImgs)
    for one, other in zip(ours.evalImgs, theirs.evalImgs, strict=True):
        assert (one is None) == (other is None)
        if one is None:
            continue
        assert one["dtScores"] == other["dtScores"]
        np.testing.assert_array_equal(one["dtMatches"], other["dtMatches"] > 0)
        np.testing.assert_array_equal(one["dtIgnore"], other["dtIgnore"])
        assert sorted(one["gtIgnore"]) == sorted(other["gtIgnore"])
    np.testing.assert_array_equal(ours.eval["precision"], theirs.eval["precision"])
    np.testing.assert_array_equal(ours.eval["recall"], theirs.eval["recall"])
