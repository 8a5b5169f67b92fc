"""A run keeps no more of what it frees than could lie idle without harm."""

import contextlib
from collections.abc import Iterator

import pytest

from harness import keeping, memory


@pytest.mark.parametrize(("kept", "gives"), [(2, False), (3, True)])
def test_no_more_is_kept_than_the_machine_has_left(
    monkeypatch: pytest.MonkeyPatch, kept: int, gives: bool
) -> None:
    given: list[bool] = []
    monkeypatch.setattr(keeping, "left_on_machine", lambda: 7.0)
    monkeypatch.setattr(keeping, "kept_bytes", lambda: kept)
    monkeypatch.setattr(keeping, "give_back_freed_memory", lambda: given.append(True))
    keeping.give_back_surplus()
    assert bool(given) == gives


@pytest.mark.parametrize(("pixels", "hands_back"), [(99_000, False), (101_000, True)])
def test_large_pictures_leave_no_heap_with_gaps(
    monkeypatch: pytest.MonkeyPatch, pixels: int, hands_back: bool
) -> None:
    monkeypatch.setattr(memory, "left_for_this_process", lambda: 100_000 * 2 * 3 * 24 * 1024)
    monkeypatch.setattr(memory, "_sharers", 2)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    entered: list[bool] = []

    @contextlib.contextmanager
    def handing_back() -> Iterator[None]:
        entered.append(True)
        yield

    monkeypatch.setattr(keeping, "handing_back", handing_back)
    with keeping.heap_for(pixels):
        assert bool(entered) == hands_back
