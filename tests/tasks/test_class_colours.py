"""Classes are told apart by every eye."""

import sys
from pathlib import Path

import pytest
from skimage.color import deltaE_cie76, rgb2lab

from tasks.class_colours import BOX_COLOURS, STREET

sys.path.append(str(Path(__file__).parent.parent))
from colour_distance import nearest

CAMVID = [(128, 0, 0), (64, 64, 0)]  # building and pedestrian, as CamVid has them


@pytest.mark.parametrize("colours", [list(STREET.values()), BOX_COLOURS])
def test_no_two_classes_look_alike_to_anyone(colours):
    assert min(nearest(colours).values()) >= 20


def test_the_measure_is_that_of_others_and_finds_a_bad_palette():
    first, second = (rgb2lab([[[channel / 255 for channel in one]]]) for one in CAMVID)
    assert nearest(CAMVID)["all"] == pytest.approx(deltaE_cie76(first, second).item(), abs=0.05)
    assert nearest(CAMVID)["no green"] < 7
