import json

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from baselines.rdmc import RDMC
from harness.digests import digest_file
from harness.errors import ConfigError
from harness.rain import LEVELS, draw_rain
from harness.training.derainer import (
    DerainerTraining,
    build_optimiser,
    network_builder,
    train_derainer,
)
from harness.training.pairs import (
    CountingSampler,
    HeldOutPairs,
    Photographs,
    RainPairs,
    RenderedScenes,
    Source,
    cut_patch,
    join,
)
from harness.training.restoration_model import Losses, RestorationModel, image_quality

NETWORK = {"width": 0.125, "passes": 1, "norm": "none"}


@pytest.fixture
def scenes(tmp_path):
    """A cache of ten pictures under seeds 0-7 and 500-501, so that nothing has to be rendered."""
    cache = tmp_path / "scenes"
    folder = RenderedScenes(range(0), 64, 48, cache).folder
    folder.mkdir(parents=True)
    for seed in (*range(8), 500, 501):
        rng = np.random.default_rng(seed)
        image = np.kron(rng.integers(0, 200, (6, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
        depth = np.linspace(60, 3, 48)[:, None].repeat(64, 1).astype(np.float16)
        np.savez(folder / f"{seed}.npz", image=image, depth=depth)
    return cache


def _settings(cache, **changes):
    values = {
        "train": "derainer",
        "use": "rdmc",
        "options": NETWORK,
        "data": {"scenes": [0, 8], "width": 64, "height": 48, "cache": cache},
        "patch": 16,
        "batch": 4,
        "iterations": 6,
        "optimiser": {"warmup": 2},
        "losses": {"ssim": 1.0, "l1": 1.0},
        "ema": 0.1,
        "precision": "float32",
        "validation": {"scenes": [500, 2], "every": 2},
        "threads": 1,
    }
    return DerainerTraining.model_validate(values | changes)


@pytest.fixture
def curve(monkeypatch):
    """The losses of every step, and a way to interrupt training before a step."""
    losses, stops = [], []
    step = RestorationModel.train_step

    def recorded(self, data, optim_wrapper):
        if len(losses) in stops:
            stops.clear()
            raise KeyboardInterrupt
        outcome = step(self, data, optim_wrapper)
        losses.append(float(outcome["loss"].detach()))
        return outcome

    monkeypatch.setattr(RestorationModel, "train_step", recorded)
    return losses, stops


def test_an_interrupted_training_goes_on_as_if_nothing_had_been(scenes, tmp_path, curve):
    losses, stops = curve
    whole = torch.load(train_derainer(_settings(scenes), tmp_path / "whole"), weights_only=True)
    expected = losses.copy()
    losses.clear()
    stops.append(5)  # one step after the checkpoint at 4
    with pytest.raises(KeyboardInterrupt):
        train_derainer(_settings(scenes), tmp_path / "parts")
    assert losses == expected[:5]
    losses[4:] = []  # that step is lost and done again
    path = train_derainer(_settings(scenes), tmp_path / "parts")
    assert losses == expected
    resumed = torch.load(path, weights_only=True)
    assert all(torch.equal(resumed[key], whole[key]) for key in whole)


def test_export_is_half_precision_and_says_how_it_was_made(scenes, tmp_path):
    path = train_derainer(_settings(scenes, iterations=4), tmp_path / "out")
    tensors = torch.load(path, weights_only=True)
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert RDMC(path, **NETWORK).parameters_count() == sum(t.numel() for t in tensors.values())
    again = _settings(scenes, iterations=1, optimiser={"lr": 1e-9}, start_from=path, ema=0.0)
    continued = torch.load(train_derainer(again, tmp_path / "again"), weights_only=True)
    assert all(torch.allclose(continued[key], tensors[key], atol=1e-3) for key in tensors)
    facts = json.loads(path.with_suffix(".json").read_text())
    assert facts["sha256"] == digest_file(path)
    assert facts["settings"]["iterations"] == 4
    assert facts["iteration"] in {2, 4}
    assert facts["psnr_y_held_out"] > 0


def test_training_in_bfloat16_lowers_the_loss_of_a_batch(scenes):
    torch.manual_seed(0)
    settings = _settings(scenes, precision="bfloat16", optimiser={"lr": 0.003})
    model = RestorationModel(
        network_builder(settings)(), Losses(l1=1.0, mse=0.0, ssim=1.0), settings.precision
    )
    wrapper = build_optimiser(settings, model)
    batch = join([_pairs(scenes)[index] for index in range(2)])
    losses = [float(model.train_step(batch, wrapper)["loss"].detach()) for _ in range(40)]
    assert losses[-1] < 0.8 * losses[0]
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())


def test_contrastive_prior_without_features_stops_before_training(scenes, tmp_path):
    settings = _settings(scenes, losses={"ssim": 1.0, "contrastive": {"weight": 0.1}})
    with pytest.raises(ConfigError, match=r"losses\.contrastive: needs trained features"):
        train_derainer(settings, tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"use": "guided-filter", "options": {}}, "cannot be trained"),
        ({"use": "prenett"}, "did you mean 'prenet'"),
        ({"options": {"widht": 1}}, "did you mean 'width'"),
        ({"patch": 24}, "multiple of 16"),
        ({"batch": 5}, "multiple of data.crops"),
    ],
)
def test_settings_that_cannot_be_trained(scenes, changes, message):
    with pytest.raises(ConfigError, match=message):
        network_builder(_settings(scenes, **changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": {"scenes": [999_990, 20]}}, "test scenes"),
        ({"validation": {"scenes": [1_000_000, 4]}}, "test scenes"),
        ({"data": {"rain": {"light": 0.5}}}, "add up to 1"),
        ({"data": {"rain": {"drizzle": 1.0}}}, "no rain"),
        ({"optimiser": {"warmup": 6}}, "warmup"),
        ({"losses": {"vgg": 1}}, "vgg"),
    ],
)
def test_settings_that_contradict_themselves(scenes, changes, message):
    with pytest.raises(ValidationError, match=message):
        _settings(scenes, **changes)


def test_held_out_scenes_must_be_held_out(scenes, tmp_path):
    with pytest.raises(ConfigError, match="overlap"):
        train_derainer(_settings(scenes, validation={"scenes": [7, 2]}), tmp_path / "out")


def _pairs(cache, rain=None, crops=2, seed=0):
    source = Source(RenderedScenes(range(8), 64, 48, cache), 1.0)
    return RainPairs([source], rain or {"heavy": 1.0}, 32, crops, seed, 50)


def test_a_pair_depends_on_seed_and_number_alone(scenes):
    pairs = _pairs(scenes)
    first = pairs[3]
    pairs[4]
    assert torch.equal(first["rainy"], _pairs(scenes)[3]["rainy"])
    assert not torch.equal(first["rainy"], pairs[4]["rainy"])
    assert not torch.equal(first["rainy"], _pairs(scenes, seed=1)[3]["rainy"])
    assert first["rainy"].shape == first["clean"].shape == (2, 3, 32, 32)
    assert join([first, pairs[4]])["clean"].shape == (4, 3, 32, 32)


def test_clean_patches_come_from_the_place_of_the_rainy_ones(scenes):
    """Without drops and veil, rainy and clean are one picture."""
    pairs = _pairs(scenes)
    pairs.rain = {"light": 1.0}
    item = pairs[0]
    difference = (item["rainy"].float() - item["clean"].float()).abs().mean((1, 2, 3))
    shuffled = (item["rainy"].float() - item["clean"].flip(0).float()).abs().mean((1, 2, 3))
    assert (difference < shuffled).all()


def test_validation_draws_the_rain_of_the_benchmark(scenes):
    source = RenderedScenes(range(500, 502), 64, 48, scenes)
    held_out = HeldOutPairs(source)
    assert len(held_out) == 2 * len(LEVELS)
    clean, depth = source.picture(1, np.random.default_rng(0))
    expected = draw_rain(clean, "heavy", seed=501, depth=depth)
    assert np.array_equal(held_out[3]["rainy"][0].permute(1, 2, 0).numpy(), expected)


def test_scenes_are_rendered_once(tmp_path):
    source = RenderedScenes(range(3, 4), 64, 48, tmp_path)
    first = source.picture(0, np.random.default_rng(0))
    (path,) = source.folder.iterdir()
    written = path.stat().st_mtime_ns
    second = source.picture(0, np.random.default_rng(1))
    assert path.stat().st_mtime_ns == written
    assert np.array_equal(first.image, second.image)
    assert first.image.shape == (48, 64, 3)
    assert first.depth.shape == (48, 64)


def test_photographs_are_brought_to_the_scale_of_scenes(make_pairs, tmp_path):
    folder = make_pairs(tmp_path, size=(90, 200)) / "norain"
    photographs = Photographs([folder], width=64, height=48)
    image, depth = photographs.picture(2, np.random.default_rng(0))
    assert image.shape == (48, 64, 3)
    assert depth is None
    with pytest.raises(ConfigError, match="holds no pictures"):
        Photographs([tmp_path / "nothing"], 64, 48)


def test_a_patch_that_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="do not fit"):
        cut_patch(np.zeros((2, 20, 30, 3), np.uint8), 32, np.random.default_rng(0))


def test_sampler_begins_where_training_stopped():
    sampler = CountingSampler(5)
    assert list(sampler) == [0, 1, 2, 3, 4]
    sampler.skip(3)
    assert list(sampler) == [3, 4]


def test_validation_psnr_is_that_of_matlab_luma():
    clean = torch.rand(1, 3, 20, 20)
    restored = (clean + 0.02).clamp(0, 1)
    luma = 16 + np.array([65.481, 128.553, 24.966]) @ clean[0].flatten(1).double().numpy()
    other = 16 + np.array([65.481, 128.553, 24.966]) @ restored[0].flatten(1).double().numpy()
    expected = 10 * np.log10(255**2 / np.mean((luma - other) ** 2))
    assert image_quality(restored, clean)[0]["psnr_y"] == pytest.approx(expected, abs=1e-3)
