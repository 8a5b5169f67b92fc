"""Reading checkpoints, against what torch itself saved; safetensors by the format's own words."""

import argparse
import json
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from harness.checkpoints import read_checkpoint
from harness.errors import DerainerError

TENSORS = {"weight": torch.arange(6.0).reshape(2, 3), "steps": torch.tensor([7])}
OLD = {key: value * 0 for key, value in TENSORS.items()}


@pytest.mark.parametrize("new_format", [True, False])
@pytest.mark.parametrize(
    "content",
    [
        TENSORS,
        *({key: TENSORS, "epoch": 3} for key in ("net", "params", "state_dict", "network")),
        {"model_state_dict": TENSORS, "optimizer": {"state": {0: {"exp_avg": torch.ones(1)}}}},
        {"model": {"state_dict": TENSORS}},
        {"params": OLD, "params_ema": TENSORS},
        {"state_dict": OLD, "state_dict_ema": TENSORS},
        {"model": OLD, "ema": {"module": TENSORS, "updates": 9}},
        {"state_dict": TENSORS, "ema_state_dict": OLD},  # mmengine: the average is swapped in
        {"somebody_s_own_name": TENSORS, "psnr": 31.2},
    ],
    ids=lambda content: " ".join(content) if isinstance(content, dict) else str(content),
)
def test_tensors_come_out_of_their_wrappers(tmp_path: Path, content: Any, new_format: bool) -> None:
    torch.save(content, tmp_path / "w", _use_new_zipfile_serialization=new_format)
    found = read_checkpoint(tmp_path / "w").tensors
    assert found.keys() == TENSORS.keys()
    assert all(torch.equal(found[key], TENSORS[key]) for key in TENSORS)


def test_two_networks_of_one_file_are_named(tmp_path: Path) -> None:
    torch.save({"G": TENSORS, "D": TENSORS}, tmp_path / "w")
    with pytest.raises(DerainerError, match=r"several networks \(G, D\)"):
        read_checkpoint(tmp_path / "w")


def test_what_holds_no_tensors_shows_its_keys(tmp_path: Path) -> None:
    torch.save({"epoch": 3, "lr": 0.1}, tmp_path / "w")
    with pytest.raises(DerainerError, match=r"holds no tensors \(keys: epoch, lr\)"):
        read_checkpoint(tmp_path / "w")


def test_what_mmengine_notes_beside_the_tensors_is_kept(tmp_path: Path) -> None:
    meta = {"dataset_meta": {"classes": ["car"]}}
    torch.save({"state_dict": TENSORS, "meta": meta}, tmp_path / "w")
    assert read_checkpoint(tmp_path / "w").meta == meta


def test_options_beside_the_tensors_need_trust(tmp_path: Path) -> None:
    torch.save({"state_dict": TENSORS, "args": argparse.Namespace(lr=1)}, tmp_path / "w")
    with pytest.raises(DerainerError, match="`trust: true`"):
        read_checkpoint(tmp_path / "w")
    assert read_checkpoint(tmp_path / "w", trust=True).tensors.keys() == TENSORS.keys()


@pytest.mark.parametrize("new_format", [True, False])
def test_a_whole_network_is_named_with_what_to_save(tmp_path: Path, new_format: bool) -> None:
    author = types.ModuleType("networks_of_author")
    code = "import torch\nclass Net(torch.nn.Module):\n  pass\n"
    exec(code, author.__dict__)
    author.Net.__module__ = author.__name__
    sys.modules[author.__name__] = author
    network = author.Net()
    network.layer = nn.Conv2d(3, 3, 3)
    torch.save({"model": network}, tmp_path / "w", _use_new_zipfile_serialization=new_format)
    trusted = read_checkpoint(tmp_path / "w", trust=True).tensors
    assert trusted.keys() == {"layer.weight", "layer.bias"}
    del sys.modules[author.__name__]
    for trust in (False, True):
        with pytest.raises(DerainerError) as error:
            read_checkpoint(tmp_path / "w", trust)
        assert "whole pickled network (networks_of_author.Net)" in str(error.value)
        assert "torch.save(network.state_dict(), 'weights.pth')" in str(error.value)


def safetensors(tensors: Mapping[str, Tensor], names: Mapping[torch.dtype, str]) -> bytes:
    """Write the format as its documentation has it."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    body = b""
    for key, value in tensors.items():
        content = bytes(value.contiguous().view(torch.uint8).flatten().tolist())
        offsets = [len(body), len(body) + len(content)]
        header[key] = {
            "dtype": names[value.dtype],
            "shape": list(value.shape),
            "data_offsets": offsets,
        }
        body += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + body


NAMES = {
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.float64: "F64",
    torch.uint8: "U8",
}


def test_safetensors_are_read(tmp_path: Path) -> None:
    tensors = {str(dtype): torch.arange(6).reshape(1, 2, 3).to(dtype) for dtype in NAMES} | {
        "empty": torch.empty(0, 3)
    }
    (tmp_path / "w.safetensors").write_bytes(safetensors(tensors, NAMES))
    found = read_checkpoint(tmp_path / "w.safetensors")
    assert found.tensors.keys() == tensors.keys()
    for key, value in tensors.items():
        assert found.tensors[key].dtype == value.dtype
        assert torch.equal(found.tensors[key], value)
    assert found.meta == {"format": "pt"}


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth"])
def test_a_file_is_what_it_holds_and_not_what_it_is_called(tmp_path: Path, name: str) -> None:
    torch.save({"w": torch.ones(3)}, tmp_path / name)
    assert torch.equal(read_checkpoint(tmp_path / name).tensors["w"], torch.ones(3))


@pytest.mark.parametrize("blanks", range(0, 256, 8))
def test_no_length_of_a_header_makes_safetensors_another_format(
    tmp_path: Path, blanks: int
) -> None:
    """The first byte of the length may be that of a pickle."""
    whole = safetensors({"w": torch.ones(3)}, NAMES)
    length = int.from_bytes(whole[:8], "little")
    longer = (length + blanks).to_bytes(8, "little")
    content = longer + whole[8 : 8 + length] + b" " * blanks + whole[8 + length :]
    (tmp_path / "w").write_bytes(content)
    assert torch.equal(read_checkpoint(tmp_path / "w").tensors["w"], torch.ones(3))


def test_torn_and_false_safetensors_are_named(tmp_path: Path) -> None:
    whole = safetensors({"w": torch.ones(4)}, NAMES)
    for content, match in (
        (whole[:-4], "ends before w does"),
        (whole.replace(b"[4]", b"[5]"), "the shape of w contradicts"),
        (whole.replace(b"F32", b"F31"), "w is of the type F31"),
        (whole.replace(b'"dtype"', b'"dtyp"'), "header"),
    ):
        (tmp_path / "w").write_bytes(content)
        with pytest.raises(DerainerError, match=match):
            read_checkpoint(tmp_path / "w")
