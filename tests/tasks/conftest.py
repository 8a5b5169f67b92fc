from pathlib import Path

import numpy as np
import pytest
import torch

from harness.device import Device
from harness.samples import Sample
from harness.streets.scenes.classes import BOX_CLASSES, LABEL_CLASSES
from harness.task import Batch
from tasks import mm_configs


@pytest.fixture
def batch():
    """Make a batch of restored pictures, of samples that are those pictures."""

    def make(*pictures):
        samples = [Sample(str(index), picture) for index, picture in enumerate(pictures)]
        return Batch(list(pictures), samples, Device(torch.device("cpu")))

    return make


class StreetSet:
    """What a task asks of a rain set."""

    name = "streets"
    is_rendered = True
    has_clean = True
    box_classes = BOX_CLASSES
    label_classes = LABEL_CLASSES


@pytest.fixture
def street_set():
    return StreetSet()


@pytest.fixture(scope="session")
def photograph():
    """A picture of no common size: smooth, with edges."""
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 256, (10, 15, 3), dtype=np.uint8)
    return np.kron(coarse, np.ones((17, 16, 1), np.uint8))[:165, :230]


@pytest.fixture(scope="session")
def random_weights(tmp_path_factory):
    """Write the weights of an untrained network whose batch norms are not the identity."""

    def write(model, package):
        path = tmp_path_factory.mktemp("weights") / f"{Path(model).stem}.pth"
        config = mm_configs.load_config(mm_configs.find_config(model, package), package)
        torch.manual_seed(0)
        with mm_configs.registry_scope(package):
            network = mm_configs.registry(package, "MODELS").build(config.model)
        for module in network.modules():
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 2)
        meta = {"dataset_meta": {"classes": ["thing"], "palette": [[0, 0, 0]]}}
        torch.save({"state_dict": network.state_dict(), "meta": meta}, path)
        return path

    return write


@pytest.fixture(scope="session")
def detector_weights(random_weights):
    return random_weights("rtmdet_streets", "mmdet")


@pytest.fixture(scope="session")
def segmentor_weights(random_weights):
    return random_weights("unet_streets", "mmseg")
