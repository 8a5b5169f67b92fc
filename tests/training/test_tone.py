import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2hsv

from harness.training.clean_pictures import CleanPicture
from harness.training.data_settings import SourceSettings
from harness.training.tone import Tone, ToneVaried, change_tone, draw_tone

NOTHING = Tone(1, 1, 0, 1, (1, 1, 1))


class OnePicture:
    def __init__(self):
        self.image = np.random.default_rng(1).integers(0, 256, (8, 9, 3), dtype=np.uint8)

    def __len__(self):
        return 1

    def picture(self, index, rng):
        return CleanPicture(self.image, None)


@given(st.integers(0, 2**32 - 1))
def test_order_of_brightness_is_kept_in_each_channel(seed):
    """On greys every change is monotonic, so that no edge turns round."""
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    changed = change_tone(ramp, draw_tone(np.random.default_rng(seed))).astype(int)
    assert (np.diff(changed, axis=1) >= 0).all()
    assert changed.max() > changed.min()


def test_saturation_is_taken_away():
    image = OnePicture().image
    grey = change_tone(image, NOTHING._replace(saturation=0))
    assert rgb2hsv(grey)[..., 1].max() == 0
    assert np.array_equal(change_tone(image, NOTHING), image)


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.5, 60, 140), (1.0, 200, 200)])
def test_only_the_share_is_changed(share, least, most):
    source = OnePicture()
    varied = ToneVaried(source, share)
    rng = np.random.default_rng(0)
    changed = sum(
        not np.array_equal(varied.picture(0, rng).image, source.image) for _ in range(200)
    )
    assert least <= changed <= most


def test_tone_is_for_photographs():
    with pytest.raises(ValueError, match="`tone` is for photos alone"):
        SourceSettings(scenes=(0, 5), tone=0.5)
