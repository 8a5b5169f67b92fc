"""One pass over the images: each is decoded once, restored once, and every task sees that array.

On a CPU several images are on their way at a time, each in a thread of its own; at the end of a
rain set, threads without an image of their own take derainers of the others', and where none is
left, tiles of an image that is cut. Beside a GPU, threads decode and score (see
`harness.device.ThreadPlan`). Memory does not grow with the number of images.
"""

import functools
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

from harness.derainer import Derainer
from harness.foreign_code import ForeignError
from harness.keeping import heap_for
from harness.plugins.parts import Part
from harness.run.amount import Amounts
from harness.run.batch_in_hand import BatchInHand
from harness.run.example_images import ExampleImages
from harness.run.idle_lanes import IdleLanes
from harness.run.judging import Judge, Judged
from harness.run.loading import InlineExecutor, Loaded, batches_by_size, load_ahead
from harness.run.picture_folders import PictureFolders
from harness.run.picture_keys import PictureKeys
from harness.run.plan import OpenRainSet
from harness.run.restoring import Helpers, Restored, Restorer
from harness.run.rows import started_row
from harness.run.setting import Setting
from harness.run.time_left import TimeLeft
from harness.run.trial import trial_in_words, trials_on_noise
from harness.run.work import ImageWork, Work
from harness.run.writing import Writing
from harness.run_folder.records import RecordStore
from harness.samples import RainSet
from harness.task import Task
from harness.wording import counted

SECONDS_BETWEEN_FLUSHES = 5.0
SECONDS_BETWEEN_LOOKS = 1.0
"""At what is finished, while nothing else happens."""

Result = TypeVar("Result")


class OnePass:
    """Goes through the images that fall to this process and adds a row for every missing cell.

    Args:
        setting: Of the run.
        work: What of it is left for this process.
        amounts: How much each image is.
        store: Takes the rows.
        folders: Take the pictures of the run.
    """

    def __init__(
        self,
        setting: Setting,
        work: Work,
        amounts: Amounts,
        store: RecordStore,
        folders: PictureFolders,
    ) -> None:
        self.setting, self.work, self.store = setting, work, store
        self.plan, self.progress, self.amounts = setting.plan, setting.progress, amounts
        device, self.threads = setting.device, setting.device.threads
        self.time_left = TimeLeft(work, amounts, self.threads.lanes)
        self.batch_size = self.plan.config.batch_size or device.batch_size
        self.workers: Executor = (
            ThreadPoolExecutor(self.threads.workers, initializer=device.enter_thread)
            if self.threads.workers
            else InlineExecutor()
        )
        most_pending = 4 * max(1, self.threads.workers) * self.batch_size
        self.writing = Writing(self.workers, most_pending)
        keys = PictureKeys(setting.keys, work.sample_keys, self.plan.config.quantiser)
        self.pictures = ExampleImages(setting, work.examples, keys, folders, self.writing)
        self.restorer = Restorer(setting, self.writing)
        self.judge = Judge(setting, self.workers, most_pending)
        self._under_way: dict[Future[None], BatchInHand] = {}
        self._helping: list[Future[None]] = []
        self._idle = IdleLanes()
        self._stopping = threading.Event()
        self._flushing = threading.Lock()
        self._last_flush = time.monotonic()

    def go(self) -> None:
        """Do the work; what was finished is on disk even if this is interrupted."""
        lanes = ThreadPoolExecutor(self.threads.lanes, initializer=self.setting.device.enter_thread)
        try:
            self.time_left.begin(self._try_derainers())
            with self.progress.counting(self.work.restorations, left=self.time_left.seconds):
                for rain_set, images in self.work.images:
                    self._go_through(rain_set, images, lanes)
        except KeyboardInterrupt:
            running = {one for future, one in self._under_way.items() if future.running()}
            count = sum(len(one.images) for one in running)
            self.progress.say(f"stopping: finishing {counted(count, 'image')}")
            raise
        finally:
            self._stopping.set()
            with ExitStack() as last:  # all of it, the last named first, whatever one of it raises
                last.callback(self.workers.shutdown, wait=True, cancel_futures=True)
                last.callback(self.writing.finish)
                last.callback(self._flush)
                last.callback(self._store_scored)
                last.callback(lanes.shutdown, wait=True, cancel_futures=True)
                last.callback(self._idle.send_home)
                last.callback(self._close_derainers)

    def _try_derainers(self) -> dict[str, float]:
        """Say before the first image which derainers will fail on it, as with wrong weights.

        Returns:
            Seconds a pixel of those that did not.
        """
        busy = {name for _, images in self.work.images for one in images for name in one.missing}
        parts = [part for part in self.plan.derainers if part.name in busy]
        trials = trials_on_noise(self.restorer, parts)
        for name, cause in trials.failures.items():
            self.progress.say(f"{name} {trial_in_words(cause)}")
        return trials.paces

    def _go_through(
        self, rain_set: OpenRainSet, images: Sequence[ImageWork], lanes: Executor
    ) -> None:
        """Hand the batches of a rain set to the lanes, a few ahead of what is finished."""
        self._announce(rain_set, images)
        self._idle = IdleLanes()
        loader = self.workers if self.threads.workers else lanes
        ahead = 2 * self.batch_size * self.threads.lanes
        loaded = load_ahead(rain_set, images, loader, ahead, self._result)
        for batch in batches_by_size(loaded, self.batch_size):
            in_hand = self._in_hand(rain_set, batch)
            self._under_way[lanes.submit(self._begin, in_hand)] = in_hand
            if len(self._under_way) > self.threads.lanes:
                self._finish_some()
        self._share_out(lanes)
        while self._under_way:
            self._finish_some()
            self._share_out(lanes)
        self._idle.send_home()

    def _in_hand(self, rain_set: OpenRainSet, batch: Sequence[Loaded]) -> BatchInHand:
        missing = batch[0].work.missing
        parts = [one for one in self.plan.derainers_for(rain_set.name) if one.name in missing]
        pixels = sum(self.amounts[rain_set.name, one.work.image] for one in batch)
        return BatchInHand(rain_set, batch, parts, pixels)

    def _share_out(self, lanes: Executor) -> None:
        """Let lanes that have no batch of their own take derainers of those under way, or tiles."""
        self._helping = [future for future in self._helping if not _is_over(future)]
        for _ in range(self.threads.lanes - len(self._under_way) - len(self._helping)):
            batches = self._under_way.values()
            most = max(batches, key=lambda one: one.amount_left, default=None)
            if most is None:
                return
            if most.amount_left:
                self._under_way[lanes.submit(self._go_on, most)] = most
            else:
                self._helping.append(lanes.submit(self._idle.help))

    def _finish_some(self) -> None:
        """Wait until some batch is done, whichever: a costly one leaves no lane without work."""
        for future in self._first_of(self._under_way):
            future.result()
            del self._under_way[future]

    def _result(self, future: Future[Result]) -> Result:
        """Wait for a future and return what it came to."""
        self._first_of([future])
        return future.result()

    def _first_of(self, futures: Iterable[Future[Result]]) -> set[Future[Result]]:
        """Wait for the first of some futures; meanwhile what is finished reaches the disk."""
        while True:
            done = wait(futures, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED).done
            if done:
                return done
            self._store(self.judge.completed())
            self.progress.look()

    def _announce(self, rain_set: OpenRainSet, images: Sequence[ImageWork]) -> None:
        """Tell the derainers what comes; one that raises here counts as not built."""
        for part in self.plan.derainers_for(rain_set.name):
            ids = [one.image for one in images if part.name in one.missing and not one.error]
            if part.built is None or not ids:
                continue
            logs = self.setting.directory / "logs" / part.name
            tell = functools.partial(_expect, rain_set.content, ids, logs)
            try:
                part.ask(tell)
            except ForeignError as error:
                part.give_up(f"expect() raised {error}")

    def _close_derainers(self) -> None:
        """Let the derainers give up what is under way, so that nothing waits for it."""
        for part in self.plan.derainers:
            if part.built is None:
                continue
            try:
                part.ask(lambda built: built.close(), during="close")
            except ForeignError as error:
                self.progress.say(f"{part.name}: close() raised {error}")

    def _begin(self, batch: BatchInHand) -> None:
        """Keep what is to be shown of a batch, then restore and judge it."""
        self.setting.stopwatch.add("load", sum(loaded.seconds for loaded in batch.loaded))
        samples = [loaded.sample for loaded in batch.loaded if loaded.sample is not None]
        self.pictures.keep_truth(batch.rain_set, samples)
        self._go_on(batch)

    def _go_on(self, batch: BatchInHand) -> None:
        """Restore and judge a batch with one derainer after the other that no lane has taken."""
        rain_set, missing = batch.rain_set, batch.loaded[0].work.missing
        pixels = sum(one.sample.rainy[..., 0].size for one in batch.loaded if one.sample)
        while not self._stopping.is_set() and (derainer := batch.take()) is not None:
            place = (rain_set.name, batch.images)
            with self.time_left.taking(place, derainer.name, batch.derainers):
                taking_part = functools.partial(self.time_left.helping, place, derainer.name)
                helpers = Helpers(self._idle, taking_part)
                wanted = missing[derainer.name]
                with heap_for(pixels):
                    self._restore_and_judge(rain_set, derainer, wanted, batch.loaded, helpers)
            self.progress.step(f"{rain_set.name} / {derainer.name}", len(batch.images))
            self._store(self.judge.completed())

    def _restore_and_judge(
        self,
        rain_set: OpenRainSet,
        derainer: Part[Derainer],
        wanted: Sequence[str],
        batch: Sequence[Loaded],
        helpers: Helpers,
    ) -> None:
        """Restore one batch with one derainer, and judge it with the tasks that are wanted."""
        config = self.plan.config
        quantisers = dict.fromkeys([config.quantiser, *map(config.quantiser_of, wanted)])
        restored = self.restorer.restore(rain_set.name, derainer, batch, quantisers, helpers)
        samples = [loaded.sample for loaded in batch if loaded.sample is not None]
        shown = [
            (sample.id, image.pixels[config.quantiser])
            for sample, image in zip(samples, restored, strict=False)  # none of a failed one
            if image.pixels
        ]
        for image, pixels in shown:
            self.pictures.keep_restored(rain_set, image, derainer.name, pixels)
        for task in self.plan.tasks_for(rain_set.name):
            if task.name in wanted:
                self._judge(rain_set, derainer, task, batch, restored)
        for image, pixels in shown:
            self.pictures.complete(rain_set, image, derainer.name, pixels)

    def _judge(
        self,
        rain_set: OpenRainSet,
        derainer: Part[Derainer],
        task: Part[Task],
        batch: Sequence[Loaded],
        restored: list[Restored],
    ) -> None:
        """Predict on what was restored and hand the rows on: to be scored, or as failed ones."""
        quantiser = self.plan.config.quantiser_of(task.name)
        judged = [
            Judged(image.pixels[quantiser], loaded.sample)
            for loaded, image in zip(batch, restored, strict=True)
            if loaded.sample is not None and image.pixels
        ]
        predictions = iter(zip(judged, self.judge.predict(task, judged), strict=True))
        for loaded, image in zip(batch, restored, strict=True):
            row = started_row(self.plan, self.work, rain_set, derainer, task, loaded, image)
            if loaded.sample is None or not image.pixels:
                self._store([row])
                continue
            (_, sample), prediction = next(predictions)
            if prediction.error:
                self._store([{**row, "status": "failed", "error": prediction.error}])
                continue
            self.pictures.keep_predicted(rain_set, sample, derainer.name, task, prediction.value)
            self.judge.score(task, prediction, sample, rain_set.content, row)

    def _store_scored(self) -> None:
        self._store(self.judge.completed(wait=True))

    def _store(self, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            self.store.add(row)
        with self._flushing:
            if time.monotonic() - self._last_flush > SECONDS_BETWEEN_FLUSHES:
                self._flush()
                self._last_flush = time.monotonic()

    def _flush(self) -> None:
        """Write the rows when their pictures are there, which nobody makes for a finished row."""

        def write(rows: Callable[[], None]) -> None:
            with self.setting.stopwatch.timing("write"):
                rows()

        self.store.flush(lambda rows: self.writing.add_last(functools.partial(write, rows)))


def _is_over(future: Future[None]) -> bool:
    """Return whether a future is done, and raise what went wrong in it."""
    if future.done():
        future.result()
    return future.done()


def _expect(rain_set: RainSet, ids: Sequence[str], logs: Path, derainer: Derainer) -> None:
    derainer.expect(rain_set, ids, logs)
