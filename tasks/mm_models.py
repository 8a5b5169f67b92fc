"""Models of mmdetection and mmsegmentation: built without downloads, fed with arrays."""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.checkpoints import Checkpoint, read_checkpoint
from harness.device import Device
from harness.digests import digest_file, digest_json
from harness.errors import ConfigError, DerainerError, TaskError
from harness.foreign_code import cause_of, outcome
from harness.samples import ImageArray, RainSet
from harness.weights import fit_state_dict, named_as, plain_tensors
from tasks.mm_classes import settled_classes
from tasks.mm_configs import (
    CONFIGS,
    Package,
    array_pipeline,
    described,
    find_config,
    framework_version,
    load_config,
    registry,
    registry_scope,
    set_test_options,
    silence,
)
from tasks.model_index import official_weights

WEIGHTS = Path(__file__).with_name("weights")
OF_SCENES = "_streets"
"""How the shipped models are called that learned from rendered scenes alone."""

"""Weights of the models that this project trained, ``<config>.pth``."""


@dataclass
class MMModel:
    """A model of mmdetection or mmsegmentation, ready to predict.

    Attributes:
        name: The config's file name without ``.py``.
        config: The whole mmengine config, as built.
        network: In evaluation mode.
        pipeline: The config's own test pipeline, which takes ``{"img": BGR array}``.
        classes: What the network predicts, by index.
        remark: What a user should know of their names, "" for nothing.
        weights: The weight file.
        weights_digest: Its SHA-256.
        fingerprint: Digest of the model, its test pipeline, its weights and the framework.
        scope: The registry scope of the config, for example ``mmdet``.
        device: Where `predict` runs.
    """

    name: str
    config: Any
    network: nn.Module
    pipeline: Callable[[dict[str, Any]], dict[str, Any]]
    classes: tuple[str, ...]
    remark: str
    weights: Path
    weights_digest: str
    fingerprint: str
    scope: str
    device: Device

    def remark_on(self, rain_set: RainSet) -> str:
        """Return what must be known of the model as a judge of a rain set, "" for nothing."""
        knows_scenes_alone = self.weights.parent == WEIGHTS and self.name.endswith(OF_SCENES)
        if rain_set.is_rendered or not knows_scenes_alone:
            return ""
        return (
            f"{self.name} learned from this project's rendered scenes alone, and says little of "
            "photographs: name a model that knows such pictures by `model` and `weights`"
        )

    def place(self, device: Device) -> None:
        """Move the network to the device, in the device's fastest layout."""
        self.device = device
        self.network = device.place_module(self.network)

    def predict(self, images: Sequence[ImageArray]) -> list[Any]:
        """Run the config's test pipeline and the network.

        Args:
            images: Each (H, W, 3) uint8 RGB, all of one size.

        Returns:
            One ``DetDataSample`` or ``SegDataSample`` an image, in the images' own pixels.
        """
        batch: dict[str, list[Any]] = {"inputs": [], "data_samples": []}
        with registry_scope(self.scope):
            for index, image in enumerate(images):
                bgr = np.ascontiguousarray(image[..., ::-1])
                packed = self.pipeline({"img": bgr, "img_id": index})
                batch["inputs"].append(packed["inputs"])
                batch["data_samples"].append(packed["data_samples"])
            with torch.inference_mode(), self.device.autocast():
                samples: list[Any] = self.network.test_step(batch)  # type: ignore[operator]
        return samples


def build_model(
    model: str, package: Package, weights: Path | None, trust: bool, overrides: Mapping[str, Any]
) -> MMModel:
    """Build a model from its config and load its weights.

    Args:
        model: As for `find_config`.
        package: Which of the two frameworks the model belongs to.
        weights: The weight file; None for the weights that this project ships, or that the
            framework's index names, which are fetched where they are not on this disk.
        trust: Unpickle arbitrary objects in the weight file.
        overrides: Values for keys of the model's ``test_cfg``, wherever in it they stand.

    Raises:
        ConfigError: If the model is unknown, or nobody gives its weights.
        TaskError: If it does not build, the weights do not fit, or the names of its classes fit
            neither its outputs nor those that the weights were trained with.
    """
    path = find_config(model, package)
    config = load_config(path, package)
    set_test_options(config.model, overrides)
    weights = weights or _known_weights(path)
    scope = config.get("default_scope") or package
    steps = array_pipeline(config)
    text = json.dumps([config.model, steps], default=described)  # building alters the config
    with registry_scope(scope), silence():
        from mmcv.transforms import Compose

        made, error = outcome(
            lambda: (registry(package, "MODELS").build(config.model), Compose(steps))
        )
        if error is not None:  # a third party's config may make the framework raise anything
            raise TaskError(f"{model}: {package} cannot build it ({cause_of(error)})") from error
        assert made is not None
        network, pipeline = made
    checkpoint = _checkpoint(weights, trust)
    network = _load_weights(network, checkpoint, weights).eval()
    classes, remark = settled_classes(config, path, package, network, checkpoint.meta)
    keep_float32_where_it_counts(network)
    digest = digest_file(weights)
    return MMModel(
        name=path.stem,
        config=config,
        network=network,
        pipeline=pipeline,
        classes=classes,
        remark=remark,
        weights=weights,
        weights_digest=digest,
        fingerprint=digest_json([text, classes, digest, package, framework_version(package)]),
        scope=scope,
        device=Device(torch.device("cpu")),
    )


def keep_float32_where_it_counts(network: nn.Module) -> None:
    """Hand on what heads compute in autocast as float32, and give it to mmcv's own operators.

    Box coordinates have no room in bfloat16: it holds 8 bits, so beyond 256 it counts in steps
    of 2 pixels. RoIAlign and its like are compiled for float32 alone on a CPU; what extracts
    regions makes its result of the type of its features.
    """
    for name, module in network.named_modules():
        last = name.rpartition(".")[2]
        if last.endswith("_head") or last == "conv_seg":
            module.register_forward_hook(_to_float32)
        kind = type(module).__module__
        if kind.startswith("mmcv.ops.") or ".roi_extractors." in kind:
            module.register_forward_pre_hook(lambda op, given: _to_float32(op, (), given))


def _to_float32(module: nn.Module, inputs: Any, output: Any) -> Any:
    if isinstance(output, Tensor):
        return output.float() if output.is_floating_point() else output
    if type(output) in (list, tuple):
        return type(output)(_to_float32(module, inputs, part) for part in output)
    return output


def _known_weights(config: Path) -> Path:
    """Return the weights that this project ships for a config, or those that an index names."""
    shipped = WEIGHTS / f"{config.stem}.pth"
    if config.parent == CONFIGS and shipped.is_file():
        return shipped
    official = official_weights(config)
    if official is None:
        raise ConfigError(
            f"{config.stem}: give its `weights`, a file; this project ships weights for "
            f"{', '.join(sorted(found.stem for found in WEIGHTS.glob('*.pth'))) or 'no model'}, "
            "and no index names any for it"
        )
    return official


def _checkpoint(path: Path, trust: bool) -> Checkpoint:
    try:
        return read_checkpoint(path, trust)
    except DerainerError as error:
        raise TaskError(str(error)) from error


def _load_weights(network: nn.Module, checkpoint: Checkpoint, path: Path) -> nn.Module:
    """Load weights, also those whose batch norms are folded into the convolutions."""
    try:
        expected = network.state_dict()
        tensors = named_as(expected.keys(), plain_tensors(checkpoint), path)
        tensors = {
            key: value
            for key, value in tensors.items()
            if key in expected or not key.startswith("ema_")  # a second copy, kept by old versions
        }
        if not expected.keys() <= tensors.keys():
            network = _folded_like(network, tensors, path)
        fit_state_dict(network, tensors, path)
    except DerainerError as error:
        raise TaskError(str(error)) from error
    return network


def _folded_like(network: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> nn.Module:
    """Return the network with its batch norms folded if these tensors fit that, else as it is."""
    from mmcv.cnn.utils import fuse_conv_bn

    folded: nn.Module = fuse_conv_bn(copy.deepcopy(network).eval())
    keys = folded.state_dict().keys()
    return folded if named_as(keys, tensors, path).keys() == keys else network
