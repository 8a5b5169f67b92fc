import math

import numpy as np
import pytest
import torch
from scipy import sparse
from scipy.optimize import linprog

from baselines.ugsm import MARGIN, UGSM, difference, streak_angle
from harness.streets.rain import RainParameters, draw_rain


def _tensor(pixels):
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


def _scene(height=160, width=192):
    rows = np.linspace(60, 150, height)[:, None] + np.zeros((1, width))
    clean = np.repeat(rows[..., None], 3, 2).astype(np.uint8)
    clean[60:120, 70:130] = (120, 60, 40)
    return clean


def _rain(angle):
    return RainParameters(
        angle=angle, layers=1, density=80.0, length=0.2, width=0.012, opacity=0.5, tint=1.0
    )


@pytest.mark.parametrize("degrees", [-45, -20, 0, 12, 30, 50])
def test_the_direction_of_drawn_rain_is_found(degrees):
    rainy = _tensor(draw_rain(_scene(), _rain(degrees), seed=3))[0].mean(0)
    assert math.degrees(streak_angle(rainy)) == pytest.approx(degrees, abs=6)


def test_streaks_are_taken_off():
    clean = _scene()
    rainy = draw_rain(clean, _rain(20), seed=5)

    def loss(restored):
        return float((restored - _tensor(clean)).square().mean())

    assert loss(UGSM().restore(_tensor(rainy))) < 0.3 * loss(_tensor(rainy))


def _matrix(shape, angle):
    """The directional difference as a matrix over a periodic picture, row by row."""

    def forward(length):
        return sparse.eye(length, format="csr")[(np.arange(length) + 1) % length] - sparse.eye(
            length
        )

    height, width = shape
    down = sparse.kron(forward(height), sparse.eye(width))
    right = sparse.kron(sparse.eye(height), forward(width))
    return math.cos(angle) * down + math.sin(angle) * right


def test_multiplier_is_the_directional_difference():
    picture = torch.rand(9, 12)
    multiplier = difference(picture.shape, 0.4)
    ours = torch.fft.irfft2(multiplier * torch.fft.rfft2(picture), s=picture.shape)
    expected = _matrix((9, 12), 0.4) @ picture.numpy().ravel()
    assert np.allclose(ours.numpy().ravel(), expected, atol=1e-5)


def test_the_solver_reaches_the_optimum_of_the_linear_programme():
    """The model is a linear programme; SciPy's HiGHS gives its exact optimum on a small picture."""
    rng = np.random.default_rng(0)
    luma = 0.3 + 0.1 * rng.random((6, 8))
    luma[:, 3] += 0.3
    angle, model = 0.2, UGSM(along=0.8, sparsity=0.4, iterations=800)
    padded = np.pad(luma, MARGIN, mode="edge")
    along, across = (_matrix(padded.shape, angle + turn) for turn in (0, math.pi / 2))
    y = padded.ravel()

    # Over (s, a, c) the least sum(c) + 0.8 sum(a) + 0.4 sum(s), where a >= |D_along s| and
    # c >= |D_across (y - s)|.
    count = y.size
    one, none = sparse.eye(count), sparse.csr_matrix((count, count))
    constraints = sparse.bmat(
        [[along, -one, none], [-along, -one, none], [-across, none, -one], [across, none, -one]]
    )
    edges = across @ y
    bounds = np.concatenate([np.zeros(2 * count), -edges, edges])
    weights = np.repeat([0.4, 0.8, 1.0], count)
    exact = linprog(
        weights, constraints, bounds, bounds=[(0, v) for v in y] + [(0, None)] * 2 * count
    )

    def objective(s):
        return (
            np.abs(across @ (y - s)).sum() + 0.8 * np.abs(along @ s).sum() + 0.4 * np.abs(s).sum()
        )

    streaks = model.streaks(torch.from_numpy(luma).float(), angle).numpy()
    assert streaks.min() >= 0 and (streaks <= luma + 1e-6).all()
    inside = exact.x[:count].reshape(padded.shape)[MARGIN:-MARGIN, MARGIN:-MARGIN]
    assert objective(exact.x[:count]) == pytest.approx(exact.fun, rel=1e-6)
    assert np.abs(streaks - inside).mean() < 0.01


def test_nothing_becomes_brighter_and_flat_stays_flat():
    rainy = torch.rand(1, 3, 20, 30)
    assert (UGSM().restore(rainy) <= rainy + 1e-6).all()
    flat = torch.full((1, 3, 20, 30), 0.4)
    assert torch.allclose(UGSM().restore(flat), flat, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (33, 3)])
def test_any_size(size):
    rainy = torch.rand(2, 3, *size)
    restored = UGSM().restore(rainy)
    assert restored.shape == rainy.shape
    assert torch.isfinite(restored).all()


def test_alone_equals_in_a_batch():
    batch = torch.rand(3, 3, 24, 40)
    together = UGSM().restore(batch)
    alone = torch.cat([UGSM().restore(image[None]) for image in batch])
    assert torch.equal(together, alone)


@pytest.mark.parametrize("options", [{"along": -1.0}, {"sparsity": -0.1}, {"iterations": 0}])
def test_wrong_parameters_are_named(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        UGSM(**options)


def test_parameters_are_part_of_the_fingerprint():
    assert UGSM().fingerprint() != UGSM(sparsity=0.5).fingerprint()
