import pytest
import torch
from graph_networks import CONVENTIONS, Mixing, assert_restores_alike, sample
from picture_tensors import to_tensor
from torch import nn

from baselines.foreign import GivenFacts
from baselines.prenet import PReNetDerainer
from baselines.torchscript import TorchScriptDerainer
from harness.errors import ConfigError, DerainerError
from harness.tiling import Tiler


def _trace(network, path, size=(24, 32)):
    traced = torch.jit.trace(network.eval(), torch.rand(1, 3, *size), check_trace=False)
    torch.jit.save(traced, path)
    return path


@pytest.fixture
def mixing(tmp_path):
    return _trace(Mixing(), tmp_path / "mixing.pt")


def test_gives_what_the_built_in_derainer_gives(tmp_path, cpu):
    ours = PReNetDerainer()
    theirs = TorchScriptDerainer(_trace(ours.network, tmp_path / "ours.pt"))
    assert_restores_alike(theirs, ours, cpu, most=1e-5)
    assert theirs.parameters_count() == ours.parameters_count()


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_conventions(convention, tmp_path, cpu):
    network, options = CONVENTIONS[convention]
    derainer = TorchScriptDerainer(_trace(network, tmp_path / "net.pt"), **options)
    derainer.place(cpu)
    (made,) = derainer.restore_samples([sample()], cpu)
    expected = Mixing()(to_tensor(sample().rainy)[None])[0].clamp(0, 1)
    assert torch.allclose(made, expected, atol=1e-5)


class OneSize(nn.Module):
    """Fails on any picture but one of 24 rows and 32 columns."""

    def forward(self, rainy):
        return rainy.reshape(-1, 3, 24, 32) / 2


@pytest.mark.parametrize(
    ("size", "tiles"), [((24, 32), False), ((7, 20), False), ((40, 52), True), ((20, 90), True)]
)
def test_a_fixed_input_size(size, tiles, tmp_path, cpu):
    path = tmp_path / "net.pt"
    torch.jit.save(torch.jit.script(OneSize()), path)
    derainer = TorchScriptDerainer(path, input_size=(24, 32), size_multiple=16)
    derainer.tiler = Tiler()
    derainer.place(cpu)
    (made,) = derainer.restore_samples([sample(size)], cpu)
    assert torch.allclose(made, to_tensor(sample(size).rainy) / 2, atol=1e-6)
    assert (derainer.tiler.tiling is not None) == tiles


def test_tiles_may_be_forbidden(tmp_path, cpu):
    path = tmp_path / "net.pt"
    torch.jit.save(torch.jit.script(OneSize()), path)
    derainer = TorchScriptDerainer(path, input_size=(24, 32))
    derainer.tiler = Tiler("off")
    derainer.place(cpu)
    with pytest.raises(DerainerError, match=r"takes pictures of 32x24 alone and this one is 52x40"):
        derainer.restore_samples([sample()], cpu)


def test_a_failing_graph_is_named(tmp_path, cpu):
    path = tmp_path / "net.pt"
    torch.jit.save(torch.jit.script(OneSize()), path)
    derainer = TorchScriptDerainer(path)
    with pytest.raises(
        DerainerError, match=r"net.pt failed on an input of shape \(1, 3, 40, 52\) .*24"
    ):
        derainer.restore_samples([sample()], cpu)


def test_several_outputs_are_not_guessed(tmp_path, cpu):
    network, options = CONVENTIONS["another range, second output"]
    path = _trace(network, tmp_path / "net.pt")
    for output, asked in ((None, "is not set"), (2, "is 2"), ("clean", "is 'clean'")):
        derainer = TorchScriptDerainer(path, **{**options, "output": output})
        with pytest.raises(DerainerError, match=rf"returned 2 outputs, 0 to 1 .* `output` {asked}"):
            derainer.restore_samples([sample()], cpu)


def test_another_shape_is_named(tmp_path, cpu):
    path = _trace(nn.Conv2d(3, 1, 3), tmp_path / "net.pt")
    with pytest.raises(DerainerError, match=r"gave shape \(1, 1, 38, 50\) .* \(1, 3, 40, 52\)"):
        TorchScriptDerainer(path).restore_samples([sample()], cpu)


@pytest.mark.parametrize("content", [b"\0\1\2 no archive", None])
def test_wrong_files_are_named(content, tmp_path):
    path = tmp_path / "net.pt"
    if content is None:
        torch.save(nn.Conv2d(3, 3, 3).state_dict(), path)
    else:
        path.write_bytes(content)
    with pytest.raises(DerainerError, match=r"net.pt: no TorchScript that torch can load"):
        TorchScriptDerainer(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"value_range": (1, 0)}, "value_range: black must be below white"),
        ({"std": (1, 0, 1)}, "std: must be above 0"),
        ({"size_multiple": 0}, "size_multiple: must be at least 1"),
        ({"input_size": (0, 5)}, "input_size: must be height and width"),
    ],
)
def test_wrong_options_are_named(options, message, mixing):
    with pytest.raises(ConfigError, match=message):
        TorchScriptDerainer(mixing, **options)


def test_facts_and_fingerprint(mixing, tmp_path):
    derainer = TorchScriptDerainer(mixing, size_multiple=4, value_range=(-1, 1))
    assert derainer.facts.title == "mixing"
    assert (derainer.facts.size_multiple, derainer.facts.normalisation) == (
        4,
        "levels from -1 to 1",
    )
    again = TorchScriptDerainer(
        mixing.rename(tmp_path / "renamed.pt"),
        size_multiple=4,
        value_range=(-1, 1),
        facts=GivenFacts(year=2019),
    )
    assert again.fingerprint() == derainer.fingerprint()
    others = [{"size_multiple": 8}, {"channel_order": "BGR"}, {"residual": True}, {"output": 0}]
    path = tmp_path / "renamed.pt"
    prints = {TorchScriptDerainer(path, **options).fingerprint() for options in others}
    prints.add(TorchScriptDerainer(path).fingerprint())
    prints.add(TorchScriptDerainer(_trace(nn.Conv2d(3, 3, 1), tmp_path / "b.pt")).fingerprint())
    assert len(prints | {derainer.fingerprint()}) == 7


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\nsize 12\n",
            "Git-LFS pointer to a file of 12",
        ),
        (b"", "is empty"),
        (b"no archive", 'is a text that begins "no archive", not the file of a network'),
    ],
)
def test_what_lies_in_the_place_of_the_file_is_named(content, what, tmp_path):
    (tmp_path / "net.pt").write_bytes(content)
    with pytest.raises(DerainerError, match=what):
        TorchScriptDerainer(tmp_path / "net.pt")
