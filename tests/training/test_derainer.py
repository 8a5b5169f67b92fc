import json

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from baselines.rdmc import RDMC
from harness.digests import digest_file
from harness.errors import ConfigError
from harness.settings import check_model
from harness.training.derainer_training import (
    DerainerTraining,
    network_builder,
    train_derainer,
)
from harness.training.loaders import train_loader
from harness.training.optimisation import build_optimiser
from harness.training.restoration_model import (
    Losses,
    MeanQuality,
    RestorationModel,
    image_quality,
)

NETWORK = {"width": 0.125, "passes": 1, "norm": "none"}


def _settings(cache, **changes):
    values = {
        "train": "derainer",
        "use": "rdmc",
        "options": NETWORK,
        "data": {"sources": [{"scenes": [0, 8]}], "width": 64, "height": 48, "cache": cache},
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


def test_a_network_of_two_scales_learns_from_parts_of_pictures(scenes, tmp_path, curve):
    losses, _ = curve
    options = {**NETWORK, "scales": 2, "corrects": "estimate"}
    settings = _settings(
        scenes,
        options=options,
        data={
            "sources": [{"scenes": [0, 8], "sizes": [[64, 48]]}],
            "width": 48,
            "height": 40,
            "cache": scenes,
        },
        patch=32,
        losses={"l1": 1.0, "ssim": 1.0, "earlier_passes": 0.5},
        validation={"scenes": [500, 2], "sizes": [[64, 48]], "every": 6},
    )
    path = train_derainer(settings, tmp_path / "out")
    assert len(losses) == 6
    assert RDMC(path, **options).options()["scales"] == 2


def test_missing_weights_to_start_from_are_named_before_anything_is_made(scenes, tmp_path):
    settings = _settings(scenes, start_from=tmp_path / "none.pth")
    with pytest.raises(ConfigError, match=r"start_from: .*none.pth does not exist; run the train"):
        train_derainer(settings, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_training_in_bfloat16_lowers_the_loss_of_a_batch(scenes):
    torch.manual_seed(0)
    settings = _settings(scenes, precision="bfloat16", optimiser={"lr": 0.003})
    model = RestorationModel(
        network_builder(settings)(), Losses({"l1": 1.0, "ssim": 1.0}), settings.precision
    )
    wrapper = build_optimiser(settings, model)
    batch = next(iter(train_loader(settings, scenes)))
    losses = [float(model.train_step(batch, wrapper)["loss"].detach()) for _ in range(40)]
    assert losses[-1] < 0.8 * losses[0]
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())


def test_contrastive_prior_without_features_stops_before_training(scenes, tmp_path):
    settings = _settings(scenes, losses={"ssim": 1.0, "contrastive": {"weight": 0.1}})
    with pytest.raises(ConfigError, match=r"losses\.contrastive: needs trained features"):
        train_derainer(settings, tmp_path / "out")


def test_every_loss_is_logged_under_its_name(scenes):
    settings = _settings(scenes)
    losses = Losses({"l1": 1.0, "mse": 0.0, "ssim": 1.0, "edge": 0.05})
    model = RestorationModel(network_builder(settings)(), losses, "float32")
    batch = next(iter(train_loader(settings, scenes)))
    terms = model(**batch, mode="loss")
    assert set(terms) == {"loss_l1", "loss_ssim", "loss_edge"}
    assert all(float(term.detach()) > 0 for term in terms.values())


def test_negatives_reach_the_prior(scenes):
    seen = {}

    def prior(restored, clean, rainy, others):
        seen.update(rainy=rainy, others=others)
        return (restored - clean).abs().mean()

    settings = _settings(scenes, losses={"l1": 1.0, "contrastive": {"negatives": 2, "vgg19": "a"}})
    losses = Losses({"l1": 1.0}, contrastive=0.5, prior=prior)
    model = RestorationModel(network_builder(settings)(), losses, "float32")
    terms = model(**next(iter(train_loader(settings, scenes))), mode="loss")
    assert float(terms["loss_contrastive"]) == pytest.approx(0.5 * float(terms["loss_l1"]))
    assert seen["others"].shape == (4, 2, 3, 16, 16)
    assert 0 < seen["others"].max() <= 1
    assert not any(torch.equal(seen["others"][:, k], seen["rainy"]) for k in range(2))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_float16_needs_a_gpu(scenes, tmp_path):
    with pytest.raises(ConfigError, match=r"float16 needs a CUDA GPU.*take bfloat16"):
        train_derainer(_settings(scenes, precision="float16"), tmp_path / "out")


def test_tensorboard_that_is_missing_is_named(scenes, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="pip install tensorboard"):
        train_derainer(_settings(scenes, log="tensorboard"), tmp_path / "out")


def test_tensorboard_gets_the_losses(scenes, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train_derainer(_settings(scenes, iterations=20, log="tensorboard"), tmp_path / "out")
    (file,) = (tmp_path / "out").rglob("*tfevents*")
    events = EventAccumulator(str(file))
    events.Reload()
    assert {"loss_ssim", "loss_l1", "psnr_y"} <= set(events.Tags()["scalars"])


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
        ({"validation": {"scenes": [1_000_000, 4]}}, "test scenes"),
        ({"optimiser": {"warmup": 6}}, "warmup"),
        ({"losses": {"vgg": 1}}, "vgg"),
        ({"data": {"scenes": [0, 8]}}, "Extra inputs"),
    ],
)
def test_settings_that_contradict_themselves(scenes, changes, message):
    with pytest.raises(ValidationError, match=message):
        _settings(scenes, **changes)


def test_vgg_may_be_a_file_beside_the_settings_or_a_url(tmp_path):
    def read(text):
        values = {"train": "derainer", "use": "rdmc", "losses": {"contrastive": {"vgg19": text}}}
        return check_model(DerainerTraining, values, "a file", tmp_path).losses.contrastive.vgg19

    assert read("vgg19.pth") == tmp_path / "vgg19.pth"
    assert read("https://example.org/vgg19.pth") == "https://example.org/vgg19.pth"


def test_held_out_scenes_must_be_held_out(scenes, tmp_path):
    with pytest.raises(ConfigError, match="overlap"):
        train_derainer(_settings(scenes, validation={"scenes": [7, 2]}), tmp_path / "out")


def test_validation_psnr_is_that_of_matlab_luma():
    clean = torch.rand(1, 3, 20, 20)
    restored = (clean + 0.02).clamp(0, 1)
    luma = 16 + np.array([65.481, 128.553, 24.966]) @ clean[0].flatten(1).double().numpy()
    other = 16 + np.array([65.481, 128.553, 24.966]) @ restored[0].flatten(1).double().numpy()
    expected = 10 * np.log10(255**2 / np.mean((luma - other) ** 2))
    assert image_quality(restored, clean)[0]["psnr_y"] == pytest.approx(expected, abs=1e-3)


def test_scores_are_of_their_level_whatever_their_order():
    rows = [
        {"psnr_y": psnr, "ssim": 0.5, "level": level}
        for psnr, level in ((20.0, "heavy"), (31.0, "light"), (22.0, "heavy"), (33.0, "light"))
    ]
    expected = {"psnr_y": 26.5, "ssim": 0.5, "psnr_y_heavy": 21.0, "psnr_y_light": 32.0}
    assert MeanQuality().compute_metrics(rows) == expected
    assert MeanQuality().compute_metrics(rows[::-1]) == expected
