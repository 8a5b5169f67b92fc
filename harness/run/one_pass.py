"""One pass over the images: each is decoded once, restored once, and every task sees that array.

On a CPU several images are on their way at a time, each in a thread of its own; beside a GPU,
threads decode and score (see `harness.device.ThreadPlan`). Memory does not grow with the number of
images.
"""

import functools
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from harness.derainer import Derainer
from harness.device import Device
from harness.digests import digest_arrays
from harness.plugins.failures import describe_failure
from harness.plugins.time_limit import TimeLimit
from harness.progress import ProgressReporter
from harness.run.example_pictures import ExamplePictures
from harness.run.judging import Judge
from harness.run.keys import Keys
from harness.run.loading import InlineExecutor, Loaded, batches_by_size, load_ahead
from harness.run.plan import Part, Plan
from harness.run.restoring import Restored, Restorer
from harness.run.stopwatch import Stopwatch
from harness.run.work import ImageWork, Work
from harness.run_folder.kept_pictures import Examples, RestoredImages
from harness.run_folder.records import Cell, RecordStore
from harness.samples import RainSet, Sample
from harness.task import Task

SECONDS_BETWEEN_FLUSHES = 10.0


class OnePass:
    """Goes through the images that fall to this process and adds a row for every missing cell.

    Args:
        plan: What the run is made of.
        work: What of it is left for this process.
        keys: Of its restored images.
        store: Takes the rows.
        examples: Takes the pictures that the report shows.
        device: Where the models run.
        limit: On one call of a derainer, task or rain set.
        directory: The run's folder.
        progress: Is told of every restored image that was judged.
        debug: Print the traceback of every failure.
    """

    def __init__(
        self,
        plan: Plan,
        work: Work,
        keys: Keys,
        store: RecordStore,
        examples: Examples,
        device: Device,
        limit: TimeLimit,
        directory: Path,
        progress: ProgressReporter,
        debug: bool = False,
    ) -> None:
        self.plan, self.work, self.keys = plan, work, keys
        self.store = store
        self.pictures = ExamplePictures(plan, work.examples, examples, limit, progress, debug)
        self.directory, self.progress, self.debug = directory, progress, debug
        self.stopwatch = Stopwatch()
        self.batch_size = plan.config.batch_size or device.batch_size
        self.threads = device.threads
        self.workers: Executor = (
            ThreadPoolExecutor(self.threads.workers) if self.threads.workers else InlineExecutor()
        )
        config = plan.config
        kept = RestoredImages(directory, config.quantiser) if config.keep_restored else None
        self.limit = limit
        self.restorer = Restorer(device, kept, self.stopwatch, self.limit, debug)
        most_pending = 4 * max(1, self.threads.workers) * self.batch_size
        self.judge = Judge(device, self.workers, most_pending, self.stopwatch, limit, debug)
        self._flushing = threading.Lock()
        self._last_flush = time.monotonic()

    def go(self) -> None:
        """Do the work; what was finished is on disk even if this is interrupted."""
        lanes = ThreadPoolExecutor(
            self.threads.lanes, initializer=torch.set_num_threads, initargs=(1,)
        )
        try:
            with self.progress.counting(self.work.restorations):
                for rain_set, images in self.work.images:
                    self._go_through(rain_set, images, lanes)
        finally:
            self._close_derainers()
            lanes.shutdown(wait=True, cancel_futures=True)
            self._store(self.judge.completed(wait=True))  # before their workers are sent away
            self.workers.shutdown(wait=True, cancel_futures=True)
            self.store.flush()

    def _go_through(self, rain_set: RainSet, images: Sequence[ImageWork], lanes: Executor) -> None:
        """Hand the batches of a rain set to the lanes, a few ahead of what is finished."""
        self._announce(rain_set, images)
        loader = self.workers if self.threads.workers else lanes
        ahead = 2 * self.batch_size * self.threads.lanes
        loaded = load_ahead(rain_set, images, loader, ahead, self.limit, self.debug)
        under_way: deque[Future[None]] = deque()
        for batch in batches_by_size(loaded, self.batch_size):
            under_way.append(lanes.submit(self._take, rain_set, batch))
            if len(under_way) > self.threads.lanes:
                under_way.popleft().result()
        while under_way:
            under_way.popleft().result()

    def _announce(self, rain_set: RainSet, images: Sequence[ImageWork]) -> None:
        """Tell the derainers what comes; one that raises here counts as not built."""
        for part in self.plan.derainers_for(rain_set):
            ids = [one.image for one in images if part.name in one.missing and not one.error]
            if part.built is None or not ids:
                continue
            try:
                tell = functools.partial(
                    part.built.expect, rain_set, ids, self.directory / "logs" / part.name
                )
                self.limit.call(part.name, tell)
            except Exception as error:  # a plugin may raise anything
                part.error = f"expect() raised {describe_failure(error, debug=self.debug)}"
                part.built = None

    def _close_derainers(self) -> None:
        """Let the derainers give up what is under way, so that nothing waits for it."""
        for part in self.plan.derainers:
            try:
                if part.built is not None:
                    self.limit.call(f"{part.name} (close)", part.built.close)
            except Exception as error:  # a plugin may raise anything
                cause = describe_failure(error, debug=self.debug)
                self.progress.say(f"{part.name}: close() raised {cause}")

    def _take(self, rain_set: RainSet, batch: list[Loaded]) -> None:
        """Restore and judge one batch with every derainer that has work left on it."""
        self.stopwatch.add("load", sum(loaded.seconds for loaded in batch))
        digests = [_sample_digest(loaded.sample) for loaded in batch]
        samples = [loaded.sample for loaded in batch if loaded.sample is not None]
        self.pictures.keep_truth(rain_set, samples)
        for derainer in self.plan.derainers_for(rain_set):
            wanted = batch[0].work.missing.get(derainer.name, ())
            if not wanted:
                continue
            restored = self._restore(rain_set, derainer, batch, wanted)
            for task in self.plan.tasks_for(rain_set):
                if task.name in wanted:
                    rows = [
                        self._row(rain_set, derainer, task, *item)
                        for item in zip(batch, digests, restored, strict=True)
                    ]
                    self._judge(rain_set, task, batch, restored, rows)
            self.progress.step(f"{rain_set.name} / {derainer.name}", len(batch))
            self._store(self.judge.completed())

    def _restore(
        self,
        rain_set: RainSet,
        derainer: Part[Derainer],
        batch: list[Loaded],
        tasks: Sequence[str],
    ) -> list[Restored]:
        """Restore a batch, in 8 bits as the run and as these tasks have it."""
        samples = [loaded.sample for loaded in batch if loaded.sample is not None]
        if not samples:
            return [Restored({}, loaded.error) for loaded in batch]
        config = self.plan.config
        quantisers = dict.fromkeys([config.quantiser, *map(config.quantiser_of, tasks)])
        keys = [
            {
                one: self.keys.restored(loaded.work.sample_key, derainer.name, one)
                for one in quantisers
            }
            for loaded in batch
        ]
        restored = self.restorer.restore(rain_set.name, derainer, samples, keys)
        for sample, image in zip(samples, restored, strict=True):
            if image.pixels:
                shown = image.pixels[config.quantiser]
                self.pictures.keep_restored(rain_set, sample.id, derainer.name, shown)
        return restored

    def _judge(
        self,
        rain_set: RainSet,
        task: Part[Task],
        batch: list[Loaded],
        restored: list[Restored],
        rows: list[dict[str, Any]],
    ) -> None:
        quantiser = self.plan.config.quantiser_of(task.name)
        images = [image.pixels[quantiser] for image in restored if image.pixels]
        predictions = iter(self.judge.predict(task, images))
        for loaded, image, row in zip(batch, restored, rows, strict=True):
            if not image.pixels or loaded.sample is None:
                self._store([row])
                continue
            prediction = next(predictions)
            if prediction.error or task.built is None:
                self._store([{**row, "status": "failed", "error": prediction.error}])
                continue
            self.pictures.keep_predicted(
                rain_set, loaded.work.image, row["derainer"], task, prediction.value
            )
            self.judge.score(task.built, prediction, loaded.sample, rain_set, row)

    def _row(
        self,
        rain_set: RainSet,
        derainer: Part[Derainer],
        task: Part[Task],
        loaded: Loaded,
        digest: str,
        restored: Restored,
    ) -> dict[str, Any]:
        """Return a row with everything but the score."""
        sample = loaded.sample
        notes = [*(sample.notes if sample is not None else ()), restored.note]
        cell = Cell(rain_set.name, derainer.name, task.name, loaded.work.image)
        return {
            **cell._asdict(),
            "kind": task.entry.use,
            "key": self.work.row_keys[cell],
            "status": "failed" if restored.error else "ok",
            "error": restored.error,
            "notes": "; ".join(filter(None, notes)),
            "sample_digest": digest,
            "width": sample.rainy.shape[1] if sample is not None else 0,
            "height": sample.rainy.shape[0] if sample is not None else 0,
            "quantiser": self.plan.config.quantiser_of(task.name),
            "precision": self.plan.config.precision,
            "protocol": task.built.protocol() if task.built is not None else "",
            "restore_seconds": restored.seconds,
            "predict_seconds": 0.0,
        }

    def _store(self, rows: list[Mapping[str, Any]] | list[dict[str, Any]]) -> None:
        for row in rows:
            self.store.add(row)
        with self._flushing:
            if time.monotonic() - self._last_flush > SECONDS_BETWEEN_FLUSHES:
                with self.stopwatch.timing("write"):
                    self.store.flush()
                self._last_flush = time.monotonic()


def _sample_digest(sample: Sample | None) -> str:
    if sample is None:
        return ""
    boxes = sample.boxes
    truth = (None,) if boxes is None else (boxes.xyxy, boxes.labels, boxes.ignore, boxes.areas)
    return digest_arrays(sample.rainy, sample.clean, sample.label_map, *truth)
