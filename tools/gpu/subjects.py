"""What is run on the GPU: derainers with weights, and pairs of pictures to try them on.

Everything that these scripts take from the benchmark's registry goes through this file.
"""

import itertools
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
import yaml

from harness.derainer import NetworkDerainer
from harness.plugins import registry
from harness.samples import Sample
from harness.weights_by_name import find_name, known_as

ROOT = Path(__file__).resolve().parents[2]

CONFIG = ROOT / "configs" / "rain100l.yaml"
"""Names every derainer that this project has weights for."""

DATA = "RDMC_BENCH_DATA"
"""The variable that names the folder of pictures."""

WITHOUT_NETWORK = frozenset({"rainy", "clean", "guided-filter", "ugsm"})
"""Of `CONFIG`: references and classical methods."""


class Subject(NamedTuple):
    """A derainer of the configuration.

    Attributes:
        name: As it stands in the tables.
        use: As it is registered.
        options: What it is built with; ``weights`` is a path.
    """

    name: str
    use: str
    options: Mapping[str, Any]

    @property
    def missing_weights(self) -> Path | None:
        """The weight file, if it is not there; None where all is there or comes with the code."""
        weights = self.options.get("weights")
        return weights if weights is not None and not weights.is_file() else None

    @property
    def title(self) -> str:
        """What papers call it."""
        target: Any = registry.load("derainers", self.use)
        return str(target.facts.title)

    def build(self) -> NetworkDerainer:
        """Build it anew, on the CPU."""
        derainer: NetworkDerainer = registry.load("derainers", self.use)(**self.options)
        return derainer


def subjects() -> list[Subject]:
    """Return the derainers of `CONFIG` that are networks, in its order."""
    found = []
    for entry in yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["derainers"]:
        options = {"name": entry, "use": entry} if isinstance(entry, str) else dict(entry)
        name, use = options.pop("name"), options.pop("use")
        if use in WITHOUT_NETWORK:
            continue
        if "weights" in options:
            options["weights"] = weight_file(use, options["weights"])
        found.append(Subject(name, use, options))
    return found


def weight_file(use: str, tag: str) -> Path:
    """Return where a weight file lies, or its name alone if it lies nowhere."""
    known = known_as(getattr(registry.load("derainers", use), "known_weights", {}), tag)
    name = known.provenance.name if known else tag
    return find_name(name) or Path(name)


def rdmc_of_width(width: float) -> NetworkDerainer:
    """Return an untrained RDMC, whose speed is that of a trained one."""
    target: Any = registry.load("derainers", "rdmc")
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "untrained.pth"
        torch.save(target.build_network(width=width).state_dict(), weights)
        derainer: NetworkDerainer = target(weights=weights, width=width)
    return derainer


class Pairs(NamedTuple):
    """Rainy pictures with their clean ones.

    Attributes:
        rain_set: Their name, as in the committed tables.
        samples: The first of them, by id.
    """

    rain_set: str
    samples: list[Sample]

    def batches(self, most: int) -> Iterator[list[Sample]]:
        """Give batches of one size, of at most so many."""
        by_size = sorted(self.samples, key=_size)
        for _, same in itertools.groupby(by_size, key=_size):
            waiting = list(same)
            while waiting:
                yield waiting[:most]
                waiting = waiting[most:]


def read_pairs(count: int) -> Pairs:
    """Return the first pairs of Rain100L, or of rendered streets where nobody has Rain100L here."""
    folder = os.environ.get(DATA)
    if folder is not None and (Path(folder) / "Rain100L").is_dir():
        name, build = "Rain100L", registry.load("rain-sets", "pairs")
        patterns = {"rainy": "rainy/rain-{id}.*", "clean": "norain/norain-{id}.*"}
        rain_set = build(name=name, root=Path(folder) / name, **patterns)
    else:
        name = "streets-heavy"
        rain_set = registry.load("rain-sets", name)(name=name)
    return Pairs(name, [rain_set.load(one) for one in list(rain_set.ids())[:count]])


def _size(sample: Sample) -> tuple[int, ...]:
    return sample.rainy.shape
