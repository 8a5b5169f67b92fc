"""Valid files with a few bytes changed: they find more than bytes out of nothing.

`FUZZED` is short and the same each time; `python -m tests.fuzz --minutes 10` makes it long and
lets chance choose, until the time is over.
"""

import os
from collections.abc import Callable
from pathlib import Path

import hypothesis
from hypothesis import strategies as st

from harness.errors import BenchError

SEED = os.environ.get("RDMC_FUZZ_SEED")
"""Set by the long form, another one in each round."""

FUZZED = hypothesis.settings(
    deadline=None,
    database=None,
    derandomize=SEED is None,
    max_examples=40 if SEED is None else 400,
    suppress_health_check=list(hypothesis.HealthCheck),
)

Change = tuple[str, float, float, bytes]
"""What to do, where it begins and how far it reaches (shares of the file), and bytes to put in."""

TOKENS = (
    *(b"\0", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xed\xa0\x80"),
    *(b"-1", b"0", b"1e999", b"NaN", b"Infinity", b"9" * 30, b"9" * 5000, b"null", b"true", b'""'),
    *(b"[", b"{", b"}", b"]", b":", b",", b"&a ", b"*a", b"!!binary ", b"2023-02-30", b".inf"),
    *(b"../", b"/etc/passwd", b"\\", b"\\u0000", b"\\ud800", b"<", b"&x;", b"\n", b"a" * 300),
)

CHANGES: st.SearchStrategy[list[Change]] = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "double", "put", "end"]),
        st.floats(0, 1, exclude_max=True),
        st.floats(0, 0.2),
        st.one_of(st.sampled_from(TOKENS), st.binary(min_size=1, max_size=4)),
    ),
    min_size=1,
    max_size=4,
)


def changed(content: bytes, changes: list[Change]) -> bytes:
    """Return the content after these changes, in their order."""
    for what, where, reach, token in changes:
        at = int(where * len(content))
        end = min(len(content), at + 1 + int(reach * len(content)))
        if what == "flip" and content:
            flipped = content[at] ^ (token[0] or 1)
            content = content[:at] + bytes([flipped]) + content[at + 1 :]
        elif what == "cut":
            content = content[:at] + content[end:]
        elif what == "double":
            content = content[:end] + content[at:]
        elif what == "put":
            content = content[:at] + token + content[at:]
        else:
            content = content[: max(at, 1)]
    return content


def what_is_told(call: Callable[[], object]) -> str:
    """Return the error for people that a call raises, "" if it returns; no other error may come."""
    try:
        call()
    except BenchError as error:
        return str(error) or "(nothing)\n"
    return ""


def is_a_line(told: str) -> bool:
    """Return whether a person can read this at once."""
    return "\n" not in told and len(told) < 3000


def is_used_or_told(call: Callable[[], object], changes: list[Change]) -> bool:
    """Return whether a call uses a file, or tells in a line why not, if the file was changed."""
    told = what_is_told(call)
    return is_a_line(told) and bool(changes or not told)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
