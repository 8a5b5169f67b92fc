"""How a process ended, in words."""

import signal


def in_words(status: int) -> str:
    """Return what an exit status means, as `subprocess` and `multiprocessing` give it.

    >>> in_words(3), in_words(-11)
    ('exit status 3', 'ended by SIGSEGV')
    """
    if status >= 0:
        return f"exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    hint = ", as when memory runs out" if name == "SIGKILL" else ""
    return f"ended by {name}{hint}"
