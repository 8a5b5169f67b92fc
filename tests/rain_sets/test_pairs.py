from pathlib import Path

import numpy as np
import pytest
from pictures import write_picture
from PIL import Image

from harness.errors import ConfigError, SampleError
from harness.images import read_rgb
from harness.plugins.options import bind_options
from harness.rain_sets.pairs import PairedRainSet, SideBySideRainSet

RAINY, CLEAN = "rainy/rain-{id}.png", "norain/norain-{id}.png"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(1, 4):
        write_picture(tmp_path / f"rainy/rain-{number:03d}.png", number)
        write_picture(tmp_path / f"norain/norain-{number:03d}.png", 10 + number)
    return tmp_path


def test_pairs_meet_by_name(root: Path) -> None:
    rain_set = PairedRainSet("mine", root, RAINY, CLEAN)
    assert rain_set.ids() == ("rain-001", "rain-002", "rain-003")
    sample = rain_set.load("rain-002")
    assert np.array_equal(sample.rainy, read_rgb(root / "rainy/rain-002.png").pixels)
    assert sample.clean is not None
    assert np.array_equal(sample.clean, read_rgb(root / "norain/norain-002.png").pixels)
    assert sample.notes == ()


def test_many_rains_share_a_scene(tmp_path: Path) -> None:
    for scene in ("901", "b_2"):
        write_picture(tmp_path / f"ground_truth/{scene}.png")
        for rain in range(1, 4):
            write_picture(tmp_path / f"rainy_image/{scene}_{rain}.png", rain)
    rainy, clean = "rainy_image/{scene}_{k}.png", "ground_truth/{scene}.png"
    rain_set = PairedRainSet("mine", tmp_path, rainy, clean)
    assert rain_set.ids() == ("901_1", "901_2", "901_3", "b_2_1", "b_2_2", "b_2_3")
    assert all(rain_set.load(sample_id).clean is not None for sample_id in rain_set.ids())


def test_a_missing_partner_is_a_failing_id_on_either_side(root: Path) -> None:
    (root / "norain/norain-001.png").unlink()
    (root / "rainy/rain-003.png").unlink()
    rain_set = PairedRainSet("mine", root, RAINY, CLEAN)
    assert rain_set.ids() == ("rain-001", "rain-002", "rain-003")
    rain_set.load("rain-002")
    for sample_id, missing in {"rain-001": "norain-001.png", "rain-003": "rain-003.png"}.items():
        for act in (rain_set.load, rain_set.key):
            with pytest.raises(SampleError, match=missing):
                act(sample_id)


def test_a_scene_without_any_rain_is_a_failing_id(tmp_path: Path) -> None:
    write_picture(tmp_path / "rain/1_1.png")
    write_picture(tmp_path / "clean/1.png")
    write_picture(tmp_path / "clean/2.png")
    rain_set = PairedRainSet("mine", tmp_path, "rain/{scene}_{k}.png", "clean/{scene}.png")
    assert rain_set.ids() == ("1_1", "2_*")
    with pytest.raises(SampleError, match=r"2\.png: there is no rainy image .*2_\*\.png"):
        rain_set.load("2_*")


def test_several_partners_are_refused(root: Path) -> None:
    write_picture(root / "norain/norain-001.bmp")
    rain_set = PairedRainSet("mine", root, RAINY, "norain/norain-{id}.*")
    with pytest.raises(SampleError, match="more than one clean image goes with it"):
        rain_set.load("rain-001")
    rain_set.load("rain-002")


def test_sizes_that_differ_are_named(root: Path) -> None:
    write_picture(root / "norain/norain-001.png", size=(24, 30))
    with pytest.raises(SampleError, match=r"rain-001\.png is 32x24 but .*norain-001\.png is 30x24"):
        PairedRainSet("mine", root, RAINY, CLEAN).load("rain-001")


@pytest.mark.parametrize("side", ["rainy/rain-001.png", "norain/norain-001.png"])
def test_a_damaged_file_fails_alone(root: Path, side: str) -> None:
    path = root / side
    path.write_bytes(path.read_bytes()[:900])
    rain_set = PairedRainSet("mine", root, RAINY, CLEAN)
    with pytest.raises(SampleError, match=path.name):
        rain_set.load("rain-001")
    rain_set.load("rain-002")


def test_conversions_are_in_the_notes(root: Path) -> None:
    Image.new("L", (32, 24)).save(root / "rainy/rain-001.png")
    sample = PairedRainSet("mine", root, RAINY, CLEAN).load("rain-001")
    assert sample.notes == ("rain-001.png: grey to RGB",)


def test_the_key_follows_the_bytes_of_both_files_and_nothing_else(root: Path) -> None:
    rain_set = PairedRainSet("mine", root, RAINY, CLEAN)
    before = {sample_id: rain_set.key(sample_id) for sample_id in rain_set.ids()}
    assert len(set(before.values())) == 3
    moved = root.rename(root.with_name("moved"))
    rain_set = PairedRainSet("other name", moved, RAINY, CLEAN)
    assert {sample_id: rain_set.key(sample_id) for sample_id in rain_set.ids()} == before
    write_picture(moved / "norain/norain-001.png", 99)
    assert rain_set.key("rain-001") != before["rain-001"]
    assert rain_set.key("rain-002") == before["rain-002"]


def test_a_key_needs_no_decoding(root: Path) -> None:
    (root / "rainy/rain-001.png").write_bytes(b"no picture")
    assert PairedRainSet("mine", root, RAINY, CLEAN).key("rain-001")


def test_a_folder_that_does_not_fit_is_described(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"mine: .*absent does not exist; set `root`"):
        PairedRainSet("mine", root / "absent", RAINY, CLEAN)
    with pytest.raises(ConfigError, match=r"matches 'in/\{id\}.png'; a picture that is there: '"):
        PairedRainSet("mine", root, "in/{id}.png", CLEAN)
    with pytest.raises(ConfigError, match=r"'norain/\{scene\}.png' has the field \{scene\}"):
        PairedRainSet("mine", root, RAINY, "norain/{scene}.png")
    (root / "empty").mkdir()
    with pytest.raises(ConfigError, match="there is no picture below that folder at all"):
        PairedRainSet("mine", root / "empty", RAINY, CLEAN)


def test_two_files_with_one_id_are_refused(root: Path) -> None:
    write_picture(root / "rainy/rain-001.bmp")
    with pytest.raises(ConfigError, match="would both have the id 'rain-001'"):
        PairedRainSet("mine", root, "rainy/rain-{id}.*", CLEAN)


def test_hidden_files_and_other_kinds_are_no_pictures(root: Path) -> None:
    (root / "rainy/._rain-001.png").write_bytes(b"macOS")
    (root / "rainy/rain-list.txt").write_text("1 2 3")
    rain_set = PairedRainSet("mine", root, "rainy/rain-{id}.*", CLEAN)
    assert len(rain_set.ids()) == 3


def test_an_unknown_id_is_an_error_with_its_name(root: Path) -> None:
    with pytest.raises(SampleError, match="'rain-9'"):
        PairedRainSet("mine", root, RAINY, CLEAN).load("rain-9")


def test_halves_of_one_file(tmp_path: Path) -> None:
    write_picture(tmp_path / "1.png", size=(8, 20))
    write_picture(tmp_path / "2.png", size=(8, 21))
    pixels = read_rgb(tmp_path / "1.png").pixels
    left_clean = SideBySideRainSet("mine", tmp_path, "{id}.png", "left")
    right_clean = SideBySideRainSet("mine", tmp_path, "{id}.png", "right")
    sample = left_clean.load("1")
    assert sample.clean is not None
    assert np.array_equal(sample.clean, pixels[:, :10])
    assert np.array_equal(sample.rainy, pixels[:, 10:])
    assert np.array_equal(right_clean.load("1").rainy, pixels[:, :10])
    assert left_clean.key("1") != right_clean.key("1")
    with pytest.raises(SampleError, match="is 21 pixels wide"):
        left_clean.load("2")


def test_a_field_without_quotes_is_told(root: Path) -> None:
    options = {"root": ".", "rainy": {"id": None}, "clean": CLEAN}
    with pytest.raises(ConfigError, match=r"rainy: .* put a text with braces into quotes"):
        bind_options("rain_sets[0]", PairedRainSet, options, root)
