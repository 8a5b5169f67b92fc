"""Loading samples ahead of the models, grouped by image size."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

from harness.digests import digest_arrays
from harness.foreign_code import ForeignError
from harness.lending import sealed
from harness.plugins.checks import check_sample
from harness.run.plan import OpenRainSet
from harness.run.work import ImageWork
from harness.samples import Sample


class Loaded(NamedTuple):
    """A decoded sample, or the reason why there is none.

    Attributes:
        work: What is to be done with it.
        sample: The sample, or None.
        error: The reason, "" if there is one.
        seconds: What decoding or rendering took.
        digest: Of the decoded pixels and truth, "" where there is no sample.
    """

    work: ImageWork
    sample: Sample | None
    error: str
    seconds: float
    digest: str = ""


class InlineExecutor(Executor):
    """Does at once what is submitted, in the thread that submits it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function and return its finished future; what it raises is raised here."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def load_ahead(
    rain_set: OpenRainSet,
    work: Sequence[ImageWork],
    executor: Executor,
    ahead: int,
    result: Callable[[Future[Loaded]], Loaded],
) -> Iterator[Loaded]:
    """Yield the samples in order, while the next ones are being loaded.

    Args:
        rain_set: Whose samples.
        work: Which of them.
        executor: Where they are loaded.
        ahead: How many may be in memory at a time, at least 1.
        result: Waits for one.
    """
    pending: deque[Future[Loaded]] = deque()
    for item in work:
        pending.append(executor.submit(_load, rain_set, item))
        if len(pending) >= ahead:
            yield result(pending.popleft())
    while pending:
        yield result(pending.popleft())


def _load(rain_set: OpenRainSet, work: ImageWork) -> Loaded:
    if work.error:
        return Loaded(work, None, work.error, 0.0)
    started = time.perf_counter()
    sample, error = None, ""
    try:
        sample = rain_set.part.work(
            lambda content: sealed(check_sample(content.load(work.image), work.image)), work.image
        )
    except ForeignError as unusable:
        error = str(unusable)
    digest = sample_digest(sample) if sample is not None else ""
    return Loaded(work, sample, error, time.perf_counter() - started, digest)


def sample_digest(sample: Sample) -> str:
    """Return the digest of the decoded pixels and truth of a sample."""
    boxes = sample.boxes
    truth = (None,) if boxes is None else (boxes.xyxy, boxes.labels, boxes.ignore, boxes.areas)
    others = (sample.truths[name] for name in sorted(sample.truths))
    return digest_arrays(sample.rainy, sample.clean, sample.label_map, *truth, *others)


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
