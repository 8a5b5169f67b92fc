import pytest

from harness.errors import ConfigError
from tasks.class_map import checked_class_map, evaluated_classes, objection_to, unevaluated
from tasks.detection import DetectionTask
from tasks.segmentation import SegmentationTask


class Mine:
    name = "Mine"
    is_rendered = True
    has_clean = False
    box_classes = ("Person", "car", "tram")
    label_classes = ("road", "Sky")


class NoTruth:
    name = "Rain100L"
    is_rendered = True
    has_clean = True
    box_classes = None
    label_classes = None


def test_an_entry_for_a_class_that_the_model_has_not_is_refused(
    detector_weights, segmentor_weights
):
    with pytest.raises(ConfigError, match=r"no class 'persn'; did you mean 'person'\?"):
        DetectionTask(weights=detector_weights, class_map={"persn": "Person"})
    with pytest.raises(ConfigError, match=r"no class 'Road'; did you mean 'road'\?"):
        SegmentationTask(weights=segmentor_weights, class_map={"Road": "street"})


def test_an_entry_for_a_class_that_no_rain_set_has_is_refused(detector_weights, segmentor_weights):
    task = DetectionTask(weights=detector_weights, class_map={"person": "Persons"})
    assert task.objection([NoTruth()]) is None
    assert task.objection([NoTruth(), Mine()]) == (
        "class_map: no rain set of this run has a class 'Persons' (for person); "
        "did you mean 'Person'?"
    )
    task = SegmentationTask(weights=segmentor_weights, class_map={"sky": "Sky", "car": "auto"})
    assert "'auto' (for car)" in task.objection([Mine()])


def test_an_entry_for_a_class_of_another_rain_set_is_right():
    assert objection_to({"bus": "coach", "person": "Person"}, [["coach"], ["Person"]]) is None


def test_what_is_not_evaluated_is_named_with_what_was_meant(detector_weights, segmentor_weights):
    (said,) = DetectionTask(weights=detector_weights).remarks(Mine())
    assert said.endswith("of that name: Person (it has person), tram")
    (said,) = SegmentationTask(weights=segmentor_weights).remarks(Mine())
    assert said.endswith("of that name: Sky (it has sky)")
    renamed = DetectionTask(weights=detector_weights, class_map={"person": "Person"})
    assert renamed.remarks(Mine())[0].endswith("of that name: tram")


@pytest.mark.parametrize("truth", [None, [], ["car", "person"]])
def test_where_all_are_evaluated_nothing_is_said(truth):
    assert unevaluated(["person", "car"], {}, truth) is None


def test_two_classes_of_a_model_may_be_one_of_the_truth():
    class_map = checked_class_map({"car": "vehicle", "bus": "vehicle"}, ["car", "bus", "person"])
    assert evaluated_classes(["car", "bus", "person"], class_map, ["vehicle"]) == ["vehicle"]


def test_accents_of_a_class_may_be_composed_or_not():
    class_map = checked_class_map({"person": "Fußga\u0308nger"}, ["person"])
    assert evaluated_classes(["person"], class_map, ["Fußg\u00e4nger"]) == ["Fußg\u00e4nger"]


def test_a_shipped_judge_of_rendered_scenes_says_so_of_photographs(monkeypatch):
    task = SegmentationTask()
    assert not any("rendered scenes" in one for one in task.remarks(Mine()))
    monkeypatch.setattr(Mine, "is_rendered", False)
    assert task.remarks(Mine())[0].startswith("unet_streets learned from this project's rendered")
