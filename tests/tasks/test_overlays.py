"""What tasks draw of predictions and of truths."""

import numpy as np
import pytest

from harness.samples import Boxes, Sample
from tasks.class_colours import STREET, box_colours, label_colours
from tasks.coco_ap import Detections
from tasks.detection import DetectionTask
from tasks.overlays import WIDTH, Box, draw_boxes, draw_label_map
from tasks.segmentation import SegmentationTask

CAR = (255, 194, 10)


def test_boxes_stand_where_they_were_found():
    overlay = draw_boxes((300, WIDTH), [Box(100, 80, 200, 180, "car")], {"car": CAR})
    assert overlay.shape == (300, WIDTH, 4)
    assert tuple(overlay[130, 100]) == tuple(overlay[179, 150]) == (*CAR, 255)
    assert overlay[130, 150, 3] == overlay[250, 150, 3] == 0


def test_a_small_picture_has_a_larger_overlay_of_its_proportions():
    overlay = draw_boxes((60, 120), [Box(25, 20, 50, 45, "car")], {"car": CAR})
    assert overlay.shape == (240, 480, 4)
    assert tuple(overlay[130, 100]) == (*CAR, 255)


def test_label_maps_are_drawn_in_camvids_colours_and_ignore_stays_bare():
    classes = ["sky", "road"]
    labels = np.array([[1, 1, 255], [1, 0, 255]], np.uint8)
    overlay = draw_label_map(labels, list(label_colours(classes).values()))
    assert tuple(overlay[0, 0, :3]) == STREET["road"]
    assert tuple(overlay[1, 1, :3]) == STREET["sky"]
    assert (overlay[:, 2, 3] == 0).all() and (overlay[:, :2, 3] == 166).all()


@pytest.fixture
def detection(detector_weights):
    return DetectionTask(model="rtmdet_streets", weights=detector_weights)


def sample(boxes=None, label_map=None):
    rainy = np.zeros((60, 480, 3), np.uint8)
    return Sample("one", rainy, boxes=boxes, label_map=label_map)


def colours_of(overlay):
    return {tuple(pixel) for pixel in overlay[overlay[..., 3] > 0][:, :3].tolist()}


def test_unsure_detections_are_not_drawn_and_the_surest_is_on_top(detection, street_set):
    box = np.array([[10, 10, 60, 50]] * 3, np.float32)
    scores = np.array([0.9, 0.29, 0.3], np.float32)
    labels = np.array([0, 1, 2])
    overlay = detection.draw(Detections(box, scores, labels), sample(), street_set)
    colours = box_colours(street_set.box_classes)
    names = [detection.model.classes[label] for label in labels]
    assert colours[names[0]] in colours_of(overlay)
    assert colours[names[1]] not in colours_of(overlay)
    assert tuple(overlay[30, 10, :3]) == colours[names[0]]


def test_ignored_objects_are_no_truth_to_be_found(detection, street_set):
    xyxy = np.array([[10, 10, 60, 50], [100, 10, 160, 50]], np.float32)
    boxes = Boxes(xyxy, np.array([0, 1]), np.array([True, False]), np.ones(2))
    colours = box_colours(street_set.box_classes)
    drawn = colours_of(detection.draw_truth(sample(boxes), street_set))
    assert colours["bus"] in drawn and colours["car"] not in drawn
    assert detection.draw_truth(sample(), street_set) is None
    assert list(detection.legend(street_set)) == list(street_set.box_classes)


def test_a_label_map_is_drawn_in_the_rain_sets_classes(segmentor_weights, street_set):
    task = SegmentationTask(model="unet_streets", weights=segmentor_weights)
    labels = np.full((60, 480), street_set.label_classes.index("road"), np.uint8)
    truth = task.draw_truth(sample(label_map=labels), street_set)
    assert colours_of(truth) == {STREET["road"]}
    road = task.model.classes.index("road")
    predicted = task.draw(np.full((60, 480), road, np.uint16), sample(), street_set)
    assert (predicted == truth).all()
    assert task.legend(street_set)["road"] == STREET["road"]
