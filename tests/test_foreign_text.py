"""What foreign code says is one line, of a bounded length, that commands no terminal."""

import pytest

from harness.errors import ConfigError
from harness.foreign_code import cause_of
from harness.foreign_text import LONGEST, one_line
from harness.plugins.parts import placed


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("one\ntwo\rthree\tfour", "one two three four"),
        ("\u202egnp.exe", r"\u202egnp.exe"),  # turns the direction of writing
        ("\u9b5a\u3000\u96e8 na\u00efve \u0915\u094d\u200d\u0937", None),
        ("\udcff", r"\udcff"),
    ],
)
def test_what_commands_a_terminal_is_shown_by_its_number(said: str, shown: str | None) -> None:
    assert one_line(said) == (said if shown is None else shown)
    one_line(said).encode()


def test_megabytes_are_cut() -> None:
    text = cause_of(ValueError("drip" * 2_500_000))
    assert len(text) < LONGEST + 50 and text.endswith(" more characters)")


class Surprising(str):
    """Is not what it looks like."""

    def __getitem__(self, index: object) -> str:
        raise SystemExit

    def __len__(self) -> int:
        raise SystemExit


class ShyError(Exception):
    def __str__(self) -> str:
        return Surprising("here")


class SilentError(ConfigError):
    def __str__(self) -> str:
        raise KeyError


def test_texts_that_are_no_plain_texts() -> None:
    assert one_line(Surprising("here")) == "here"
    assert cause_of(ShyError()) == "ShyError: here"
    assert str(placed(SilentError(), "tasks[0]")) == "tasks[0]: no message"
