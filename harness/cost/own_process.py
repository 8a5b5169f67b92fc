"""A derainer measured in a process of its own: its memory is its own, and so is its crash."""

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from harness.config import Entry
from harness.cost.measuring import Size, measure
from harness.device import choose_device
from harness.exit_status import in_words
from harness.foreign_code import ForeignError, attempt
from harness.heap import keep_freed_memory
from harness.plugins.parts import Blueprint, blueprint
from harness.run_folder.costs import Cost
from harness.terms import Precision

OTHER_CALLS = 4
"""Calls that are not timed: building, placing, a warm-up and the one whose memory is measured."""


class Order(NamedTuple):
    """What to measure, and how.

    Attributes:
        entry: The derainer.
        where: Its place in the configuration, for errors.
        base: Folder of the configuration.
        device_name: ``auto``, ``cpu`` or ``cuda``.
        precision: Of the run.
        size: Of the picture.
        repeats: Calls to time.
        limit: Seconds that one call of the derainer may take; None: no limit.
        debug: Print the traceback of a failure.
    """

    entry: Entry
    where: str
    base: Path
    device_name: str
    precision: Precision
    size: Size
    repeats: int
    limit: float | None = None
    debug: bool = False

    def blueprint(self) -> Blueprint:
        """Return what builds the derainer; see `harness.plugins.parts.blueprint`."""
        return blueprint("derainers", self.where, self.entry, self.base)

    @property
    def patience(self) -> float | None:
        """Seconds after which its process is ended; None: never."""
        return None if self.limit is None else self.limit * (self.repeats + OTHER_CALLS)


def measure_in_own_process(order: Order) -> Cost:
    """Measure one derainer; whatever it does, up to killing its process, is a `Cost.error`.

    A process that takes longer than the calls together may is ended.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(order, sender), daemon=False)
    process.start()
    sender.close()
    try:
        if not receiver.poll(order.patience):
            process.kill()
            return Cost(name=order.entry.name, error=_cause_of_impatience(order))
        cost: Cost = receiver.recv()
    except EOFError:
        process.join()
        return Cost(name=order.entry.name, error=_cause_of_end(process.exitcode))
    finally:
        receiver.close()
        if process.is_alive():
            process.join(timeout=10)
        if process.is_alive():
            process.terminate()
            process.join()
    return cost


def _measure(order: Order, sender: Connection) -> None:
    def measured() -> Cost:
        device = choose_device(order.device_name, order.precision)
        if device.torch_device.type == "cpu":
            keep_freed_memory()  # as a run does
        target, options = order.blueprint()
        return measure(order.entry.name, target(**options), device, order.size, order.repeats)

    try:
        cost = attempt(measured, debug=order.debug)
    except ForeignError as error:
        cost = Cost(name=order.entry.name, error=str(error))
    sender.send(cost)
    sender.close()


def _cause_of_impatience(order: Order) -> str:
    calls = order.repeats + OTHER_CALLS
    return (
        f"did not come back within {calls} calls of {order.limit:g} s (call_limit); raise "
        "call_limit if it only needs more time"
    )


def _cause_of_end(status: int | None) -> str:
    how = "" if status is None else f" ({in_words(status)})"
    return f"its process ended before it had a figure{how}"
