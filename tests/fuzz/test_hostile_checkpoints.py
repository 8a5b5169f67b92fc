"""Weight files that somebody made up: named at load, before any image, and nothing in them runs."""

import io
import json
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from harness import memory
from harness.checkpoints import read_checkpoint
from harness.errors import DerainerError
from harness.weights import fit_state_dict, plain_tensors


def network() -> nn.Module:
    return nn.Conv2d(1, 2, 1)


def saved(content: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def with_pickle(content: bytes, change: Any) -> bytes:
    """Return a checkpoint whose pickle was changed, its records as they were."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(buffer, "w") as after,
    ):
        for name in before.namelist():
            body = before.read(name)
            after.writestr(name, change(body) if name.endswith("data.pkl") else body)
    return buffer.getvalue()


def refusal(folder: Path, content: bytes) -> str:
    path = folder / "w.pth"
    path.write_bytes(content)
    with pytest.raises(DerainerError) as refused:
        fit_state_dict(network(), plain_tensors(read_checkpoint(path)), path)
    text = str(refused.value)
    assert text.startswith(str(path)) and "\n" not in text and len(text) < 500
    return text


class RunsCode:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("new_format", [True, False])
def test_code_does_not_run(tmp_path: Path, new_format: bool) -> None:
    buffer = io.BytesIO()
    content = {"w": torch.ones(1), "x": RunsCode(tmp_path / "ran")}
    torch.save(content, buffer, _use_new_zipfile_serialization=new_format)
    assert "`trust: true`" in refusal(tmp_path, buffer.getvalue())
    assert not (tmp_path / "ran").exists()
    plain = pickle.dumps(RunsCode(tmp_path / "ran"))
    assert "a Python pickle that `torch.save` did not write" in refusal(tmp_path, plain)
    assert not (tmp_path / "ran").exists()


def test_a_storage_cannot_claim_more_than_its_record(tmp_path: Path) -> None:
    """`torch.load` itself reads on beyond the record, into whatever memory lies there."""
    content = saved({"weight": torch.ones(2, 1, 1, 1), "bias": torch.full((200,), 2.0)})
    larger = with_pickle(content, lambda body: body.replace(b"K\xc8", b"K\xfa"))
    assert larger != content
    assert "claims 1000 bytes of its record" in refusal(tmp_path, larger)


def test_a_small_file_cannot_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread = saved({"weight": torch.ones(1).half().expand(2**40), "bias": torch.ones(2)})
    assert "claims 1099511627776 values" in refusal(tmp_path, spread)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("w/data.pkl", pickle.dumps({}))
        archive.writestr("w/data/0", bytes(1 << 27))
    assert "would unpack to" in refusal(tmp_path, bomb.getvalue())
    monkeypatch.setattr(memory, "left_for_this_process", lambda: 1e6)
    large = saved({"weight": torch.ones(1 << 25)})
    assert "takes 0.134 GB of memory, and 0.001 GB are left" in refusal(tmp_path, large)


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        ({"weight": torch.full((2, 1, 1, 1), torch.nan), "bias": torch.ones(2)}, "hold NaN"),
        (
            {"weight": torch.full((2, 1, 1, 1), 1e300, dtype=torch.float64), "bias": torch.ones(2)},
            "hold NaN",
        ),
        ({"weight": torch.ones(2, 1, 1, 1).int(), "bias": torch.ones(2)}, "1 of another type"),
        ({"weight": torch.ones(2, 1, 1, 1) + 1j, "bias": torch.ones(2)}, "no plain tensor"),
        ({"weight": torch.ones(2, 2).to_sparse(), "bias": torch.ones(2)}, "no plain tensor"),
        ({"weight": torch.ones(2, device="meta"), "bias": torch.ones(2)}, "no plain tensor"),
    ],
    ids=["nan", "beyond float32", "whole numbers", "complex", "sparse", "without storage"],
)
def test_values_that_no_network_has_are_named(
    tmp_path: Path, tensors: dict[str, torch.Tensor], told: str
) -> None:
    assert told in refusal(tmp_path, saved(tensors))


def test_mappings_without_end_are_refused(tmp_path: Path) -> None:
    itself: dict[str, object] = {"w": torch.ones(1)}
    itself["state_dict"] = itself
    assert "within itself" in refusal(tmp_path, saved(itself))
    wide: dict[str, object] = {}
    for _ in range(30):
        wide = dict.fromkeys(("state_dict", "params", "net", "model", "network", "module"), wide)
    assert "holds no tensors" in refusal(tmp_path, saved(wide))


def as_safetensors(header: object, body: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def entry(shape: list[Any], first: int, last: int, kind: str = "F32") -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [first, last]}


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ({"weight": entry([2], 0, 8), "bias": entry([2], 4, 12)}, "has bytes of another tensor"),
        ({"weight": entry([1 << 40, 1 << 40], 0, 8)}, "contradicts its bytes"),
        ({"weight": entry([1 << 62, 0], 0, 0)}, "contradicts its bytes"),
        ({"weight": entry([-2], 0, 8)}, "contradicts its bytes"),
        ({"weight": entry([4], 0, 16)}, "ends before weight does"),
        ({"weight": entry(["x"], 0, 8)}, "header is none"),
        ({"weight": [1, 2]}, "header is none"),
        ({"__metadata__": [1], "weight": entry([2], 0, 8)}, "header is none"),
        (b"[" * 100_000 + b"]" * 100_000, "no checkpoint"),
        (b'{"a":' * 100_000 + b"}" * 100_000, "header is none"),
    ],
)
def test_a_lying_header_of_safetensors(tmp_path: Path, header: object, told: str) -> None:
    assert told in refusal(tmp_path, as_safetensors(header, bytes(12)))


def test_what_never_ends_is_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "w.pth"
    os.mkfifo(pipe)
    with pytest.raises(DerainerError, match="is a named pipe"):
        read_checkpoint(pipe)
    (tmp_path / "zero.pth").symlink_to("/dev/zero")
    with pytest.raises(DerainerError, match="is a device"):
        read_checkpoint(tmp_path / "zero.pth")


def test_usual_checkpoints_are_read_as_before(tmp_path: Path) -> None:
    expected = OrderedDict(network().state_dict())
    shared = {"weight": torch.ones(8)[2:4].reshape(2, 1, 1, 1), "bias": torch.ones(2).t()}
    for tensors in (expected, shared):
        path = tmp_path / "w.pth"
        path.write_bytes(saved(tensors))
        found = read_checkpoint(path).tensors
        assert all(torch.equal(found[key], tensors[key]) for key in tensors)
