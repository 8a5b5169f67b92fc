"""Whether a plugin gave what its interface promises: asked before a run relies on it.

What is not sound is an error with a cause here, and not one in the middle of a run, where it would
cost the rows of others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from harness.derainer import Derainer, DerainerFacts, checked_output
from harness.errors import BenchError, DerainerError, SampleError, TaskError
from harness.foreign_code import ForeignError, attempt
from harness.plugins.printable import expect_printable
from harness.plugins.task_class import check_task_class
from harness.samples import Boxes, RainSet, Sample
from harness.settings import first_problem
from harness.task import Task

T = TypeVar("T")

_FACTS = TypeAdapter(DerainerFacts)


def check_derainer(built: object, name: str = "") -> None:
    """Check a derainer that was built.

    Args:
        built: What its class or function returned.
        name: That the configuration gives it.

    Raises:
        DerainerError: If it is none, or its facts, bound, parameters or fingerprint cannot be had.
    """
    if not isinstance(built, Derainer):
        raise DerainerError(f"built a {type(built).__name__}: it must build a Derainer")
    facts = getattr(built, "facts", None)
    if not isinstance(facts, DerainerFacts):
        raise DerainerError(
            f"{type(built).__name__} has no facts: say `facts = DerainerFacts(title=...)` in it"
        )
    try:
        _FACTS.validate_python(asdict(facts))
    except ValidationError as error:
        raise DerainerError(
            f"the facts of {type(built).__name__} are wrong: {first_problem(error)}"
        ) from error
    for fact, value in asdict(facts).items():
        expect_printable(value, f"its fact {fact}", DerainerError)
    if facts.size_multiple < 1:
        raise DerainerError(f"its size_multiple is {facts.size_multiple}: it must be 1 or more")
    count = _ask(built.parameters_count, "parameters_count", DerainerError)
    if count is not None:
        _expect(count, int, "parameters_count", DerainerError)
    _expect(
        _ask(built.fingerprint, "fingerprint", DerainerError), str, "fingerprint", DerainerError
    )
    weights = getattr(built, "weights_digest", "")
    if not isinstance(weights, str) and not _is_text_by_text(weights):
        raise DerainerError("its weights_digest is no text: it must be the SHA-256 of a file")
    if built.bound not in (None, "lower", "upper"):
        raise DerainerError(f"its bound is {built.bound!r}: choose `lower`, `upper` or None")
    for flag in ("is_reentrant", "is_local", "is_computed", "limits_itself"):
        _expect(getattr(built, flag), bool, flag, DerainerError)


def check_task(built: object, name: str = "") -> None:
    """Check a task that was built.

    Args:
        built: What its class or function returned.
        name: That the configuration gives it.

    Raises:
        TaskError: If it is none, or its columns, signature or fingerprint cannot be had.
    """
    if not isinstance(built, Task):
        raise TaskError(f"built a {type(built).__name__}: it must build a Task")
    check_task_class(built)
    for name in ("fingerprint", "protocol"):
        text = _ask(getattr(built, name), name, TaskError)
        _expect(text, str, name, TaskError)
        expect_printable(text, f"its {name}", TaskError)
    digests = _ask(built.weights_digests, "weights_digests", TaskError)
    _expect(digests, dict, "weights_digests", TaskError)
    if not _is_text_by_text(digests):
        raise TaskError(f"its weights_digests is {digests!r}: it must give texts by name")


def _is_text_by_text(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(key, str) and isinstance(one, str) for key, one in value.items()
    )


def check_rain_set(built: object, name: str) -> None:
    """Check a rain set that was built.

    Args:
        built: What its class or function returned.
        name: That the configuration gives it.

    Raises:
        BenchError: If it is no rain set, bears another name, or its ids are not unique texts.
    """
    if not isinstance(built, RainSet):
        raise BenchError(f"built a {type(built).__name__}: it must build a RainSet")
    if getattr(built, "name", None) != name:
        raise BenchError(
            f"calls itself {getattr(built, 'name', None)!r}: it must keep the `name` it is given"
        )
    for classes in (built.box_classes, built.label_classes):
        if classes is not None and not all(isinstance(one, str) for one in classes):
            raise BenchError("has classes that are no texts: give a tuple of names, or None")
        for one in classes or ():
            expect_printable(one, "a class", BenchError)
    _expect(built.description, str, "description", BenchError)
    _expect(built.has_clean, bool, "has_clean", BenchError)
    if not all(isinstance(one, str) for one in built.truths):
        raise BenchError("has truths that are no texts: give a tuple of names")
    ids = list(_ask(built.ids, "ids", BenchError))
    if not all(isinstance(one, str) and one for one in ids) or len(set(ids)) < len(ids):
        raise BenchError("ids() gave what are not texts, or one of them twice")
    for one in ids:
        if not _is_utf_8(one):
            raise BenchError(f"its id {one!r} is no UTF-8: rename the file that it is of")


def check_sample(sample: object, image: str) -> Sample:
    """Return what a rain set loaded if it is a sample.

    Args:
        sample: What ``load`` returned.
        image: The id that it was asked for.

    Raises:
        SampleError: If it is another one, or a picture, label map or box has a wrong type or shape.
    """
    if not isinstance(sample, Sample):
        raise SampleError(f"{image}: load returned a {type(sample).__name__}, not a Sample")
    if sample.id != image:
        raise SampleError(f"{image}: load returned the sample {sample.id!r}")
    _check_array(image, "rainy", sample.rainy, None)
    size = sample.rainy.shape[:2]
    if sample.clean is not None:
        _check_array(image, "clean", sample.clean, (*size, 3))
    if sample.label_map is not None:
        _check_array(image, "label_map", sample.label_map, size)
    if sample.boxes is not None:
        _check_boxes(image, sample.boxes)
    if not isinstance(sample.notes, tuple | list) or not all(
        isinstance(note, str) and _is_utf_8(note) for note in sample.notes
    ):
        raise SampleError(f"{image}: its notes are {sample.notes!r}: give a tuple of UTF-8 texts")
    for name, truth in sample.truths.items():
        if not isinstance(name, str):
            raise SampleError(f"{image}: its truth {name!r} has no text for a name")
        if not isinstance(truth, np.ndarray) or truth.shape[:2] != size or truth.dtype.hasobject:
            got = f"{truth.dtype} {truth.shape}" if isinstance(truth, np.ndarray) else type(truth)
            raise SampleError(
                f"{image}: its truth {name} is {got}: it must be an array of numbers "
                f"{(*size, '...')}"
            )
    return sample


def _check_array(image: str, what: str, pixels: object, expected: Sequence[int] | None) -> None:
    """Refuse what is no uint8 array of the expected shape; (H, W, 3) with pixels where None."""
    shape: tuple[int, ...] = pixels.shape if isinstance(pixels, np.ndarray) else ()
    fits = (
        shape == tuple(expected) if expected else len(shape) == 3 and shape[2] == 3 and all(shape)
    )
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or not fits:
        got = f"{pixels.dtype} {shape}" if isinstance(pixels, np.ndarray) else type(pixels).__name__
        wanted = tuple(expected) if expected else "(H, W, 3)"
        raise SampleError(f"{image}: its {what} is {got}: it must be a uint8 array {wanted}")


def _check_boxes(image: str, boxes: Boxes) -> None:
    arrays = (boxes.xyxy, boxes.labels, boxes.ignore, boxes.areas)
    if not all(isinstance(one, np.ndarray) and one.dtype.kind in "biuf" for one in arrays):
        raise SampleError(f"{image}: its boxes must be four arrays of numbers")
    shapes = [np.shape(one) for one in arrays]
    count = len(np.atleast_1d(boxes.xyxy))
    if shapes != [(count, 4), (count,), (count,), (count,)]:
        raise SampleError(
            f"{image}: its boxes have the shapes {shapes}: they must be (N, 4), (N,), (N,), (N,)"
        )


def _ask(function: Callable[[], T], name: str, error_type: type[BenchError]) -> T:
    try:
        return attempt(function)
    except ForeignError as error:
        raise error_type(f"{name}() raised {error}") from error


def _expect(value: object, kind: type, name: str, error_type: type[BenchError]) -> None:
    if not isinstance(value, kind):
        raise error_type(f"its {name} is {value!r}: it must be of type {kind.__name__}")
    if isinstance(value, str) and not _is_utf_8(value):
        raise error_type(f"its {name} is {value!r}: it must be a text that UTF-8 can hold")


def _is_utf_8(text: str) -> bool:
    """Return whether files can hold a text; one made of a file's name may have lone surrogates."""
    return text == text.encode("utf-8", "replace").decode()


def check_restored(images: object, samples: Sequence[Sample]) -> None:
    """Refuse what is no restored image of each sample; no value is looked at, see `check_finite`.

    Args:
        images: What ``restore_samples`` returned.
        samples: What it was given.

    Raises:
        DerainerError: If it is no list of floats or uint8, each of its sample's shape.
    """
    source = "restore_samples"
    if not isinstance(images, Sequence) or not all(isinstance(one, Tensor) for one in images):
        raise DerainerError(
            f"{source} returned {_type_of(images)}: it must return a list of tensors"
        )
    shapes = [tuple(image.shape) for image in images]
    expected = [(3, *sample.rainy.shape[:2]) for sample in samples]
    if shapes != expected:
        raise DerainerError(f"{source} returned shapes {shapes}: it must return {expected}")
    for image, shape in zip(images, expected, strict=True):
        if image.dtype != torch.uint8:
            checked_output(source, image, shape)


def all_finite(image: Tensor) -> Tensor:
    """Return whether no value is NaN or infinite, () bool on the image's device."""
    return (image * 0).sum() == 0  # a finite value times 0 is 0, any other is NaN


def check_finite(finite: bool) -> None:
    """Refuse restored images unless all their values are finite; see `all_finite`.

    Raises:
        DerainerError: If not.
    """
    if not finite:
        raise DerainerError("restore_samples returned values that are NaN or infinite")


def _type_of(images: object) -> str:
    if not isinstance(images, Sequence):
        return f"{type(images).__name__}"
    kinds = {type(one).__name__ for one in images}
    return f"{type(images).__name__} of {', '.join(sorted(kinds))}"


def check_drawing(drawing: object) -> npt.NDArray[np.uint8] | None:
    """Return what a task drew if it is None or an overlay.

    Raises:
        TaskError: If it is anything else than (h, w, 4) uint8.
    """
    if drawing is None:
        return None
    got = type(drawing).__name__
    if isinstance(drawing, np.ndarray):
        if (
            drawing.dtype == np.uint8
            and drawing.ndim == 3
            and drawing.shape[2] == 4
            and drawing.size
        ):
            return drawing
        got = f"{drawing.dtype} {drawing.shape}"
    raise TaskError(f"drew {got}: it must be a uint8 array (h, w, 4), red to opacity")


def check_legend(legend: object) -> dict[str, tuple[int, int, int]]:
    """Return what the colours of a task's drawings mean.

    Raises:
        TaskError: If it is no mapping from texts to red, green and blue of 0 to 255.
    """
    if not isinstance(legend, Mapping):
        raise TaskError(f"legend() gave {type(legend).__name__}: give colours by what they mean")
    checked = {}
    for name, colour in legend.items():
        levels = list(colour) if isinstance(colour, Sequence | np.ndarray) else []
        whole = all(isinstance(one, int | np.integer) and 0 <= one <= 255 for one in levels)
        if not isinstance(name, str) or len(levels) != 3 or not whole:
            raise TaskError(
                f"legend() gave {name!r} the colour {colour!r}: give a text red, green and blue of "
                "0 to 255"
            )
        red, green, blue = map(int, levels)
        checked[name] = (red, green, blue)
    return checked
