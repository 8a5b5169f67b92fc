import cv2
import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torch import nn

from harness.digests import digest_file
from harness.errors import ConfigError, DerainerError
from harness.training.features import BackboneFeatures, VGGFeatures, build_extractor
from harness.training.losses import (
    ContrastivePrior,
    edge_loss,
    l1_loss,
    laplacian,
    mse_loss,
    ssim,
    ssim_loss,
)


def _images(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_ssim_equals_scikit_image_on_the_valid_region():
    first, second = _images(2, 3, 40, 52), _images(2, 3, 40, 52, seed=1)
    second = 0.7 * first + 0.3 * second
    for index in range(2):
        _, full = structural_similarity(
            first[index].permute(1, 2, 0).double().numpy(),
            second[index].permute(1, 2, 0).double().numpy(),
            data_range=1,
            channel_axis=2,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            full=True,
        )
        expected = full[5:-5, 5:-5].mean()
        assert float(ssim(first, second)[index]) == pytest.approx(expected, abs=1e-5)


def test_equal_images_cost_nothing():
    images = _images(2, 3, 16, 16)
    for loss in (l1_loss, mse_loss, ssim_loss):
        assert float(loss(images, images)) == pytest.approx(0, abs=1e-6)


def test_ssim_refuses_patches_smaller_than_its_window():
    with pytest.raises(ValueError, match="train on larger patches"):
        ssim(_images(1, 3, 8, 8), _images(1, 3, 8, 8))


@pytest.mark.parametrize("size", [(16, 20), (15, 17)])
def test_laplacian_takes_away_what_halving_and_doubling_keep(size):
    image = _images(1, 1, *size)[0, 0].numpy()
    window = np.array([0.05, 0.25, 0.4, 0.25, 0.05])

    def smooth(plane):
        return cv2.sepFilter2D(plane, -1, window, window, borderType=cv2.BORDER_REFLECT_101)

    doubled = np.zeros_like(image)
    doubled[::2, ::2] = 4 * smooth(image)[::2, ::2]
    ours = laplacian(torch.from_numpy(image)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(ours, image - smooth(doubled), atol=1e-6)


def test_edge_loss_sees_edges_and_no_brightness():
    flat = torch.full((1, 3, 24, 24), 0.3)
    step = flat.clone()
    step[..., 12:] += 0.4
    assert float(edge_loss(flat + 0.2, flat)) == pytest.approx(1e-3)
    assert float(edge_loss(step, flat)) > 5e-3
    assert float(edge_loss(step, step)) == pytest.approx(1e-3)


def test_gradient_of_the_edge_loss_is_the_numerical_one():
    clean = _images(1, 3, 8, 9).double()
    restored = _images(1, 3, 8, 9, seed=2).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda image: edge_loss(image, clean), restored)


@pytest.mark.parametrize("loss", [l1_loss, mse_loss, ssim_loss])
def test_gradient_descent_approaches_the_clean_image(loss):
    clean = _images(1, 3, 16, 16)
    restored = _images(1, 3, 16, 16, seed=1).requires_grad_()
    optimiser = torch.optim.Adam([restored], lr=0.05)
    before = float((restored - clean).abs().mean())
    for _ in range(60):
        optimiser.zero_grad()
        loss(restored, clean).backward()
        optimiser.step()
    assert float((restored - clean).abs().mean()) < 0.5 * before


class _Features(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.first = nn.Conv2d(3, 4, 3)
        self.second = nn.Conv2d(4, 5, 3, stride=2)
        self.requires_grad_(False)

    def forward(self, images):
        fine = self.first(images).tanh()
        return [fine, self.second(fine)]


def test_prior_is_the_ratio_of_weighted_distances():
    extractor = _Features()
    restored, clean, rainy = (_images(2, 3, 16, 16, seed=seed) for seed in range(3))
    loss = ContrastivePrior(extractor, (0.25, 1.0))(restored, clean, rainy)
    distances = []
    for other in (clean, rainy):
        pairs = zip(extractor(restored), extractor(other), strict=True)
        levels = [float(np.abs((a - b).numpy()).mean()) for a, b in pairs]  # over the batch, too
        distances.append(0.25 * levels[0] + levels[1])
    assert float(loss) == pytest.approx(distances[0] / distances[1], rel=1e-4)


def test_an_image_that_rain_hardly_touched_does_not_rule_the_gradient():
    prior = ContrastivePrior(_Features(), (0.5, 0.5))
    clean, rainy = _images(2, 3, 16, 16), _images(2, 3, 16, 16, seed=1)
    rainy[0] = clean[0] + 1e-4
    restored = (0.5 * clean + 0.5 * rainy + 1e-5).requires_grad_()
    prior(restored, clean, rainy).backward()
    untouched, touched = restored.grad.abs().mean((1, 2, 3)).tolist()
    assert untouched < 2 * touched


def test_prior_gives_its_gradient_to_the_restored_image_alone():
    restored, clean, rainy = (_images(1, 3, 16, 16, seed=s).requires_grad_() for s in range(3))
    extractor = _Features()
    ContrastivePrior(extractor, (0.5, 0.5))(restored, clean, rainy).backward()
    assert restored.grad is not None
    assert restored.grad.abs().sum() > 0
    assert clean.grad is None
    assert rainy.grad is None
    assert all(parameter.grad is None for parameter in extractor.parameters())


def test_gradient_of_the_prior_is_the_numerical_one():
    clean, rainy = _images(1, 3, 8, 8).double(), _images(1, 3, 8, 8, seed=1).double()
    prior = ContrastivePrior(_Features().double(), (0.25, 1.0))
    restored = _images(1, 3, 8, 8, seed=2).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda image: prior(image, clean, rainy), restored)


def test_prior_pulls_to_the_clean_and_away_from_the_rainy_image():
    clean, rainy = _images(1, 3, 16, 16), _images(1, 3, 16, 16, seed=1)
    prior = ContrastivePrior(_Features(), (0.5, 0.5))
    restored = (0.5 * clean + 0.5 * rainy).requires_grad_()
    optimiser = torch.optim.Adam([restored], lr=0.02)
    before = float((restored - clean).abs().mean())
    for _ in range(40):
        optimiser.zero_grad()
        prior(restored, clean, rainy).backward()
        optimiser.step()
    assert float((restored - clean).abs().mean()) < 0.7 * before


def test_the_denominator_is_the_mean_distance_over_all_negatives():
    prior = ContrastivePrior(_Features(), (0.25, 1.0))
    restored, clean, *negatives = (_images(2, 3, 16, 16, seed=seed) for seed in range(6))
    together = prior(restored, clean, negatives[0], torch.stack(negatives[1:], dim=1))
    alone = [float(prior(restored, clean, negative)) for negative in negatives]
    expected = len(alone) / sum(1 / ratio for ratio in alone)
    assert float(together) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("count", [0, 3])
def test_prior_falls_towards_the_clean_and_rises_towards_the_rainy_image(count):
    prior = ContrastivePrior(_Features(), (0.5, 0.5))
    clean, rainy, middle = (_images(1, 3, 16, 16, seed=seed) for seed in (0, 1, 2))
    others = _images(1, count, 3, 16, 16, seed=3) if count else None

    def at(share, target):
        return float(prior(middle + share * (target - middle), clean, rainy, others))

    assert at(0, clean) > at(0.3, clean) > at(0.6, clean) > at(0.9, clean)
    assert at(0, rainy) < at(0.3, rainy) < at(0.6, rainy) < at(0.9, rainy)


def test_negatives_get_no_gradient():
    restored, clean, rainy = (_images(1, 3, 16, 16, seed=s).requires_grad_() for s in range(3))
    others = _images(1, 2, 3, 16, 16, seed=3).requires_grad_()
    ContrastivePrior(_Features(), (0.5, 0.5))(restored, clean, rainy, others).backward()
    assert restored.grad.abs().sum() > 0
    assert clean.grad is rainy.grad is others.grad is None


def test_prior_checks_its_levels():
    images = _images(1, 3, 16, 16)
    with pytest.raises(ValueError, match="2 levels for 3 weights"):
        ContrastivePrior(_Features(), (1, 1, 1))(images, images, images)


@pytest.mark.parametrize("named", [(None, None), ("vgg.pth", "rtmdet_streets")])
def test_exactly_one_extractor_must_be_named(named, tmp_path):
    with pytest.raises(ConfigError, match="exactly one of `vgg19`"):
        build_extractor(named[0] and tmp_path / named[0], named[1], None)


def _vgg_file(tmp_path):
    from mmcv.cnn import VGG

    torch.manual_seed(0)
    path = tmp_path / "vgg19.pth"
    tensors = VGG(19).state_dict()
    torch.save({k: v for k, v in tensors.items() if int(k.split(".")[1]) < 14}, path)
    return path


def test_vgg_features_are_tapped_where_drnet_taps_them(tmp_path):
    path = _vgg_file(tmp_path)
    extractor, weights = build_extractor(path, None, None)
    images = _images(1, 3, 32, 32)
    features = extractor(images)
    assert [f.shape[1] for f in features] == [64, 64, 128, 128, 256]
    assert [f.shape[2] for f in features] == [32, 32, 16, 8, 8]
    assert weights == (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1)
    tensors = torch.load(path, weights_only=True)
    mean = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)
    first = nn.functional.conv2d(
        (images - mean) / std, tensors["features.0.weight"], tensors["features.0.bias"], padding=1
    )
    assert torch.allclose(features[0], first.relu(), atol=1e-5)
    assert not any(parameter.requires_grad for parameter in extractor.parameters())


def test_vgg_weights_are_fetched_once(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    path = _vgg_file(tmp_path)
    url = f"{path.as_uri()}#sha256={digest_file(path)}"
    first, _ = build_extractor(url, None, None)
    path.unlink()
    again, _ = build_extractor(url, None, None)
    (cached,) = (tmp_path / "home").rglob("*.pth")
    with pytest.raises(DerainerError, match="is another file than"):
        build_extractor(f"{path.as_uri()}#sha256={'0' * 64}", None, None)
    assert cached.is_file()
    images = _images(1, 3, 16, 16)
    pairs = zip(first(images), again(images), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


@pytest.mark.parametrize(
    "name", ["missing.pth", "missing.pth#sha256=0123456789", "vgg19-0123456789ab.pth"]
)
def test_what_cannot_be_fetched_names_the_alternatives(tmp_path, monkeypatch, name):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    (tmp_path / "vgg19-0123456789ab.pth").write_bytes(b"something else")
    with pytest.raises(DerainerError, match=rf"{name}: cannot be fetched.*path as `vgg19`, or"):
        build_extractor(f"{tmp_path.as_uri()}/{name}", None, None)
    assert not list((tmp_path / "home").rglob("*.pth"))


def test_vgg_file_without_a_layer_is_refused(tmp_path):
    path = tmp_path / "half.pth"
    torch.save({"features.0.weight": torch.zeros(64, 3, 3, 3)}, path)
    with pytest.raises(DerainerError, match=r"no weights of VGG-19 \(features\.0\.bias missing\)"):
        VGGFeatures(path)


class _Detector(nn.Module):
    class Preprocessor(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mean", torch.tensor([10.0, 20, 30]).reshape(3, 1, 1))
            self.register_buffer("std", torch.tensor([2.0, 4, 8]).reshape(3, 1, 1))
            self._channel_conversion = False

    class Identity(nn.Module):
        def forward(self, images):
            return (images,)

    def __init__(self):
        super().__init__()
        self.data_preprocessor = self.Preprocessor()
        self.backbone = self.Identity()


def test_backbone_sees_what_its_detector_would_feed_it():
    (feature,) = BackboneFeatures(_Detector())(torch.tensor([0.2, 0.4, 0.6]).reshape(1, 3, 1, 1))
    bgr = torch.tensor([153.0, 102, 51])
    expected = (bgr - torch.tensor([10.0, 20, 30])) / torch.tensor([2.0, 4, 8])
    assert torch.allclose(feature.flatten(), expected, atol=1e-4)
