"""Calling code that others wrote: whatever it raises becomes a failure with its cause.

Plugins, configurations of models, networks in files and whatever they import may raise anything.
`outcome` is the only place of this project that catches all of it; `harness.plugins.guard` adds
the time limit.
"""

import threading
import traceback
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from harness.errors import BenchError, RunStopped
from harness.foreign_text import one_line
from harness.memory import give_back_cached, is_out_of_memory
from harness.samples import ImageArray

T = TypeVar("T")


class ForeignError(BenchError):
    """Foreign code failed; the text is the cause, in one line for a person.

    What was raised is the exception's ``__cause__``.
    """


class Outcome(NamedTuple, Generic[T]):
    """What a call came to.

    Attributes:
        value: What it returned, None if it raised.
        error: What it raised, None if it returned.
    """

    value: T | None
    error: BaseException | None


def outcome(function: Callable[[], T]) -> Outcome[T]:
    """Call a function and return what it returned or raised, whatever that is."""
    try:
        return Outcome(function(), None)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and _is_main_thread():
            raise  # the user's, who is heard there
        return Outcome(None, error)


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def attempt(function: Callable[[], T], picture: ImageArray | None = None, debug: bool = False) -> T:
    """Call foreign code.

    Args:
        function: What calls it.
        picture: What is being worked on, (H, W, 3), for its size where memory runs out.
        debug: Print the traceback of a failure.

    Returns:
        What the function returns.

    Raises:
        ForeignError: For whatever it raises, `SystemExit` included.
        KeyboardInterrupt: If the user stopped it.

    >>> attempt(lambda: 1 / 0)
    Traceback (most recent call last):
    harness.foreign_code.ForeignError: ZeroDivisionError: division by zero
    """
    return settled(outcome(function), picture, debug)


def settled(answer: Outcome[T], picture: ImageArray | None = None, debug: bool = False) -> T:
    """Return what a call of foreign code returned, or raise as `attempt` does.

    A `KeyboardInterrupt` is the foreign code's own here: the user is heard in the main thread
    alone, where `outcome` lets it through, and what waits for others says `RunStopped`.
    """
    value, error = answer
    if error is None:
        return value  # type: ignore[return-value]
    if isinstance(error, RunStopped | ForeignError):
        raise error
    if debug:
        traceback.print_exception(error)
    raise ForeignError(cause_of(error, picture)) from error


def cause_of(error: BaseException, picture: ImageArray | None = None) -> str:
    """Return the cause of a failure in one line.

    Args:
        error: What was raised, by our code or a plugin's.
        picture: What was being worked on, (H, W, 3), for its size.

    >>> cause_of(KeyError("rain"))
    "KeyError: 'rain'"
    """
    if is_out_of_memory(error):
        give_back_cached()
        size = f" on {picture.shape[1]}x{picture.shape[0]}" if picture is not None else ""
        return f"ran out of memory{size}; a smaller image would fit"
    if isinstance(error, BenchError):
        return one_line(_text_of(error))
    first_line = (_text_of(error).strip() or "no message").splitlines()[0]
    return one_line(f"{type(error).__name__}: {first_line}")


def _text_of(error: BaseException) -> str:
    text, failure = outcome(lambda: str(error))
    return "no message" if failure is not None or text is None else str.__str__(text)
