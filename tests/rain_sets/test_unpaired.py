from pathlib import Path

import pytest
from pictures import write_picture

from harness.errors import ConfigError, SampleError
from harness.rain_sets.unpaired import UnpairedRainSet


def test_every_picture_of_a_folder_without_reference(tmp_path: Path) -> None:
    for name in ("b.png", "a.png", ".hidden.png"):
        write_picture(tmp_path / name)
    (tmp_path / "licence.txt").write_text("research use")
    rain_set = UnpairedRainSet("real", tmp_path)
    assert rain_set.ids() == ("a", "b")
    assert not rain_set.has_clean
    sample = rain_set.load("a")
    assert sample.clean is None
    assert sample.rainy.shape == (24, 32, 3)
    assert rain_set.key("a") == rain_set.key("b")


def test_a_pattern_takes_a_part(tmp_path: Path) -> None:
    write_picture(tmp_path / "rain-1.png")
    write_picture(tmp_path / "snow-1.png")
    assert UnpairedRainSet("real", tmp_path, "rain-*.png").ids() == ("rain-1",)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file below"):
        UnpairedRainSet("real", tmp_path)
    write_picture(tmp_path / "a.png")
    with pytest.raises(SampleError, match="real: no sample has the id 'b'"):
        UnpairedRainSet("real", tmp_path).key("b")
