"""The one door: whatever foreign code raises is a failure with its cause, in a thread that knows
its device."""

import ast
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch

from harness.config import Entry
from harness.device import Device
from harness.errors import BenchError, ConfigError
from harness.foreign_code import ForeignError, attempt, outcome
from harness.plugins.guard import Guard
from harness.plugins.parts import Part

ROOT = Path(__file__).parents[2]


class Panic(BaseException):
    """As extension modules raise it."""


def raising(error: BaseException) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


CAUSES = [
    (ValueError("no rain\nat all"), "ValueError: no rain"),
    (SystemExit("usage: derain.py"), "SystemExit: usage: derain.py"),
    (Panic(), "Panic: no message"),
    (BenchError("a text of ours"), "a text of ours"),
    (ValueError("no \udcff.png"), r"ValueError: no \udcff.png"),  # which no file would hold
    (BenchError("no \udcff.png"), r"no \udcff.png"),
    (MemoryError(), "ran out of memory on 6x4; a smaller image would fit"),
]


@pytest.mark.parametrize("seconds", [None, 60.0])
@pytest.mark.parametrize(("error", "cause"), CAUSES)
def test_whatever_is_raised_is_a_failure_with_its_cause(
    seconds: float | None, error: BaseException, cause: str
) -> None:
    guard, picture = Guard(seconds), np.zeros((4, 6, 3), np.uint8)
    with pytest.raises(ForeignError) as caught:
        guard.call("net", raising(error), picture)
    assert str(caught.value) == cause
    assert caught.value.__cause__ is error
    guard.close()


def test_the_user_is_heard() -> None:
    with pytest.raises(KeyboardInterrupt):
        outcome(raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        attempt(raising(KeyboardInterrupt()))


def test_debug_prints_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ForeignError):
        Guard(None, debug=True).call("net", raising(ValueError("mine")))
    assert "Traceback" in capsys.readouterr().err


class Remembering(Device):
    """A device that notes which threads enter it."""

    entered: ClassVar[list[str]] = []

    def enter_thread(self) -> None:
        super().enter_thread()
        self.entered.append(threading.current_thread().name)


def test_a_helper_enters_its_device_before_it_calls() -> None:
    Remembering.entered.clear()
    guard = Guard(60.0, Remembering(torch.device("cpu")))
    assert guard.call("net", lambda: threading.current_thread().name) == "limited"
    assert Remembering.entered == ["limited"]
    guard.close()


def test_a_part_that_was_not_built_answers_with_the_cause() -> None:
    part = Part[object]("tasks", Entry(name="a", use="a"), Guard(None), object())
    assert part.ask(lambda built: type(built)) is object
    part.give_up("no licence")
    with pytest.raises(ForeignError, match="no licence"):
        part.ask(lambda built: built)


def test_what_a_part_does_elsewhere_is_another_call(tmp_path: Path) -> None:
    guard = Guard(0.05)
    part = Part[threading.Event]("tasks", Entry(name="a", use="a"), guard, threading.Event())
    with pytest.raises(ForeignError, match="task a did not come back"):
        part.ask(lambda event: event.wait())
    with pytest.raises(ForeignError, match="not called: task a did not"):
        part.ask(lambda event: event.set())
    part.ask(lambda event: event.set(), during="close")
    guard.close()


def test_a_configuration_error_keeps_its_kind_as_the_cause() -> None:
    with pytest.raises(ForeignError) as caught:
        Guard(None).call("net", raising(ConfigError("unknown option")))
    assert isinstance(caught.value.__cause__, ConfigError)


def broad_handlers(path: Path) -> list[int]:
    """Return the lines of handlers that catch everything."""
    broad = {"Exception", "BaseException"}
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler):
            names = (
                {one.id for one in ast.walk(node.type) if isinstance(one, ast.Name)}
                if (node.type)
                else broad
            )
            if names & broad:
                found.append(node.lineno)
    return found


def test_there_is_one_broad_handler_in_the_project_besides_the_end_of_the_command() -> None:
    holding = {
        path.relative_to(ROOT).as_posix(): len(lines)
        for name in ("harness", "baselines", "tasks")
        for path in ROOT.glob(f"{name}/**/*.py")
        if (lines := broad_handlers(path))
    }
    assert holding == {"harness/foreign_code.py": 1, "harness/cli/commands.py": 1}
