"""Every picture and truth of a rain set decoded once, and what was seen of it."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from harness.device import Device
from harness.run.loading import Loaded, load_ahead
from harness.run.plan import OpenRainSet
from harness.run.work import ImageWork
from harness.samples import IGNORE_LABEL, Sample


class Size(NamedTuple):
    """Of a picture, in pixels; ordered by area."""

    area: int
    width: int
    height: int

    def __str__(self) -> str:
        """Width first, as people say it."""
        return f"{self.width}x{self.height}"


@dataclass
class Seen:
    """What was seen of a rain set.

    Attributes:
        sizes: Of the pictures.
        with_clean: How many have their clean one.
        failures: By id, why an image cannot be used.
        notes: Conversions on reading, each ``file: what``.
        boxes: Boxes by class.
        labelled: Pictures by each class that their label map shows.
        seconds: Of decoding, by one thread.
        sample: The first that could be read, None for none.
    """

    sizes: list[Size] = field(default_factory=list)
    with_clean: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    boxes: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    sample: Sample | None = None

    @property
    def megapixels(self) -> float:
        """Of all pictures together."""
        return sum(size.area for size in self.sizes) / 1e6

    def add(self, loaded: Loaded, rain_set: OpenRainSet) -> None:
        """Take note of an image."""
        self.seconds += loaded.seconds
        sample = loaded.sample
        if sample is None:
            self.failures[loaded.work.image] = loaded.error
            return
        height, width = sample.rainy.shape[:2]
        self.sizes.append(Size(height * width, width, height))
        self.with_clean += sample.clean is not None
        self.notes += sample.notes
        self.sample = self.sample or sample
        content = rain_set.content
        if sample.boxes is not None and content.box_classes:
            self.boxes.update(content.box_classes[label] for label in sample.boxes.labels)
        if sample.label_map is not None and content.label_classes:
            there = [value for value in np.unique(sample.label_map) if value != IGNORE_LABEL]
            self.labelled.update(content.label_classes[value] for value in there)


def loaded_images(rain_set: OpenRainSet, device: Device) -> Iterator[Loaded]:
    """Yield every image of a rain set, decoded in as many threads as the device has lanes."""
    work = [ImageWork(image, "", {}) for image in rain_set.ids]
    threads = max(device.threads.lanes, device.threads.workers)
    with ThreadPoolExecutor(threads, initializer=device.enter_thread) as executor:
        yield from load_ahead(rain_set, work, executor, 2 * threads, Future.result)
