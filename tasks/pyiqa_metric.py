"""Metrics of pyiqa, a zoo of image quality metrics with learned ones, where it is installed."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import torch

from harness.device import Device
from harness.digests import digest_arrays, digest_json
from harness.errors import ConfigError, TaskError
from harness.metric import Metric
from harness.nearest import nearest
from harness.per_image_task import PerImageTask
from harness.samples import RainSet, Sample
from harness.task import Batch

VERSION = 1
"""Raised whenever the same pictures would give other figures."""

OF_SETS = ("fid", "inception_score")
"""In the names of metrics that judge a set as a whole, which pyiqa lists among the others."""


class PyiqaTask(PerImageTask):
    """One metric of pyiqa on the restored image, and on the clean one where the metric needs it.

    pyiqa is for non-commercial use and fetches the weights of a learned metric when it is built.

    Args:
        name: As it stands in the tables.
        metric: As pyiqa calls it, for example ``musiq``, ``clipiqa`` or ``lpips``.

    Raises:
        ConfigError: If pyiqa is not installed, or has no such metric of single images.
    """

    kind: ClassVar[str] = "pyiqa"
    metrics: ClassVar[Mapping[str, Metric]] = {
        "quality": Metric("pyiqa", "A metric of pyiqa, averaged over images; see the signature.")
    }
    headline: ClassVar[tuple[str, ...]] = ("quality",)
    looks_at: ClassVar[Literal["picture", "perception"]] = "picture"

    def __init__(self, name: str = "pyiqa", metric: str = "musiq") -> None:
        self.name, self.metric = name, metric
        pyiqa = _pyiqa()
        known = [
            str(one)
            for mode in ("NR", "FR")
            for one in pyiqa.list_models(metric_mode=mode)
            if not any(word in str(one) for word in OF_SETS)
        ]
        if metric not in known:
            raise ConfigError(
                f"metric: pyiqa {pyiqa.__version__} has none of single images that is called "
                f"{metric!r}{nearest(metric, known)} `python -c 'import pyiqa; "
                "print(pyiqa.list_models())'` lists them"
            )
        self.network = pyiqa.create_metric(metric, device=torch.device("cpu")).eval()
        self.needs_clean = self.network.metric_mode == "FR"
        self._package = f"pyiqa-{pyiqa.__version__}"
        self._digest = _digest_of(self.network)

    def metrics_as_built(self) -> Mapping[str, Metric]:
        """Return what pyiqa says of the metric."""
        against = "the clean image" if self.needs_clean else "no truth"
        definition = f"{self.metric} of {self._package} against {against}, averaged over images."
        lower = bool(self.network.lower_better)
        return {"quality": Metric(self.metric, definition, higher_is_better=not lower)}

    def refusal(self, rain_set: RainSet) -> str | None:
        """Refuse sets without clean images where the metric needs them."""
        if self.needs_clean and not rain_set.has_clean:
            return f"{rain_set.name} has no clean images, which {self.metric} compares with"
        return None

    def predict(self, batch: Batch) -> Sequence[float]:
        """Compute the metric, an image at a time: not all of them take several.

        Raises:
            TaskError: If a sample has no clean image and the metric needs one.
        """
        return [self._of_one(batch.only(index)) for index in range(len(batch))]

    def score(self, prediction: float, sample: Sample, rain_set: RainSet) -> Mapping[str, float]:
        """Return the metric; see `Task.score`."""
        return {"quality": prediction}

    def protocol(self) -> str:
        """Return the metric and the version of the package."""
        return f"metric:{self.metric}@{self._digest[:8]}|package:{self._package}|v:{VERSION}"

    def fingerprint(self) -> str:
        """Return a digest of the metric, its weights and the package."""
        return digest_json([self.kind, VERSION, self.metric, self._package, self._digest])

    def reads(self, rain_set: RainSet) -> object:
        """Return nothing: the pictures are all that is read."""
        return None

    def place(self, device: Device) -> None:
        """Move the metric's network to the device."""
        self.network = self.network.to(device.torch_device)

    def weights_digests(self) -> dict[str, str]:
        """Return the digest of the network's tensors."""
        return {self.metric: self._digest}

    def _of_one(self, batch: Batch) -> float:
        pictures = [batch.on_device(batch.restored)]
        if self.needs_clean:
            (sample,) = batch.samples
            if sample.clean is None:
                raise TaskError(f"{sample.id}: has no clean image to compare with")
            pictures.append(batch.on_device([sample.clean]))
        with torch.inference_mode():
            return float(self.network(*pictures).reshape(-1)[0])


def _pyiqa() -> Any:
    """Import the package.

    Raises:
        ConfigError: If it, or what it needs, is not installed.
    """
    try:
        return importlib.import_module("pyiqa")
    except ImportError as error:
        raise ConfigError(
            f"metrics of pyiqa need the package ({error}): pip install 'rdmc-bench[pyiqa]'; it is "
            "for non-commercial use"
        ) from error


def _digest_of(network: torch.nn.Module) -> str:
    """Return a digest over the names and values of a network's tensors."""
    tensors = network.state_dict()
    values = digest_arrays(*(tensor.detach().cpu().numpy() for tensor in tensors.values()))
    return digest_json([list(tensors), values])
