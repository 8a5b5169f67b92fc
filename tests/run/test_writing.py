"""Files that are written beside the lanes: in what order, how many at a time, and what fails."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.run.writing import Writing


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def fail() -> None:
    raise OSError(28, "No space left on device", "a.png")


def test_what_is_added_last_waits_for_the_slowest(executor: ThreadPoolExecutor) -> None:
    writing, go_on, written = Writing(executor, 9), threading.Event(), list[str]()

    def slow() -> None:
        assert go_on.wait(60)
        written.append("picture")

    writing.add(slow)
    writing.add_last(lambda: written.append("rows"))
    writing.add_last(lambda: written.append("more rows"))  # no thread is free for it
    assert not written
    go_on.set()
    writing.finish()
    assert written == ["picture", "rows", "more rows"]


def test_what_comes_after_a_failure_is_not_written(executor: ThreadPoolExecutor) -> None:
    writing, written = Writing(executor, 9), list[str]()
    writing.add_last(lambda: written.append("earlier rows"))
    writing.add(fail)
    writing.add(lambda: written.append("another picture"))
    with pytest.raises(OSError, match="No space left"):
        writing.finish()
    assert sorted(written) == ["another picture", "earlier rows"]
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            writing.add_last(lambda: written.append("rows"))
            writing.finish()
    assert "rows" not in written


def test_no_more_wait_than_are_allowed(executor: ThreadPoolExecutor) -> None:
    writing, go_on, added = Writing(executor, 3), threading.Event(), list[int]()

    def add_many() -> None:
        for number in range(6):
            writing.add(lambda: assert_set(go_on))
            added.append(number)

    adding = threading.Thread(target=add_many)
    adding.start()
    adding.join(0.2)
    assert added == [0, 1, 2]
    go_on.set()
    adding.join(60)
    writing.finish()
    assert added == list(range(6))


def assert_set(event: threading.Event) -> None:
    assert event.wait(60)
