import os

import pytest
from pydantic import ValidationError

from harness.config import read_yaml
from harness.errors import ConfigError
from harness.settings import check_model
from harness.training.data_settings import DataSettings
from harness.training.derainer_settings import DerainerTraining
from harness.training.loaders import open_sources, train_loader, validation_loader

TRAINING = """
train: derainer
use: rdmc
data:
  width: 64
  height: 48
  crops: 1
  sources: {sources}
patch: 16
batch: 2
iterations: 4
losses: {{ssim: 1.0, contrastive: {{negatives: 2, vgg19: vgg19.pth}}}}
validation: {{scenes: [500, 2]}}
"""


def _read(tmp_path, sources):
    path = tmp_path / "training.yaml"
    path.write_text(TRAINING.format(sources=sources))
    return check_model(DerainerTraining, read_yaml(path), str(path), path.parent)


def test_sources_of_every_kind_are_opened_beside_each_other(tmp_path, make_pairs, monkeypatch):
    monkeypatch.setenv("PICTURES", str(make_pairs(tmp_path / "elsewhere", size=(60, 90))))
    make_pairs(tmp_path / "beside", size=(60, 90))
    settings = _read(
        tmp_path,
        """
    - {photos: ["${PICTURES}/norain", beside/norain], scale: [0.5, 1], share: 0.25,
       rain: {added: 0.5, heavy: 0.5}}
    - {pairs: {layout: Rain100L, root: "${PICTURES}"}, share: 0.25}
    - {pairs: {name: Ours, layout: pairs, root: beside, rainy: "rainy/rain-{id}.png",
       clean: "norain/norain-{id}.png"}, share: 0.25}
    - {pairs: {layout: streets-heavy, first_seed: 7, scenes: 1, width: 64, height: 48},
       share: 0.25}""",
    )
    photographs, rain100l, ours, streets = (
        source.pairs for source in open_sources(settings, tmp_path / "out")
    )
    assert len(photographs.pictures) == 8
    assert [pairs.rain_set.name for pairs in (rain100l, ours)] == ["Rain100L", "Ours"]
    assert streets.ids == ("street-0000007",)
    batch = next(iter(train_loader(settings, tmp_path / "out")))
    assert batch["others"].shape == (2, 2, 3, 16, 16)


def test_a_single_source_needs_no_share(tmp_path):
    (source,) = open_sources(_read(tmp_path, "[{scenes: [0, 8]}]"), tmp_path / "out")
    assert source.share == 1


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ([{"scenes": [999_990, 20]}], "test scenes"),
        ([{"scenes": [0, 0]}], "one scene or more"),
        ([{"scenes": [0, 8], "rain": {"light": 0.5}}], "add up to 1"),
        ([{"scenes": [0, 8], "rain": {"addde": 1.0}}], "did you mean 'added'"),
        ([{"scenes": [0, 8], "photos": ["a"]}], "exactly one of scenes, photos and pairs"),
        ([{"rain": {"light": 1.0}}], "exactly one of scenes, photos and pairs"),
        ([{"scenes": [0, 8], "scale": [0.5, 1]}], "`scale` is for photos"),
        ([{"photos": ["a"], "scale": [1, 0.5]}], "needs the least"),
        ([{"photos": ["a"], "lines": [2160, 240]}], "needs the least"),
        ([{"scenes": [0, 8], "lines": [240, 480]}], "`lines` is for photos"),
        ([{"photos": ["a"], "sizes": [[384, 224]]}], "`sizes` are for scenes"),
        ([{"scenes": [0, 8], "sizes": []}], "at least 1 item"),
        ([{"photos": []}], "at least 1 item"),
        ([{"pairs": {"root": "a"}}], "needs `name` or `layout`"),
        ([{"pairs": "Rain100L", "rain": {"light": 1.0}}], "their own rain"),
        ([{"pairs": "Rain100L", "jpeg": 0.5}], "are what they are"),
        ([{"scenes": [0, 8]}, {"scenes": [8, 8]}], "need a `share` each"),
        ([{"scenes": [0, 8], "share": 0.5}, {"scenes": [8, 8], "share": 0.6}], "add up to 1"),
        ([{"scenes": [0, 8], "share": 0.5}], "add up to 1"),
        ([], "at least 1 item"),
    ],
)
def test_sources_that_contradict_themselves(sources, message):
    with pytest.raises(ValidationError, match=message):
        DataSettings.model_validate({"sources": sources})


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ("{layout: Rain100M, root: .}", "did you mean 'Rain100"),
        ("{layout: Rain100L, root: nowhere}", r"data\.sources\[0\]\.pairs.*nowhere does not exist"),
        ("{layout: Rain100L, roof: .}", "did you mean 'root'"),
        ("{layout: SIRR-real, root: rain/rainy}", "no clean images"),
        ("streets-heavy", "test scenes"),
        ("{layout: streets, level: light, first_seed: 999_999, scenes: 2}", "test scenes"),
    ],
)
def test_rain_sets_that_cannot_be_trained_on(tmp_path, make_pairs, pairs, message):
    make_pairs(tmp_path / "rain")
    settings = _read(tmp_path, f"[{{pairs: {pairs}}}]")
    with pytest.raises(ConfigError, match=message):
        open_sources(settings, tmp_path / "out")


def test_held_out_scenes_must_be_held_out_from_every_source(tmp_path):
    sources = "[{scenes: [0, 8], share: 0.5}, {scenes: [400, 101], share: 0.5}]"
    with pytest.raises(ConfigError, match="overlap"):
        validation_loader(_read(tmp_path, sources), tmp_path / "out")


@pytest.mark.skipif("RDMC_BENCH_DATA" not in os.environ, reason="RDMC_BENCH_DATA is not set")
def test_real_pictures_make_pairs(tmp_path):
    settings = _read(
        tmp_path,
        """
    - {photos: ["${RDMC_BENCH_DATA}/clean_photos"], scale: [0.5, 1], share: 0.5}
    - {pairs: {layout: Rain100L, root: "${RDMC_BENCH_DATA}/Rain100L"}, share: 0.5}""",
    )
    for batch in train_loader(settings, tmp_path / "out"):
        assert batch["rainy"].shape == batch["clean"].shape == (2, 3, 16, 16)
