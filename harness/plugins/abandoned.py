"""Threads that nobody waits for any more, and the end of a process in which some still run."""

import os
import sys
import threading
from typing import NoReturn

abandoned: list[threading.Thread] = []
"""The helpers whose call did not come back within its time limit."""


def leave(status: int) -> NoReturn:
    """End the process, at once where an abandoned call still runs.

    The usual end would wait for threads that such a call has started, or abort when an operator
    comes back to an interpreter that is gone.

    Args:
        status: The exit status.
    """
    if any(thread.is_alive() for thread in abandoned):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
