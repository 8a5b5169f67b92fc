"""The task that CONTRIBUTING.md shows works as it stands there."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.device import Device
from harness.plugins.checks import check_task
from harness.samples import Sample
from harness.task import Batch

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"


@pytest.fixture
def task() -> Any:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {"__name__": "darkness"}
    exec(compile(code, str(PAGE), "exec"), names)
    return names["Darkness"]()


def test_it_is_sound_and_gives_its_figure(task: Any, cpu: Device) -> None:
    check_task(task)
    clean = np.full((4, 6, 3), 100, np.uint8)
    samples = [Sample(name, clean, clean) for name in "ab"]
    restored = [np.full((4, 6, 3), level, np.uint8) for level in (90, 96)]
    predictions = task.predict(Batch(restored, samples, cpu))
    rows = [task.score(*pair, None) for pair in zip(predictions, samples, strict=True)]
    table = pd.DataFrame(rows).assign(protocol=task.protocol(), quantiser="round")
    (value,) = task.summarise(table)
    assert (value.metric, value.value, value.n) == ("darkness", 7.0, 2)
    assert value.signature == "darkness|agg:image|v:1|quant:round"


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:harness|tasks|docs)/[\w/.]+)`", PAGE.read_text())
    assert len(named) > 15
    assert [name for name in named if not (PAGE.parent / name).exists()] == []
