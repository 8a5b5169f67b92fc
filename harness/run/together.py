"""A call for several images at once, of which a bad one costs only itself."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from harness.foreign_code import ForeignError
from harness.plugins.time_limit import OutOfTimeError

Item = TypeVar("Item")
Result = TypeVar("Result")


def together_or_apart(
    items: Sequence[Item],
    call: Callable[[Sequence[Item]], list[Result]],
    failed: Callable[[str], Result],
) -> list[Result]:
    """Call a function for all items; where that fails, for each alone.

    Args:
        items: At least one.
        call: Returns a result for each item, or raises a `ForeignError`.
        failed: Makes a result of a cause.

    >>> def halves(numbers):
    ...     if 3 in numbers:
    ...         raise ForeignError("odd")
    ...     return [number / 2 for number in numbers]
    >>> together_or_apart([2, 3, 4], halves, str)
    [1.0, 'odd', 2.0]
    """
    try:
        return call(items)
    except OutOfTimeError as error:
        return [failed(str(error)) for _ in items]
    except ForeignError as error:
        if len(items) == 1:
            return [failed(str(error))]
    return [together_or_apart([item], call, failed)[0] for item in items]
