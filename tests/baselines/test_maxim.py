"""MAXIM, and the reading of its weights out of a TensorFlow.js graph."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from torch import Tensor

from baselines.maxim import MAXIMDerainer, maxim_network
from baselines.maxim.maxim_network import MAXIM
from baselines.maxim.multi_axis import Patches
from harness.derainer import quantise
from harness.errors import ConfigError, DerainerError
from harness.images import read_rgb
from harness.samples import Sample
from harness.weights_by_name import find, known_files
from tasks.image_quality import psnr, rgb_to_y

PREFIX = "StatefulPartitionedCall/jax2tf_apply_/Wrapper/backbone/"
WIDTH = 4


SMALL = {"SIDES": (4, 4, 4), "SMALLEST_SIDE": 4}
"""Groups of fewer pixels than the paper's: most of the numbers mix those."""


@pytest.fixture(scope="module")
def network() -> MAXIM:
    torch.manual_seed(0)
    with mock.patch.multiple(maxim_network, **SMALL):
        return MAXIM(WIDTH).eval()


@pytest.fixture
def small() -> Iterator[None]:
    """Networks that are built have small groups too."""
    with mock.patch.multiple(maxim_network, **SMALL):
        yield


def in_graph(name: str, value: Tensor, network: MAXIM) -> tuple[str, np.ndarray, dict | None]:
    """Return a parameter's name and numbers as the published graph has them, and its node."""
    path, _, kind = name.rpartition(".")
    module = network.get_submodule(path)
    place, array = PREFIX + path.replace(".", "/"), value.numpy()
    if isinstance(module, torch.nn.LayerNorm):
        return f"{place}/{'Reshape_2' if kind == 'weight' else 'Reshape_3'}", wide(array), None
    if kind == "bias":
        return f"{place}/Reshape", wide(array), None
    if isinstance(module, torch.nn.Linear):
        argument = f"StatefulPartitionedCall/jax2tf_arg_{abs(hash(name))}/ReadVariableOp"
        node = {"name": f"{place}/einsum/Einsum", "op": "Einsum", "input": ["x", argument]}
        return argument, array.T, node
    transposed = isinstance(module, torch.nn.ConvTranspose2d)
    return f"{place}/{'transpose_4' if transposed else 'transpose_3'}", in_hwio(array), None


def wide(array: np.ndarray) -> np.ndarray:
    return array.reshape(1, 1, 1, -1)


def in_hwio(array: np.ndarray) -> np.ndarray:
    return array.transpose(2, 3, 1, 0)


def write_graph(folder: Path, network: MAXIM, shards: int = 3) -> Path:
    """Write a network as TensorFlow.js would: a graph, and files that cut the numbers anywhere."""
    nodes, weights, parts = [], [], []
    for name, value in network.state_dict().items():
        stored, array, node = in_graph(name, value, network)
        nodes += [node] if node else []
        nodes.append({"name": stored, "op": "Const"})
        weights.append({"name": stored, "shape": list(array.shape), "dtype": "float32"})
        parts.append(np.ascontiguousarray(array, dtype="<f4").tobytes())
    # What a function of the graph computes has names of the same kind, and is no parameter.
    nodes.append({"name": f"{PREFIX}stage_0_input_conv_0/jit_fn_/Reshape", "op": "Const"})
    weights.append({"name": nodes[-1]["name"], "shape": [1], "dtype": "int32"})
    numbers = b"".join([*parts, bytes(4)])
    length = len(numbers) // shards + 1
    paths = [f"group1-shard{number + 1}of{shards}.bin" for number in range(shards)]
    for number, path in enumerate(paths):
        (folder / path).write_bytes(numbers[number * length : (number + 1) * length])
    graph = {
        "modelTopology": {"node": nodes},
        "weightsManifest": [{"paths": paths, "weights": weights}],
    }
    (folder / "model.json").write_text(json.dumps(graph))
    return folder / "model.json"


@pytest.fixture(scope="module")
def graph(network: MAXIM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_graph(tmp_path_factory.mktemp("graph"), network)


@pytest.fixture(scope="module")
def package(graph: Path) -> Path:
    path = graph.parent / "maxim.tgz"
    with tarfile.open(path, "w:gz", compresslevel=0) as archive:
        for file in sorted(graph.parent.glob("*.bin")):
            archive.add(file, f"package/models/{file.name}")
        archive.add(graph, "package/models/model.json")
    return path


def test_the_size_of_the_paper() -> None:
    with torch.device("meta"):
        network = MAXIM()
    assert sum(one.numel() for one in network.parameters()) == 14_170_988


@pytest.mark.usefixtures("small")
def test_every_parameter_comes_out_of_graph_and_package_as_it_was(
    network: MAXIM, graph: Path, package: Path
) -> None:
    unpacked, packed = (MAXIMDerainer(path, features=WIDTH) for path in (graph, package))
    expected = network.state_dict()
    for derainer in (unpacked, packed):
        found = derainer.network.state_dict()
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], value) for name, value in expected.items())
    assert unpacked.weights_digest == packed.weights_digest
    assert unpacked.fingerprint() == packed.fingerprint()


@pytest.mark.usefixtures("small")
def test_a_checkpoint_of_torch_serves_too(network: MAXIM, tmp_path: Path) -> None:
    torch.save(network.state_dict(), tmp_path / "mine.pth")
    derainer = MAXIMDerainer(tmp_path / "mine.pth", features=WIDTH)
    assert "unknown" in derainer.facts.trained_on


@pytest.mark.usefixtures("small")
def test_batches_and_any_size(graph: Path, cpu) -> None:
    derainer = MAXIMDerainer(graph, features=WIDTH)
    derainer.place(cpu)
    samples = [
        Sample(str(n), np.random.default_rng(n).integers(0, 256, (50, 70, 3), np.uint8))
        for n in range(2)
    ]
    together = torch.stack(derainer.restore_samples(samples, cpu))
    alone = torch.cat([torch.stack(derainer.restore_samples([one], cpu)) for one in samples])
    assert together.shape == (2, 3, 50, 70)
    assert torch.allclose(together, alone, atol=1e-5)


def test_half_precision_and_gradients(network: MAXIM) -> None:
    rainy = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        exact = network(rainy)
    with torch.autocast("cpu", torch.bfloat16):
        restored = network(rainy)
    assert (restored.float() - exact).abs().mean() < 0.02
    restored.float().square().mean().backward()
    assert all(one.grad is not None for one in network.parameters())
    network.zero_grad()


def test_a_grid_gathers_what_lies_apart_and_a_block_what_lies_together() -> None:
    places = torch.arange(16.0).reshape(1, 4, 4, 1)
    grid, block = Patches(2, True), Patches(2, False)
    assert grid.cut(places)[0, :, 0, 0].tolist() == [0, 2, 8, 10]
    assert block.cut(places)[0, :, 0, 0].tolist() == [0, 1, 4, 5]
    for patches in (grid, block):
        assert torch.equal(patches.join(patches.cut(places), 4, 4), places)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda folder: (folder / "group1-shard2of3.bin").unlink(),
            r"shard2of3\.bin: cannot be re",
        ),
        (lambda folder: (folder / "group1-shard3of3.bin").write_bytes(b""), "are too short"),
        (
            lambda folder: (folder / "model.json").write_text(
                (folder / "model.json").read_text().replace("shard2of3", "shard1of3")
            ),
            "names a file of numbers twice",
        ),
        (lambda folder: (folder / "model.json").write_text("{}"), "is no TensorFlow.js graph"),
        (lambda folder: (folder / "model.json").write_text("<html>"), "is no TensorFlow.js graph"),
        (
            lambda folder: (folder / "model.json").write_text(
                (folder / "model.json").read_text().replace("/backbone/", "/spine/")
            ),
            "is no graph of MAXIM",
        ),
        (
            lambda folder: (folder / "model.json").write_text(
                (folder / "model.json").read_text().replace("float32", "float16", 1)
            ),
            "is of another type than float32",
        ),
    ],
)
def test_a_damaged_graph_is_told(graph: Path, tmp_path: Path, change, message: str) -> None:
    for file in graph.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    change(tmp_path)
    with pytest.raises(DerainerError, match=message):
        MAXIMDerainer(tmp_path / "model.json", features=WIDTH)


@pytest.mark.usefixtures("small")
def test_a_damaged_package_is_told(package: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.tgz").write_bytes(package.read_bytes()[:5000])
    with pytest.raises(DerainerError, match=r"cut\.tgz: damaged .*fetch it again"):
        MAXIMDerainer(tmp_path / "cut.tgz", features=WIDTH)
    with tarfile.open(tmp_path / "other.tgz", "w:gz") as archive:
        archive.add(__file__, "package/index.js")
    with pytest.raises(DerainerError, match=r"other\.tgz: holds no model\.json"):
        MAXIMDerainer(tmp_path / "other.tgz", features=WIDTH)


@pytest.mark.usefixtures("small")
def test_other_widths_do_not_fit(graph: Path) -> None:
    with pytest.raises(DerainerError, match="weights of another network than MAXIM"):
        MAXIMDerainer(graph, features=8)


PART, FIGURES = np.s_[:60, :60], (38.288, 38.290)


def test_restores_as_the_authors_network_does(bench_data: Path, cpu) -> None:
    """Of this part of pair 1, what the network gave that gave the authors' figures of the pair:
    38.466 dB rounded and 38.102 truncated, padded centred."""
    (known,) = known_files(MAXIMDerainer.known_weights)
    try:
        path = find(known)
    except ConfigError as error:
        pytest.fail(str(error))
    if path is None:
        pytest.skip("MAXIM's weights are not here; `rdmc-bench weights maxim:rain13k` fetches them")
    folder = bench_data / "Rain100L"
    rainy = read_rgb(folder / "rainy/rain-001.png").pixels[PART].copy()
    clean = rgb_to_y(read_rgb(folder / "norain/norain-001.png").pixels[PART].copy())
    derainer = MAXIMDerainer(path)
    assert derainer.facts.trained_on == "Rain13K" and "Apache-2.0" in derainer.facts.licence
    derainer.place(cpu)
    (restored,) = derainer.restore_samples([Sample("x", rainy)], cpu)
    figures = [psnr(rgb_to_y(quantise(restored, how)), clean) for how in ("round", "floor")]
    assert figures == pytest.approx(FIGURES, abs=0.01)
