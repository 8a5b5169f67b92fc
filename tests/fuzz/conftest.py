"""What hostile files are told depends on the memory that is left, not on earlier tests."""

import pytest

from harness import memory


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no other process or lane share the memory."""
    monkeypatch.setattr(memory, "_sharers", 1)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
