"""No bit of a record or a kept image changes unseen."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, PngImagePlugin

from harness.images import png_bytes
from harness.run_folder.damage import DamagedError
from harness.run_folder.kept_images import KeptImage, RestoredImages
from harness.run_folder.record_files import read_table, write_table

TABLE = pa.table(
    {
        "image": [f"image {number}" for number in range(40)],
        "psnr": [30.5 + number / 7 for number in range(40)],
        "notes": [["rdmc-bench:sha256:" + "0" * 64]] * 40,  # as a hostile file name would be
    }
)
PIXELS = np.random.default_rng(5).integers(0, 255, (24, 32, 3), dtype=np.uint8)


def with_one_bit_changed(content: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(8 * len(content))
    changed = bytearray(content)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def test_a_changed_bit_of_a_record_changes_no_row_unseen(tmp_path: Path) -> None:
    path, draw, seen = tmp_path / "rows.parquet", random.Random(2), 0
    write_table(path, TABLE)
    content = path.read_bytes()
    assert read_table(path).equals(TABLE)
    for _ in range(1000):
        path.write_bytes(with_one_bit_changed(content, draw))
        try:
            assert read_table(path).equals(TABLE)
        except DamagedError:
            seen += 1
    assert seen > 960


def test_other_readers_read_a_sealed_file_and_check_its_pages(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    write_table(path, TABLE)
    assert pq.read_table(path, page_checksum_verification=True).equals(TABLE)
    content = bytearray(path.read_bytes())
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    content[column.dictionary_page_offset + column.total_compressed_size - 5] ^= 1
    path.write_bytes(content)
    with pytest.raises(OSError, match="CRC"):
        pq.read_table(path, page_checksum_verification=True)


@pytest.mark.parametrize("kept", [0, 1, 4, 30, 200, 1000])
def test_what_is_left_of_a_record_is_damaged(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "rows.parquet"
    write_table(path, TABLE)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DamagedError, match=r"rows\.parquet: damaged"):
        read_table(path)


def test_a_record_of_an_older_version_is_read(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "rows.parquet", compression="zstd")
    assert read_table(tmp_path / "rows.parquet", ["psnr"]).equals(TABLE.select(["psnr"]))


PLACE: tuple[Any, ...] = ("set", "net", "a", "round", "k")


@pytest.fixture
def kept(tmp_path: Path) -> RestoredImages:
    images = RestoredImages(tmp_path, "round")
    images.put(*PLACE, KeptImage(PIXELS))
    return images


def path_of(kept: RestoredImages) -> Path:
    return kept.directory / "set" / "net" / "a.png"


def test_a_changed_bit_of_a_kept_image_changes_no_pixel_unseen(kept: RestoredImages) -> None:
    path, draw = path_of(kept), random.Random(2)
    content = path.read_bytes()
    for _ in range(1000):
        path.write_bytes(with_one_bit_changed(content, draw))
        found = kept.get(*PLACE)
        assert found is None or np.array_equal(found.pixels, PIXELS)


@pytest.mark.parametrize("compress", [0, 3, 9])
def test_an_edited_image_does_not_count(kept: RestoredImages, compress: int) -> None:
    path = path_of(kept)
    found = kept.get(*PLACE)
    assert found is not None and np.array_equal(found.pixels, PIXELS)
    with Image.open(path) as image:
        texts = PngImagePlugin.PngInfo()
        for name, text in image.text.items():  # type: ignore[attr-defined]
            texts.add_text(name, text)
        edited = np.asarray(image) // 2
    Image.fromarray(edited).save(path, pnginfo=texts, compress_level=compress)
    assert kept.get(*PLACE) is None
    assert not kept.has("set", "net", "a")


def test_a_kept_image_of_an_older_version_counts(kept: RestoredImages) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("key", "k")
    path_of(kept).write_bytes(png_bytes(PIXELS, texts))
    assert kept.has("set", "net", "a")
    assert kept.get(*PLACE) is not None
