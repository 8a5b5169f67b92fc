"""Pictures that somebody made up: refused in a line, or read with a note of what was done."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import hostile_pictures
import numpy as np
import pytest
from endless_files import ENDLESS, endless
from hostile_pictures import chunk, encoded, photo, png
from PIL import Image, ImageCms

from harness import memory
from harness.errors import SampleError
from harness.images import read_colour_map, read_label_map, read_rgb, read_size
from harness.picture_colours import picture_digest
from harness.plugins.options import bind_options
from harness.rain_sets.files_layout import FilesRainSet
from harness.rain_sets.map_truths import _read_values
from harness.rain_sets.streets import streets_heavy
from harness.rain_sets.unpaired import UnpairedRainSet


@pytest.mark.parametrize("name", hostile_pictures.REFUSED)
def test_what_is_no_picture_is_refused_in_a_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(hostile_pictures.REFUSED[name])
    with pytest.raises(SampleError) as refused:
        read_rgb(path)
    text = str(refused.value)
    assert text.startswith(str(path)) and "\n" not in text and len(text) < 400


@pytest.mark.parametrize("name", hostile_pictures.READ)
def test_what_was_converted_leaves_a_note(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(hostile_pictures.READ[name])
    notes = read_rgb(path).notes
    assert bool(notes) == (name not in {"one.png", "column.png", "row.png"})
    assert all(note.startswith(f"{name}: ") for note in notes)


def test_postscript_is_named_and_no_program_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *given, **_: started.append(given))
    path = tmp_path / "rain.png"
    path.write_bytes(hostile_pictures.EPS)
    with pytest.raises(SampleError, match="it is PostScript"):
        read_rgb(path)
    with pytest.raises(SampleError, match="it is PostScript"):
        read_size(path)
    assert started == []


@pytest.mark.parametrize(("kind", "told"), ENDLESS.items())
def test_what_never_ends_is_not_read(tmp_path: Path, kind: str, told: str) -> None:
    path = endless(tmp_path / "rain.png", kind)
    for read in (read_rgb, read_size, read_label_map, read_colour_map):
        with pytest.raises(SampleError, match=told):
            read(path)


def test_a_picture_beyond_the_memory_is_refused_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PNG of 169 megapixels in half a megabyte; it took 17.5 GB, and the process was killed."""
    path = tmp_path / "bomb.png"
    path.write_bytes(png(13000, 13000, zlib.compress(bytes(99))))
    monkeypatch.setattr(memory, "left_for_this_process", lambda: 12e9)
    with pytest.raises(SampleError) as refused:
        read_rgb(path, bytes_per_pixel=104)
    assert "13000x13000 takes 17.6 GB of memory, and 12 GB are left" in str(refused.value)
    monkeypatch.setattr(memory, "_sharers", 2)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    with pytest.raises(SampleError, match=r"and 2 GB are left for each of 6 at a time"):
        read_rgb(path)


def test_a_sample_is_refused_by_what_a_run_takes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (3000, 3000)).save(tmp_path / "large.png")
    monkeypatch.setattr(memory, "left_for_this_process", lambda: 0.7e9)
    with pytest.raises(SampleError, match=r"3000x3000 takes 0.936 GB of memory, and 0.7 GB are"):
        UnpairedRainSet("mine", tmp_path).load("large")
    options = {"root": str(tmp_path), "pictures": "{id}.png", "max_side": 512}
    smaller = FilesRainSet("mine", **bind_options("it", FilesRainSet, options, tmp_path))
    assert smaller.load("large").rainy.shape == (512, 512, 3)
    with pytest.raises(SampleError, match=r"2048x2048 takes 1.02 GB of memory"):
        streets_heavy(scenes=1, width=2048, height=2048).load("street-1000000")


def test_truths_of_several_pages_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.tif"
    first, second = Image.new("L", (8, 6)), Image.new("L", (8, 6), 9)
    path.write_bytes(encoded("TIFF", first, save_all=True, append_images=[second]))
    for read in (read_label_map, read_colour_map, _read_values):
        with pytest.raises(SampleError, match="several pictures"):
            read(path)


def test_a_depth_array_that_claims_more_than_it_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "depth.npy"
    np.save(path, np.ones((2, 3)))
    path.write_bytes(path.read_bytes().replace(b"(2, 3)", b"(2**40, 3)"[:6]))
    with pytest.raises(SampleError, match="no depth can be read"):
        _read_values(path)
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (999999, 999999), }"
    path.write_bytes(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + bytes(64))
    with pytest.raises(SampleError, match="no depth can be read"):
        _read_values(path)
    np.save(path, np.array([{}], object))
    with pytest.raises(SampleError, match="no depth can be read"):
        _read_values(path)


def of_profile(folder: Path, name: str, profile: bytes | None, mode: str = "RGB") -> Path:
    path = folder / name
    photo().convert(mode).save(path, icc_profile=profile)
    return path


def wide_profile() -> bytes:
    """A profile of other primaries, made by LittleCMS from sRGB's: red and blue change places."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(content[at : at + 4]): at for at in range(132, 132 + 12 * 20, 12)}
    red, blue = tags[b"rXYZ"], tags[b"bXYZ"]
    content[red : red + 4], content[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(content)


def test_colours_of_another_profile_are_converted_with_a_note(tmp_path: Path) -> None:
    profile = wide_profile()
    plain = read_rgb(of_profile(tmp_path, "plain.png", None)).pixels
    converted = read_rgb(of_profile(tmp_path, "wide.png", profile))
    assert converted.notes == (
        "wide.png: colours converted from its profile (sRGB built-in) to sRGB",
    )
    # Another way through the same library: a transform of the whole picture by Pillow.
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    expected = ImageCms.profileToProfile(
        photo(),
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert np.array_equal(converted.pixels, np.asarray(expected))
    # And by hand: red and blue of such a profile have changed places.
    assert np.abs(converted.pixels.astype(int) - plain[..., ::-1]).max() <= 2


def test_a_profile_of_srgb_changes_nothing_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = of_profile(tmp_path, "plain.png", None)
    same = of_profile(tmp_path, "same.png", profile)
    assert read_rgb(same).notes == ()
    assert np.array_equal(read_rgb(same).pixels, read_rgb(plain).pixels)
    damaged = of_profile(tmp_path, "damaged.png", b"no profile at all" * 20)
    assert read_rgb(damaged).notes == ("damaged.png: its colour profile is damaged: left aside",)
    assert np.array_equal(read_rgb(damaged).pixels, read_rgb(plain).pixels)


def test_only_files_of_other_colours_have_a_new_digest(tmp_path: Path) -> None:
    plain = of_profile(tmp_path, "plain.png", None)
    assert len(picture_digest(plain)) == 64
    wide = of_profile(tmp_path, "wide.png", wide_profile())
    assert picture_digest(wide)[64:] == " colours 1"


def test_a_gamma_is_applied(tmp_path: Path) -> None:
    """Light is the level to the power of 1/gamma: with gamma 1 a half is 188 of sRGB's 255."""
    rows = b"".join(b"\0" + bytes([level] * 12) for level in (0, 128, 255, 20))
    for name, gamma, levels in (
        ("linear.png", 100000, [0, 188, 255, 79]),
        ("usual.png", 45455, [0, 128, 255, 20]),
    ):
        stated = chunk(b"gAMA", struct.pack(">I", gamma))
        (tmp_path / name).write_bytes(png(4, 4, zlib.compress(rows), stated))
        picture = read_rgb(tmp_path / name)
        assert picture.pixels[:, 0, 0].tolist() == levels
        assert bool(picture.notes) == (gamma == 100000)


def test_primaries_without_a_profile_are_refused(tmp_path: Path) -> None:
    adobe = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
    stated = chunk(b"cHRM", struct.pack(">8I", *adobe))
    (tmp_path / "a.png").write_bytes(png(2, 2, zlib.compress(bytes(14)), stated))
    with pytest.raises(SampleError, match="primaries of its own"):
        read_rgb(tmp_path / "a.png")


def test_a_name_that_is_no_utf8_can_be_noted(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    try:
        path.write_bytes(encoded("PNG", photo().convert("L")))
    except OSError:
        pytest.skip(f"{sys.platform} allows no such names here")
    (note,) = read_rgb(path).notes
    assert note.encode("utf-8").startswith(b"caf")
