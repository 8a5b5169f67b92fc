"""What is written for other programs restores what we restore, by runtimes not of ours."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from harness.cli.commands import main
from harness.errors import DerainerError
from harness.exporting import export
from harness.plugins import registry


@pytest.mark.parametrize("extension", ["onnx", "pt"])
def test_a_network_is_the_same_in_a_file(
    tmp_path: Path, extension: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"ddn.{extension}"
    assert main(["export", "ddn", "--out", str(file)]) == 0
    use = {"onnx": "onnx", "pt": "torchscript"}[extension]
    assert f"{{use: {use}, file: {file}, size_multiple: 1}}" in capsys.readouterr().out
    rainy = torch.rand(2, 3, 37, 51)
    with torch.inference_mode():
        expected = registry.load("derainers", "ddn")().restore(rainy).numpy()
    if extension == "onnx":
        (restored,) = onnxruntime.InferenceSession(file).run(None, {"rainy": rainy.numpy()})
    else:
        restored = torch.jit.load(str(file))(rainy).detach().numpy()
    assert np.abs(restored - expected).max() <= 1e-4
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_what_depends_on_the_size_is_not_written(tmp_path: Path) -> None:
    """Large pictures begin on smaller versions; a graph would leave that out."""
    small = {"passes": 1, "scales": "auto"}
    with pytest.raises(DerainerError, match="restores 576x560 pixels otherwise than the network"):
        export("rdmc-s", small, tmp_path / "rdmc.pt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["guided-filter", "--out", "a.onnx"], "guided-filter: has no network"),
        (["ddn", "--out", "a.pth"], "name a file that ends in .onnx"),
        (["ddn", "--out", "nowhere/a.pt"], "nowhere: is no folder"),
        (["ddn", "--out", "a.pt", "--options", "[1]"], "--options: needs a mapping"),
        (["ddn", "--out", "a.pt", "--options", "{width: 3}"], "unknown option 'width'"),
    ],
)
def test_mistakes_are_told(
    arguments: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments]) == 2
    assert told in capsys.readouterr().err
