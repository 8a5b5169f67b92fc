"""What stands under a weight file's name in practice, and that `trust` is never advised for it."""

import io
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.checkpoints import read_checkpoint
from harness.errors import DerainerError


def checkpoint() -> bytes:
    buffer = io.BytesIO()
    torch.save({"w": torch.ones(1000)}, buffer)
    return buffer.getvalue()


def zipped(names: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(name: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return buffer.getvalue()


def arrays() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, weight=np.ones(3))
    return buffer.getvalue()


def script() -> bytes:
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), buffer)
    return buffer.getvalue()


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 687243\n" % (b"0" * 64)
PAGE = b"\xef\xbb\xbf\n<!DOCTYPE html><html><head><title>Quota\nexceeded</title></head></html>"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (lambda: LFS, "Git-LFS pointer to a file of 687243 bytes"),
        (lambda: b"/annex/objects/SHA256E-s3--ab.pth\n", "git-annex pointer"),
        (lambda: PAGE, 'web page ("Quota exceeded")'),
        (lambda: b"<html>404</html>", "is a web page, not the file"),
        (lambda: b"", "is empty"),
        (lambda: b'{"error": "not found"}', "is JSON text"),
        (lambda: "Entry not found, 找不到".encode(), 'is a text that begins "Entry not found'),
        (lambda: b"\n" * 9, "is a text of blank lines"),
        (lambda: bytes(9000), "begins with zero bytes"),
        (lambda: checkpoint()[:900], "whose end is missing"),
        (lambda: zipped({"net.pth": checkpoint()}), "zip archive (net.pth); unpack it"),
        (lambda: zipped({"a/data.pkl": bytes(1 << 27)}), "would unpack to 134217728"),
        (lambda: tarred("net.pth"), "tar archive (net.pth); unpack it"),
        (lambda: b"\x1f\x8b\x08" + bytes(30), "gzip archive"),
        (arrays, "NumPy arrays (weight.npy)"),
        (script, "TorchScript network"),
        (lambda: b"\x89HDF\r\n\x1a\n" + bytes(30), "HDF5"),
        (lambda: pickle.dumps({"w": [1.0]}), "pickle that `torch.save` did not write"),
        (lambda: b"\x01\x02\xff\xfe" * 30, "begins with the bytes"),
    ],
)
@pytest.mark.parametrize("trust", [False, True])
def test_what_is_no_checkpoint_is_called_what_it_is(
    tmp_path: Path, content: object, what: str, trust: bool
) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content())  # type: ignore[operator]
    with pytest.raises(DerainerError) as error:
        read_checkpoint(path, trust)
    said = str(error.value)
    assert said.startswith(f"{path}: ") and what in said
    assert "trust" not in said


def test_an_onnx_file_and_a_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"\x08\x07\x12\x07pytorch" + bytes(20))
    with pytest.raises(DerainerError, match="`use: onnx`"):
        read_checkpoint(tmp_path / "net.onnx")
    with pytest.raises(DerainerError, match="is a folder"):
        read_checkpoint(tmp_path)


def test_missing_files_and_dangling_links_are_named(tmp_path: Path) -> None:
    with pytest.raises(DerainerError, match=r"no such weight file$"):
        read_checkpoint(tmp_path / "none.pth")
    (tmp_path / "link.pth").symlink_to("gone.pth")
    with pytest.raises(DerainerError, match=r"is a link to .*, which is not there; fetch it"):
        read_checkpoint(tmp_path / "link.pth")
