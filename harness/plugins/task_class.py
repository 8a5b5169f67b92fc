"""What the class of a task says: its columns, metrics and role, which a report reads without it."""

from collections.abc import Mapping
from dataclasses import asdict

import pyarrow as pa
from pydantic import TypeAdapter, ValidationError

from harness.errors import TaskError
from harness.foreign_code import attempt
from harness.metric import Metric
from harness.plugins.printable import expect_printable
from harness.settings import first_problem
from harness.task import Task

OF_THE_CLASS = ("columns", "metrics", "headline", "looks_at", "can_lose", "judge", "drawn")
"""A report is made without an instance, so that one cannot have its own."""

MOST_DIGITS = 20

_METRICS = TypeAdapter(dict[str, Metric])
_ROLE = {"can_lose": bool, "judge": str, "drawn": str, "is_reentrant": bool}


def check_task_class(task: Task) -> None:
    """Refuse a task of whose class a report cannot read columns, headline, metrics or role.

    Raises:
        TaskError: With what is wrong.
    """
    target, name = type(task), type(task).__name__
    columns = check_columns(target)
    headline: object = getattr(target, "headline", None)
    if not isinstance(headline, tuple) or not all(isinstance(one, str) for one in headline):
        raise TaskError(f"{name} has no headline: name its metrics in a tuple")
    _check_metrics(name, target.metrics)
    _check_metrics(name, attempt(task.metrics_as_built))
    looks_at: object = target.looks_at
    if looks_at not in ("picture", "perception"):
        raise TaskError(f"{name} looks at {looks_at!r}: choose `picture` or `perception`")
    for attribute, kind in _ROLE.items():
        value: object = getattr(target, attribute)
        if not isinstance(value, kind):
            raise TaskError(f"its {attribute} is {value!r}: it must be of type {kind.__name__}")
    for metric in {*headline, *target.metrics} & columns.keys():
        if not _is_number(columns[metric]):
            raise TaskError(
                f"the column {metric} of {name} is of type {columns[metric]}: that of a metric's "
                "name must hold numbers"
            )
    for attribute in OF_THE_CLASS:
        if getattr(task, attribute) is not getattr(target, attribute):
            raise TaskError(
                f"{name} has {attribute} of its own in an instance: say them in the class, for a "
                "report is made without an instance"
            )


def check_columns(target: object) -> Mapping[str, pa.DataType]:
    """Return the columns of a task's class.

    Raises:
        TaskError: If it has none, or one is not a name with a type of pyarrow.
    """
    columns = getattr(target, "columns", None)
    if not isinstance(columns, Mapping) or not all(
        isinstance(name, str) and isinstance(kind, pa.DataType) for name, kind in columns.items()
    ):
        name = getattr(target, "__name__", type(target).__name__)
        raise TaskError(
            f"{name} has no columns: say what `score` returns, as in "
            '`columns = {"psnr": pa.float64()}`'
        )
    return columns


def _check_metrics(name: str, metrics: object) -> None:
    if not isinstance(metrics, Mapping) or not all(
        isinstance(key, str) and isinstance(one, Metric) for key, one in metrics.items()
    ):
        raise TaskError(
            f"the metrics of {name} are wrong: say what is known of each, as in "
            '`metrics = {"niqe": Metric("NIQE", higher_is_better=False)}`'
        )
    try:
        _METRICS.validate_python({key: asdict(one) for key, one in metrics.items()})
    except ValidationError as error:
        raise TaskError(f"the metrics of {name} are wrong: {first_problem(error)}") from error
    for key, one in metrics.items():
        for fact, value in asdict(one).items():
            expect_printable(value, f"the {fact} of the metric {key}", TaskError)
        if not 0 <= one.digits <= MOST_DIGITS:
            raise TaskError(
                f"the metrics of {name} are wrong: {key}.digits is {one.digits}: print 0 to "
                f"{MOST_DIGITS} decimals"
            )


def _is_number(kind: pa.DataType) -> bool:
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    return any(test(kind) for test in tests)
