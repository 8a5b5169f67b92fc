from pathlib import Path

import pytest
import torch
from torch import nn

from harness.errors import DerainerError
from harness.weights import fit_state_dict, read_state_dict


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


@pytest.mark.parametrize("wrapper", [None, "state_dict", "net", "params_ema"])
@pytest.mark.parametrize("prefix", ["", "module.", "derainet.", "module.derainet."])
def test_wrappers_and_prefixes(tmp_path: Path, wrapper: str | None, prefix: str) -> None:
    source = network()
    tensors = {prefix + key: value for key, value in source.state_dict().items()}
    torch.save({wrapper: tensors, "clock": {"epoch": 3}} if wrapper else tensors, tmp_path / "w")
    target = network()
    fit_state_dict(target, read_state_dict(tmp_path / "w"), tmp_path / "w")
    assert torch.equal(source[0].weight, target[0].weight)  # type: ignore[index, union-attr]


def test_half_precision_comes_back_as_float32(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(2, dtype=torch.float16)}, tmp_path / "w")
    assert read_state_dict(tmp_path / "w")["weight"].dtype == torch.float32


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 3, 3))
    torch.save(other.state_dict(), tmp_path / "w")
    with pytest.raises(DerainerError, match=r"weights of another network.*missing.*another shape"):
        fit_state_dict(network(), read_state_dict(tmp_path / "w"), tmp_path / "w")


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {"a": torch.ones(1)}, "hook": Path}, tmp_path / "w")
    with pytest.raises(DerainerError, match="`trust: true`"):
        read_state_dict(tmp_path / "w")
    assert list(read_state_dict(tmp_path / "w", trust=True)) == ["a"]


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 truncated"])
def test_damaged_files_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w").write_bytes(content)
    with pytest.raises(DerainerError, match=r"damaged or no torch checkpoint|trust"):
        read_state_dict(tmp_path / "w")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DerainerError, match="no such weight file"):
        read_state_dict(tmp_path / "w")
