import pytest
import torch

from baselines.umrl import UMRL, ImageNorm, UMRLDerainer


@pytest.fixture
def network():
    torch.manual_seed(0)
    return UMRL()


def test_own_statistics_are_those_of_training_mode_with_one_image(network):
    rainy = torch.rand(2, 3, 32, 48)
    network.normalise_by_image(True)
    with torch.inference_mode():
        restored = network.eval()(rainy)
        in_training = torch.cat([network.train()(image[None]) for image in rainy])
    assert torch.allclose(restored, in_training, atol=1e-4)


def test_own_statistics_leave_no_trace(network):
    norm = ImageNorm(4).eval()
    norm.by_image = True
    before = {key: value.clone() for key, value in norm.state_dict().items()}
    norm(torch.rand(2, 4, 8, 8) * 7)
    assert all(torch.equal(value, before[key]) for key, value in norm.state_dict().items())


@pytest.fixture
def unknown_weights(network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "mine.pth")
    return tmp_path / "mine.pth"


def test_levels_are_stretched_image_by_image(unknown_weights):
    derainer = UMRLDerainer(unknown_weights, own_statistics=True, stretch=True)
    with torch.inference_mode():
        restored = derainer.restore(torch.rand(2, 3, 32, 48))
    assert restored.amin((1, 2, 3)).tolist() == [0, 0]
    assert restored.amax((1, 2, 3)).tolist() == [1, 1]


def test_how_it_is_tested_is_part_of_the_fingerprint(unknown_weights):
    fingerprints = {
        UMRLDerainer(unknown_weights, own_statistics=own, stretch=stretch).fingerprint()
        for own in (False, True)
        for stretch in (False, True)
    }
    assert len(fingerprints) == 4
    assert UMRLDerainer(unknown_weights).fingerprint() in fingerprints


def test_the_authors_weights_are_tested_as_the_authors_do(authors_weights, unknown_weights):
    theirs = UMRLDerainer(authors_weights / "umrl_rain800.pth")
    assert (theirs.own_statistics, theirs.stretch) == (True, True)
    ours = UMRLDerainer(unknown_weights)
    assert (ours.own_statistics, ours.stretch) == (False, False)
