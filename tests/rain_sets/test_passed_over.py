"""No file of a set is left out without a word, however its name is spelled."""

import shutil
from pathlib import Path

import pytest
from pictures import write_picture
from PIL import Image

from harness.errors import SampleError
from harness.rain_sets.pairs import PairedRainSet
from harness.rain_sets.unpaired import UnpairedRainSet

RAINY, CLEAN = "rainy/{id}.png", "clean/{id}.png"


def write_pairs(root: Path, *names: str) -> None:
    for seed, name in enumerate(names):
        write_picture(root / "rainy" / name, seed)
        write_picture(root / "clean" / name, 100 + seed)


def test_an_extension_in_another_case_counts(tmp_path: Path) -> None:
    write_pairs(tmp_path, "1.png", "2.PNG", "3.Png")
    rain_set = PairedRainSet("mine", tmp_path, RAINY, CLEAN)
    assert rain_set.ids() == ("1", "2", "3") and rain_set.notices == ()
    assert all(rain_set.load(sample_id).clean is not None for sample_id in rain_set.ids())


@pytest.mark.parametrize("suffix", ["jfif", "JPEG", "jpe", "JPG"])
def test_another_extension_of_the_format_counts(tmp_path: Path, suffix: str) -> None:
    for number, ending in ((1, "jpg"), (2, suffix)):
        Image.new("RGB", (32, 24), (number, 0, 0)).save(tmp_path / f"{number}.{ending}", "JPEG")
    for pattern in ("*", "*.jpg", "{id}.jpg"):
        rain_set = UnpairedRainSet("mine", tmp_path, pattern)
        assert rain_set.ids() == ("1", "2") and rain_set.notices == ()


def test_a_dangling_link_is_a_failing_id_on_either_side(tmp_path: Path) -> None:
    write_pairs(tmp_path, "1.png", "2.png", "3.png")
    for path in ("rainy/2.png", "clean/2.png", "clean/3.png"):
        (tmp_path / path).unlink()
        (tmp_path / path).symlink_to("../.git/annex/objects/gone.png")
    rain_set = PairedRainSet("mine", tmp_path, RAINY, CLEAN)
    assert rain_set.ids() == ("1", "2", "3")
    for sample_id in ("2", "3"):
        for act in (rain_set.load, rain_set.key):
            with pytest.raises(SampleError, match=r"is a link to .*gone\.png, which is not there"):
                act(sample_id)


def test_a_link_to_itself_is_no_file_to_fetch(tmp_path: Path) -> None:
    write_pairs(tmp_path, "1.png", "2.png")
    (tmp_path / "rainy/2.png").unlink()
    (tmp_path / "rainy/2.png").symlink_to("2.png")
    with pytest.raises(SampleError, match=r"2\.png: is a link that leads in a circle"):
        PairedRainSet("mine", tmp_path, RAINY, CLEAN).load("2")


def test_what_is_passed_over_is_named_with_the_reason(tmp_path: Path) -> None:
    write_pairs(tmp_path, "1.png")
    for name in ("2.jpg", "._1.png", "notes.txt", "1.png.bak", "3.heic"):
        (tmp_path / "rainy" / name).write_bytes(b"-")
    rain_set = PairedRainSet("mine", tmp_path, RAINY, CLEAN)
    assert rain_set.ids() == ("1",)
    assert sorted(rain_set.notices) == [
        "1 file passed over (hidden): ._1.png",
        "2 files passed over (another extension): 2.jpg, 3.heic",
    ]


def test_what_another_pattern_takes_is_not_passed_over(tmp_path: Path) -> None:
    for seed, name in enumerate(("1_in.png", "1_GT.png", "2_in.png", "2_GT.png")):
        write_picture(tmp_path / name, seed)
    rain_set = PairedRainSet("mine", tmp_path, "{id}_in.png", "{id}_GT.png")
    assert rain_set.notices == ()
    write_picture(tmp_path / "2_mask.png", 9)
    rain_set = PairedRainSet("mine", tmp_path, "{id}_in.png", "{id}_GT.png")
    assert rain_set.notices == ("1 file passed over (another name): 2_mask.png",)


def test_hidden_folders_hold_no_pictures(tmp_path: Path) -> None:
    write_picture(tmp_path / "bridge/1.png", 1)
    write_picture(tmp_path / ".thumbnails/1.png", 2)
    assert UnpairedRainSet("mine", tmp_path, "{video}/{frame}.png").ids() == ("bridge__1",)
    assert UnpairedRainSet("mine", tmp_path, ".thumbnails/{frame}.png").ids() == ("1",)


def test_of_one_name_in_two_spellings_the_patterns_own_counts(tmp_path: Path) -> None:
    write_picture(tmp_path / "1.png", 1)
    write_picture(tmp_path / "1.PNG", 2)
    rain_set = UnpairedRainSet("mine", tmp_path, "{id}.png")
    assert rain_set.ids() == ("1",)
    assert rain_set.notices == ("1 file passed over (the same name as 1.png): 1.PNG",)


@pytest.mark.parametrize(
    "copy", ["902_2(1).jpg", "902_2 (2).jpg", "902_2 - Copy.jpg", "902_2 copy.jpg"]
)
def test_a_second_copy_does_not_count(tmp_path: Path, copy: str) -> None:
    for number in (1, 2):
        write_picture(tmp_path / f"rainy_image/902_{number}.jpg", number)
    write_picture(tmp_path / "ground_truth/902.jpg", 9)
    shutil.copy(tmp_path / "rainy_image/902_2.jpg", tmp_path / "rainy_image" / copy)
    patterns = "rainy_image/{scene}_{rain}.jpg", "ground_truth/{scene}.jpg"
    rain_set = PairedRainSet("mine", tmp_path, *patterns)
    assert rain_set.ids() == ("902_1", "902_2")
    assert rain_set.notices == (f"1 file passed over (a second copy of 902_2.jpg): {copy}",)
    write_picture(tmp_path / "rainy_image" / copy, 7)  # another picture is no copy
    assert len(PairedRainSet("mine", tmp_path, *patterns).ids()) == 3


def test_equal_pictures_are_named(tmp_path: Path) -> None:
    for name, seed in (("1.png", 1), ("2.png", 2), ("5.png", 1)):
        write_picture(tmp_path / name, seed)
    rain_set = UnpairedRainSet("mine", tmp_path)
    assert len(rain_set.ids()) == 3
    assert rain_set.notices == ("1 picture is counted again under another name: 1.png = 5.png",)


def test_rainy_and_clean_are_not_one_file(tmp_path: Path) -> None:
    write_pairs(tmp_path, "1.png")
    (tmp_path / "clean/1.png").unlink()
    (tmp_path / "clean/1.png").hardlink_to(tmp_path / "rainy/1.png")
    with pytest.raises(SampleError, match="the rainy and the clean picture are one file"):
        PairedRainSet("mine", tmp_path, RAINY, CLEAN).load("1")


def test_names_with_accents_meet_however_they_are_written(tmp_path: Path) -> None:
    composed, apart = "caf\u00e9", "cafe\u0301"
    write_picture(tmp_path / f"{apart}/{apart}.png", 1)
    write_picture(tmp_path / f"clean/{composed}.png", 2)
    rain_set = PairedRainSet("mine", tmp_path, f"{composed}/{{id}}.png", "clean/{id}.png")
    assert rain_set.ids() == (composed,)
    assert rain_set.load(composed).clean is not None
