"""Measuring every derainer of a configuration, one after the other, each in its own process."""

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import torch

from harness.config import RunConfig
from harness.cost.measuring import Size
from harness.cost.own_process import Order, measure_in_own_process
from harness.device import SINGLE_THREAD, Device, choose_device
from harness.errors import ConfigError
from harness.foreign_code import ForeignError
from harness.machine import machine_facts, now
from harness.plugins.guard import Guard
from harness.plugins.parts import place_in
from harness.progress import ProgressReporter
from harness.run_folder.costs import Cost, MeasuredCosts, write_measured_costs
from harness.run_folder.folder_lock import claimed


def measure_costs(
    config: RunConfig,
    base: Path,
    directory: Path,
    *,
    size: Size,
    repeats: int,
    device_name: str = "auto",
    debug: bool = False,
) -> MeasuredCosts:
    """Measure all derainers that compute something, and write ``efficiency.json`` after each.

    Args:
        config: The checked configuration.
        base: Folder of the configuration file.
        directory: The run's folder, made if need be.
        size: Of the picture that is restored.
        repeats: Calls to time.
        device_name: ``auto``, ``cpu`` or ``cuda``.
        debug: Print the traceback of every failure.

    Raises:
        ConfigError: If a name, an option or the device is wrong, or the folder is another's or in
            use; nothing was measured.
    """
    device = choose_device(device_name, config.precision)
    orders = [
        Order(
            entry,
            place_in("derainers", index, entry),
            base,
            device_name,
            config.precision,
            size,
            repeats,
            config.call_limit,
            debug,
        )
        for index, entry in enumerate(config.derainers)
    ]
    if not (orders := _worth_measuring(orders, config.call_limit)):
        raise ConfigError(
            f"{config.name}: nothing but reference rows and finished pictures, which cost nothing"
        )
    measured = _nothing_yet(config, device, size, repeats)
    progress = ProgressReporter()
    with claimed(directory, f"cost of {config.name}"):
        for order in orders:
            cost = measure_in_own_process(order)
            measured = measured.model_copy(update={"costs": (*measured.costs, cost)})
            write_measured_costs(directory, measured)
            progress.say(f"{cost.name}: {_result(measured, cost)}")
    return measured


def _nothing_yet(config: RunConfig, device: Device, size: Size, repeats: int) -> MeasuredCosts:
    """Return how it is measured, and no cost."""
    alone = replace(device, threads=SINGLE_THREAD)
    return MeasuredCosts(
        measured=now(),
        machine={**machine_facts(alone), "load_before": round(os.getloadavg()[0], 2)},
        torch=torch.__version__,
        precision=config.precision,
        height=size.height,
        width=size.width,
        repeats=repeats,
        costs=(),
    )


def _worth_measuring(orders: Sequence[Order], call_limit: float | None) -> list[Order]:
    """Return the orders of what computes something; what limits itself has no other limit."""
    with closing(Guard(call_limit)) as guard:
        targets = [_target(order, guard) for order in orders]
    return [
        order._replace(limit=None) if getattr(target, "limits_itself", False) else order
        for order, target in zip(orders, targets, strict=True)
        if not _costs_nothing(target)
    ]


def _target(order: Order, guard: Guard) -> object:
    """Return what builds a derainer, whose options are checked; None if it does not import."""
    try:
        return guard.call(order.entry.name, order.blueprint).target
    except ForeignError as error:
        if isinstance(error.__cause__, ConfigError):
            raise error.__cause__ from error
        return None  # it costs its own row


def _costs_nothing(target: object) -> bool:
    return getattr(target, "bound", None) is not None or not getattr(target, "is_computed", True)


def _result(measured: MeasuredCosts, cost: Cost) -> str:
    milliseconds = measured.milliseconds_per_megapixel(cost)
    if cost.error or milliseconds is None:
        return f"failed: {cost.error}"
    return f"{milliseconds:.0f} ms a megapixel, {(cost.peak_bytes or 0) / 2**20:.0f} MiB"
