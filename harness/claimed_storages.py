"""What a torch checkpoint claims of its tensors' bytes, held against the file before it is read.

`torch.load` believes a pickle that says how many numbers a record of the zip holds, and reads on
beyond its end. Here the pickle is gone through with stand-ins for whatever it names, so that
nothing in it runs, and every claim is compared with the record that it is about.
"""

import pickle
import zipfile
from pathlib import Path
from typing import IO, Any, NamedTuple

from harness.errors import DerainerError
from harness.foreign_code import cause_of, outcome
from harness.memory import shortage

ITEM_SIZES = {
    **dict.fromkeys(("ByteStorage", "CharStorage", "BoolStorage", "UntypedStorage"), 1),
    **dict.fromkeys(("HalfStorage", "BFloat16Storage", "ShortStorage"), 2),
    **dict.fromkeys(("FloatStorage", "IntStorage"), 4),
    **dict.fromkeys(("DoubleStorage", "LongStorage", "ComplexFloatStorage"), 8),
    "ComplexDoubleStorage": 16,
}
"""Bytes of a number, by the names that ``torch.save`` writes; of others 1, which is the least."""

LARGEST_PICKLE = 1 << 28
"""Bytes; that of a model with a hundred thousand tensors takes 20 MB."""


class _Claim(NamedTuple):
    """What a pickle says of a record: its name, and the bytes that it must have."""

    record: str
    least_bytes: int


class _StandIn:
    """Stands for whatever a pickle names, takes whatever it is given, and does nothing."""

    name = ""

    def __new__(cls, *_: object, **__: object) -> "_StandIn":
        return super().__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass

    def __call__(self, *_: object) -> "_StandIn":
        return self

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __hash__(self) -> int:
        return id(self)

    def append(self, value: object) -> None:
        """Take an item of a list of unknown kind."""

    def extend(self, values: object) -> None:
        """Take items of a list of unknown kind."""

    def add(self, value: object) -> None:
        """Take an item of a set of unknown kind."""


class _ClaimReader(pickle._Unpickler):
    """Goes through a pickle and notes what it says of storages.

    Python's own reader: the one in C takes as much memory as a pickle's numbering claims.
    """

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.claims: list[_Claim] = []

    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in of that name, and never what it names."""
        return type(name, (_StandIn,), {"name": name})

    def persistent_load(self, claimed: Any) -> Any:
        """Note a storage; see ``torch.serialization``."""
        if isinstance(claimed, tuple) and len(claimed) >= 5 and claimed[0] == "storage":
            kind, record, numbers = claimed[1], claimed[2], claimed[4]
            if isinstance(numbers, int):
                size = ITEM_SIZES.get(getattr(kind, "name", ""), 1)
                self.claims.append(_Claim(str(record), numbers * size))
        return _StandIn()


def refuse_false_claims(path: Path) -> None:
    """Refuse a checkpoint whose pickle claims more bytes than the file has for them.

    Files of before torch 1.6, which are no zip, are left to `torch.load`: it reads a storage's
    bytes from the file and notices that they end.

    Raises:
        DerainerError: If a claim is false, or what is there takes too much memory.
    """
    if not zipfile.is_zipfile(path):
        return
    found, error = outcome(lambda: _records_and_claims(path))
    if found is None:
        cause = cause_of(error) if error is not None else "without content"
        raise DerainerError(f"{path}: damaged ({cause}); fetch it again") from error
    sizes, claims = found
    problem = shortage(sum(sizes.values()))
    if problem:
        raise DerainerError(f"{path}: unpacked it {problem}")
    for claim in claims:
        size = sizes.get(claim.record, 0)
        if not 0 <= claim.least_bytes <= size:
            raise DerainerError(
                f"{path}: damaged, claims {claim.least_bytes} bytes of its record "
                f"{claim.record[:40]!r}, which has {size}; fetch it again"
            )


def _records_and_claims(path: Path) -> tuple[dict[str, int], list[_Claim]]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        (pickled,) = [one for one in members if one.filename.endswith("data.pkl")][:1]
        if pickled.file_size > LARGEST_PICKLE:
            raise ValueError(f"its pickle alone has {pickled.file_size} bytes")
        folder = pickled.filename.removesuffix("data.pkl") + "data/"
        sizes = {
            one.filename.removeprefix(folder): one.file_size
            for one in members
            if one.filename.startswith(folder)
        }
        with archive.open(pickled) as file:
            reader = _ClaimReader(file)
            reader.load()
    return sizes, reader.claims
