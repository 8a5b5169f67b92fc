"""The errors a user of the benchmark reads: one line that says what, where and what to do."""

LONGEST = 2000
"""Characters of an error: a file may hold any number of digits where one belongs."""


class BenchError(Exception):
    """Something the user can mend. Its text is shown as it stands, without a traceback."""

    def __str__(self) -> str:
        text = super().__str__()
        if len(text) <= LONGEST:
            return text
        return f"{text[: LONGEST // 2]} ... {text[-LONGEST // 4 :]}"


class ConfigError(BenchError):
    """The configuration or the command line is wrong, and nothing was lost (exit status 2)."""


class SampleError(BenchError):
    """One image of a rain set cannot be used; it becomes a failed row, the others go on."""


class DerainerError(BenchError):
    """A derainer could not be built, or what it returned is no restored image."""


class TaskError(BenchError):
    """A task's model could not be built, or cannot judge what it was given."""


class RunStopped(KeyboardInterrupt):
    """The user stopped the run while this call was under way: nobody's failure."""
