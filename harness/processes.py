"""Several processes that share a run, as torchrun starts them; one process is the plain case."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

LONGEST_START = timedelta(minutes=10)
"""Within which every process must have come up."""

LONGEST_WAIT = timedelta(days=7)
"""A process that is done may wait for the slowest one's whole share."""


class Processes:
    """The processes of a run, and where they wait for each other.

    Attributes:
        rank: Of this process; the process 0 gathers and reports.
        count: Of all processes.
    """

    def __init__(self) -> None:
        self.rank = int(os.environ.get("RANK", "0"))
        self.count = int(os.environ.get("WORLD_SIZE", "1"))

    @property
    def is_first(self) -> bool:
        """Whether this process gathers the rows and writes the report."""
        return self.rank == 0

    def wait(self) -> None:
        """Wait until every process has come here."""
        if self.count > 1:
            import torch.distributed as dist  # torch takes its time

            dist.monitored_barrier(timeout=LONGEST_WAIT)

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Connect the processes for the length of a block."""
        if self.count == 1:
            yield
            return
        import torch.distributed as dist

        dist.init_process_group("gloo", timeout=LONGEST_START)
        try:
            yield
        finally:
            dist.destroy_process_group()
