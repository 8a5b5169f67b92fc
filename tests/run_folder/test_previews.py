"""Small drawings: their colours are those of the drawing, and they weigh little."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.run_folder.previews import SIDE, Previews, drawings_folder, small_drawing

COLOURS = np.array([(255, 0, 0, 166), (0, 90, 200, 166), (0, 0, 0, 0)], np.uint8)


def drawing(height: int, width: int) -> np.ndarray:
    """Return vertical stripes of the three colours, 40 pixels wide."""
    stripes: np.ndarray = COLOURS[np.arange(width) // 40 % 3]
    return np.broadcast_to(stripes, (height, width, 4)).copy()


def decoded(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))


@pytest.mark.parametrize(
    ("size", "small"),
    [((60, 100), (60, 100)), ((600, 1000), (192, SIDE)), ((901, 301), (SIDE, 107))],
)
def test_each_pixel_has_a_colour_of_the_drawing(
    size: tuple[int, int], small: tuple[int, int]
) -> None:
    pixels = decoded(small_drawing(drawing(*size)))
    assert pixels.shape == (*small, 4)
    seen = pixels[pixels[..., 3] > 0]
    assert {tuple(one) for one in np.unique(seen, axis=0)} == {tuple(one) for one in COLOURS[:2]}
    places = (np.arange(small[1]) + 0.5) * size[1] / small[1]
    wanted = COLOURS[places.astype(int) // 40 % 3, 3]
    assert (pixels[..., 3] == wanted).mean() > 0.97  # but where a pixel's middle is on an edge


def test_a_drawing_of_many_colours_is_nearly_itself_and_small() -> None:
    rows, columns = np.mgrid[:200, :300]
    shades = np.dstack([rows, columns * 255 // 300, 255 - rows, np.full_like(rows, 255)])
    content = small_drawing(shades.astype(np.uint8))
    difference = np.abs(decoded(content).astype(int) - shades)
    assert len(content) < 6_000 and difference.mean() < 4
    assert (decoded(content)[..., 3] == 255).all()


def test_what_is_drawn_no_more_goes(tmp_path: Path) -> None:
    previews = Previews(tmp_path, 1)
    for derainer in (None, "net"):
        previews.put_drawing("set", "a/1", derainer, "labels", drawing(9, 9))
    path = drawings_folder(tmp_path, "set", "labels", "net") / "a%2F1.webp"
    assert path.is_file()
    previews.put_drawing("set", "a/1", "net", "labels", None)
    assert not path.exists()
    assert previews.drop_drawings("set", "labels")
    assert not previews.drop_drawings("set", "labels")
    assert not list(tmp_path.rglob("*.webp"))
