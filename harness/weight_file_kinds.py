"""What a weight file really is: downloads often leave something else under its name."""

import re
import tarfile
import zipfile
from pathlib import Path
from typing import Literal, NamedTuple

from harness.foreign_code import outcome
from harness.regular_files import open_regular
from harness.wording import some_of

Format = Literal["torch", "safetensors"]
"""What can hold the tensors of a network here."""

MAGICS = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras and MATLAB 7.3 write them"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1f\x8b", "a gzip archive; unpack it"),
    (b"BZh", "a bzip2 archive; unpack it"),
    (b"\xfd7zXZ\x00", "an xz archive; unpack it"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive; unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GGUF", "a GGUF language model"),
)
"""How formats begin that are taken for checkpoints."""

TORCH_MAGIC = (0x1950A86A20F9469CFC6C).to_bytes(10, "little")
"""The number that ``torch.save`` pickled first before it wrote zip files (torch 1.5)."""

LARGEST_RATIO, SMALLEST_BOMB = 50, 1 << 26
"""A zip that grows more than so many times, to more bytes than that, is not unpacked:
``torch.save`` compresses nothing."""

READ = 4096
"""Bytes that tell a format."""


class FileKind(NamedTuple):
    """What a weight file is.

    Attributes:
        format: Of a checkpoint, None for what is none.
        description: What it is instead, and what to do, where ``format`` is None.
    """

    format: Format | None
    description: str = ""


def kind_of(path: Path) -> FileKind:
    """Look at what a file holds; nothing in it is run.

    Raises:
        OSError: If it cannot be read, or is no regular file.
    """
    placeholder = placeholder_of(path)
    size = path.stat().st_size
    if placeholder:
        return FileKind(None, placeholder)
    with open_regular(path) as file:
        head = file.read(READ)
    if head.startswith(b"PK\x03\x04"):
        return _zip(path, size)
    if _begins_as_safetensors(head, size):  # whose first byte may be any, a pickle's too
        return FileKind("safetensors")
    if head.startswith(b"\x80"):
        if TORCH_MAGIC in head[:20]:
            return FileKind("torch")
        return FileKind(None, "is a Python pickle that `torch.save` did not write")
    for magic, what in MAGICS:
        if head.startswith(magic):
            return FileKind(None, f"is {what}")
    if path.suffix.lower() == ".onnx":
        return FileKind(None, "is an ONNX network, not a checkpoint; `use: onnx` runs it")
    if head[257:262] == b"ustar":
        return _tar(path)
    return FileKind(None, f"is no checkpoint (begins with the bytes {head[:8]!r})")


def placeholder_of(path: Path) -> str:
    """Return what lies in the place of a network's file and is none of any format, "" for nothing.

    That is: an empty file, a text (a pointer, a web page, a message), or zero bytes.

    Raises:
        OSError: If it cannot be read, or is no regular file.
    """
    with open_regular(path) as file:
        head = file.read(READ)
    if not head:
        return "is empty (0 bytes); fetch it again"
    if not head.strip(b"\0"):
        return "begins with zero bytes alone: a download that broke off; fetch it again"
    return _text(head)


def _zip(path: Path, size: int) -> FileKind:
    members, _ = outcome(lambda: _members(path))  # a damaged one makes it raise many things
    if members is None:
        what = "is a checkpoint or another zip file whose end is missing: a download that broke off"
        return FileKind(None, f"{what}; fetch it again")
    unpacked = sum(member.file_size for member in members)
    if unpacked > max(LARGEST_RATIO * size, SMALLEST_BOMB):
        what = f"is a zip file of {size} bytes that would unpack to {unpacked}"
        return FileKind(None, f"{what}; torch.save compresses nothing, so it is not read")
    names = [member.filename for member in members]
    if any(name.endswith("/constants.pkl") for name in names):
        what = "is a TorchScript network, not a checkpoint; `use: torchscript` runs it"
        return FileKind(None, what)
    if any(re.fullmatch(r"(.*/)?data\.pkl", name) for name in names):
        return FileKind("torch")
    if names and all(name.endswith(".npy") for name in names):
        return FileKind(None, f"holds NumPy arrays ({some_of(names)}), not a torch checkpoint")
    return FileKind(None, f"is a zip archive ({some_of(names) or 'empty'}); unpack it")


def _members(path: Path) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(path) as archive:
        return archive.infolist()


def _tar(path: Path) -> FileKind:
    names, _ = outcome(lambda: _names(path))
    if names is None:
        return FileKind(None, "is a damaged tar archive; fetch it again")
    if "storages" in names:
        return FileKind("torch")  # as torch.save wrote before 0.1.10
    return FileKind(None, f"is a tar archive ({some_of(names) or 'empty'}); unpack it")


def _names(path: Path) -> list[str]:
    with tarfile.open(path) as archive:
        return archive.getnames()


def _begins_as_safetensors(head: bytes, size: int) -> bool:
    length = int.from_bytes(head[:8], "little")
    return head[8:9] == b"{" and 2 <= length <= size - 8


def _text(head: bytes) -> str:
    """Return what a text is, "" for what is none."""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # not a letter that the end cuts
            return ""
        text = head[: error.start].decode("utf-8-sig")
    if any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text):
        return ""
    text = text.strip()
    if text.startswith("version https://git-lfs"):
        found = re.search(r"^size (\d+)", text, re.MULTILINE)
        size = f" of {found[1]} bytes" if found else ""
        return (
            f"is a Git-LFS pointer to a file{size}, not the file; fetch that with "
            "`git lfs pull`, or from the repository's page"
        )
    if "annex/objects/" in text.partition("\n")[0]:
        return "is a git-annex pointer, not the file; fetch that with `git annex get`"
    if re.match(r"<(!doctype|html|\?xml|head|body)", text, re.IGNORECASE):
        title = re.search(r"<title>\s*(.*?)\s*</title>", text, re.IGNORECASE | re.DOTALL)
        called = f' ("{" ".join(title[1].split())[:80]}")' if title else ""
        return f"is a web page{called}, not the file; fetch that with a browser"
    what = "is JSON text" if text.startswith(("{", "[")) else "is a text"
    line = text.partition("\n")[0].strip()
    begins = f' that begins "{line[:60]}"' if line else " of blank lines"
    return f"{what}{begins}, not the file of a network"
