"""Loading samples ahead of the models, grouped by image size."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

from harness.plugins.checks import check_sample
from harness.plugins.failures import describe_failure
from harness.plugins.time_limit import TimeLimit
from harness.run.plan import called
from harness.run.work import ImageWork
from harness.samples import RainSet, Sample


class Loaded(NamedTuple):
    """A decoded sample, or the reason why there is none.

    Attributes:
        work: What is to be done with it.
        sample: The sample, or None.
        error: The reason, "" if there is one.
        seconds: What decoding or rendering took.
    """

    work: ImageWork
    sample: Sample | None
    error: str
    seconds: float


class InlineExecutor(Executor):
    """Does at once what is submitted, in the thread that submits it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function and return its finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def load_ahead(
    rain_set: RainSet,
    work: Sequence[ImageWork],
    executor: Executor,
    ahead: int,
    limit: TimeLimit,
    debug: bool = False,
) -> Iterator[Loaded]:
    """Yield the samples in order, while the next ones are being loaded.

    Args:
        rain_set: Whose samples.
        work: Which of them.
        executor: Where they are loaded.
        ahead: How many may be in memory at a time, at least 1.
        limit: On loading one.
        debug: Print the traceback of every failure.
    """
    pending: deque[Future[Loaded]] = deque()
    for item in work:
        pending.append(executor.submit(_load, rain_set, item, limit, debug))
        if len(pending) >= ahead:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def _load(rain_set: RainSet, work: ImageWork, limit: TimeLimit, debug: bool) -> Loaded:
    if work.error:
        return Loaded(work, None, work.error, 0.0)
    started = time.perf_counter()
    try:
        name = called("rain-sets", rain_set.name)
        made = limit.call(name, lambda: rain_set.load(work.image))
        sample, error = check_sample(made, work.image), ""
    except Exception as unusable:  # a plugin may raise anything
        sample, error = None, describe_failure(unusable, debug=debug)
    return Loaded(work, sample, error, time.perf_counter() - started)


def batches_by_size(loaded: Iterator[Loaded], batch_size: int) -> Iterator[list[Loaded]]:
    """Group samples of one image size that need the same work; failures come alone, at once.

    Args:
        loaded: The samples in order.
        batch_size: The largest group.

    Yields:
        Groups of 1 to ``batch_size``; at most four full groups' worth waits in memory.
    """
    waiting: dict[object, list[Loaded]] = defaultdict(list)
    for item in loaded:
        if item.sample is None:
            yield [item]
            continue
        kind = (item.sample.rainy.shape, repr(item.work.missing))
        waiting[kind].append(item)
        if len(waiting[kind]) == batch_size:
            yield waiting.pop(kind)
        elif sum(map(len, waiting.values())) >= 4 * batch_size:
            yield waiting.pop(max(waiting, key=lambda key: len(waiting[key])))
    yield from waiting.values()
