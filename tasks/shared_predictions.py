"""What a model said of a picture, kept a while for those who ask the same of it again.

A task that compares with the rainy or the clean picture needs the model's word on it for every
derainer, and two tasks with one model ask it about the same restored pictures. Derainers and tasks
take turns on a few images, so it is enough to remember the latest.
"""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from harness.device import Device
from harness.digests import digest_arrays
from harness.samples import ImageArray

T = TypeVar("T")

MOST_PIXELS = 64_000_000
"""Of the pictures that are remembered for one model: label maps of them take 128 MB."""

Key = tuple[str, str, str]
"""The digest of a picture, the device, and the precision."""


class SharedPredictions(Generic[T]):
    """The latest predictions of one model; several threads may ask at a time.

    Args:
        most_pixels: Of the pictures that are remembered; the last one always is.
    """

    def __init__(self, most_pixels: int = MOST_PIXELS) -> None:
        self.most_pixels = most_pixels
        self.users = 0
        self._known: OrderedDict[Key, tuple[T, int]] = OrderedDict()
        self._pixels = 0
        self._lock = threading.Lock()

    def predict(
        self,
        pictures: Sequence[ImageArray],
        device: Device,
        predict: Callable[[Sequence[ImageArray]], Sequence[T]],
    ) -> list[T]:
        """Return the predictions on pictures, each made once.

        Args:
            pictures: Each (H, W, 3) uint8, all of one size.
            device: Where the model is.
            predict: Asks the model about some of them; called at most once.
        """
        keys = [
            (digest_arrays(one), str(device.torch_device), device.precision) for one in pictures
        ]
        with self._lock:
            found = {key: self._recall(key) for key in keys if key in self._known}
        left = {key: one for key, one in zip(keys, pictures, strict=True) if key not in found}
        if left:
            made = dict(zip(left, predict(list(left.values())), strict=True))
            found |= made
            with self._lock:
                for key, prediction in made.items():
                    self._remember(key, prediction, left[key].shape[0] * left[key].shape[1])
        return [found[key] for key in keys]

    def _recall(self, key: Key) -> T:
        self._known.move_to_end(key)
        return self._known[key][0]

    def _remember(self, key: Key, prediction: T, pixels: int) -> None:
        if key in self._known:
            return  # another thread was as fast
        self._known[key] = (prediction, pixels)
        self._pixels += pixels
        while self._pixels > self.most_pixels and len(self._known) > 1:
            _, (_, dropped) = self._known.popitem(last=False)
            self._pixels -= dropped


_SHARED: "weakref.WeakValueDictionary[str, SharedPredictions[object]]" = (
    weakref.WeakValueDictionary()
)
_LOCK = threading.Lock()


def predictions_of(model: str) -> SharedPredictions[object]:
    """Return where all tasks of this process find each other's predictions of one model.

    They live as long as one of the tasks does.

    Args:
        model: A digest of all that determines a prediction, given the picture and the device.
    """
    with _LOCK:
        shared = _SHARED.get(model)
        if shared is None:
            shared = _SHARED[model] = SharedPredictions()
        shared.users += 1
        return shared
