"""What a failed row says: the cause of an exception, in one line for a person."""

import traceback

import torch

from harness.errors import BenchError
from harness.memory import is_out_of_memory
from harness.samples import ImageArray


def describe_failure(
    error: BaseException, image: ImageArray | None = None, debug: bool = False
) -> str:
    """Return the cause of a failure in one line.

    Args:
        error: What was raised, by our code or a plugin's.
        image: What was being worked on, (H, W, 3), for its size.
        debug: Print the traceback too.
    """
    if debug:
        traceback.print_exception(error)
    if is_out_of_memory(error):
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        size = f" on {image.shape[1]}x{image.shape[0]}" if image is not None else ""
        return f"ran out of memory{size}; a smaller image would fit"
    if isinstance(error, BenchError):
        return str(error)
    first_line = (str(error).strip() or "no message").splitlines()[0]
    return f"{type(error).__name__}: {first_line}"
