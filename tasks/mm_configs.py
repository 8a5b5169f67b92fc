"""Configs of mmdetection and mmsegmentation: found by name, read, and made fit for arrays."""

import contextlib
import copy
import importlib
import io
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from harness.errors import ConfigError
from harness.foreign_code import cause_of, outcome
from harness.nearest import nearest

Package = Literal["mmdet", "mmseg"]

CONFIGS = Path(__file__).with_name("configs")
"""The configs of the models that this project trained."""


def find_config(model: str, package: Package) -> Path:
    """Return the config file of a model.

    Args:
        model: A path that ends in ``.py``, one of this project's own configs, or the name of a
            config in the framework's own index, such as ``rtmdet_tiny_8xb32-300e_coco``.
        package: Whose index.

    Raises:
        ConfigError: If there is no such model; the nearest known name is shown.
    """
    if model.endswith(".py"):
        if not Path(model).is_file():
            raise ConfigError(f"{model}: no such model config")
        return Path(model)
    if (CONFIGS / f"{model}.py").is_file():
        return CONFIGS / f"{model}.py"
    with silence():
        package_folder = Path(str(importlib.import_module(package).__file__)).parent
    index = {
        path.stem: path
        for path in (package_folder / ".mim" / "configs").rglob("*.py")
        if "_base_" not in path.parts
    }
    if model not in index:
        known = [*index, *(path.stem for path in CONFIGS.glob("*.py"))]
        raise ConfigError(
            f"no model config is named {model!r} in {package} or here"
            f"{nearest(model, known) or '.'} Give the name of a config, or a path that ends in .py"
        )
    return index[model]


def load_config(path: Path, package: Package) -> Any:
    """Read a config, with everything taken out that would download pretrained weights.

    Raises:
        ConfigError: If the file is no mmengine config, or one of the other framework.
    """
    register_frameworks()
    config: Any
    config, error = outcome(lambda: _read(path, package))  # it is Python: it runs
    if error is not None:
        cause = cause_of(error)
        mark = "; save it as UTF-8 without a byte order mark" if "U+FEFF" in cause else ""
        raise ConfigError(f"{path}: no usable config ({cause}){mark}") from error
    if "model" not in config or "test_dataloader" not in config:
        raise ConfigError(f"{path}: a {package} config holds `model` and `test_dataloader`")
    scope = config.get("default_scope")
    if scope in get_args(Package) and scope != package:
        raise ConfigError(f"{path}: is a model of {scope}, this task needs one of {package}")
    _strip_pretrained(config.model)
    return config


def _read(path: Path, package: Package) -> Any:
    """Read a config; one that imports its classes as Python does becomes one that names them."""
    from mmengine.config import Config

    config = Config.fromfile(str(path))
    for key in ("model", "test_dataloader"):
        if key in config:
            config[key] = _named(config[key], package)
    return config


def _named(value: Any, package: Package) -> Any:
    """Return a part of a config with registered classes by name, as other configs have them."""
    from mmengine.config import ConfigDict
    from mmengine.config.lazy import LazyAttr, LazyObject

    if isinstance(value, LazyAttr | LazyObject):
        value = value.build()
    if isinstance(value, dict):
        return ConfigDict({key: _named(part, package) for key, part in value.items()})
    if type(value) in (list, tuple):
        return type(value)(_named(part, package) for part in value)
    if isinstance(value, type):
        for kind in ("MODELS", "TASK_UTILS", "TRANSFORMS", "DATASETS"):
            with silence():
                registered = registry(package, kind).get(value.__name__)
            if registered is value:
                return value.__name__
    return value


def type_name(step: Mapping[str, Any]) -> str:
    """Return the ``type`` of a part of a config, also where it is a class or a function itself."""
    kind = step["type"]
    return kind if isinstance(kind, str) else str(kind.__name__)


def described(value: Any) -> str:
    """Return what stands for a value of a config that is no JSON, the same in every process."""
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return repr(value)


def register_frameworks() -> None:
    """Make the models of both frameworks known to mmengine; neither becomes the default scope."""
    with silence():
        from mmdet.utils import register_all_modules as register_detection
        from mmseg.utils import register_all_modules as register_segmentation

        register_detection(init_default_scope=False)
        register_segmentation(init_default_scope=False)
    warnings.filterwarnings("ignore", message="torch.meshgrid")  # mmdet's own, at every start


@contextlib.contextmanager
def registry_scope(scope: str) -> Iterator[None]:
    """Let mmengine resolve names in one framework first, within a block."""
    from mmengine.registry import DefaultScope

    with DefaultScope.overwrite_default_scope(scope):
        yield


def set_test_options(model_config: Any, overrides: Mapping[str, Any]) -> None:
    """Set keys of a model's ``test_cfg`` wherever they stand in it (one stage or two)."""
    for key, value in _walk(model_config.get("test_cfg")):
        for name in overrides.keys() & value.keys():
            if key != "rpn":  # proposals are no detections
                value[name] = overrides[name]


def find_test_option(model_config: Any, name: str) -> Any:
    """Return a key's value in a model's ``test_cfg``, or None where it has no such key."""
    for key, value in _walk(model_config.get("test_cfg")):
        if key != "rpn" and name in value:
            return value[name]
    return None


def array_pipeline(config: Any) -> list[dict[str, Any]]:
    """Return the steps of a config's test pipeline, from an array and without annotations."""
    from mmdet.utils import get_test_pipeline_cfg

    steps = []
    for configured in get_test_pipeline_cfg(config):
        step = dict(copy.deepcopy(configured))
        kind = type_name(step)
        if kind.endswith("LoadAnnotations"):
            continue
        if kind.endswith("LoadImageFromFile"):
            step["type"] = kind.replace("LoadImageFromFile", "LoadImageFromNDArray")
            step.pop("backend_args", None)
            step.pop("file_client_args", None)
        steps.append(step)
    return steps


def _walk(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every mapping within a config value, with the key that it stands under."""
    if isinstance(value, Mapping):
        yield key, value
        for name, part in value.items():
            yield from _walk(part, name)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _walk(part, key)


def _strip_pretrained(model_config: Any) -> None:
    for _, part in list(_walk(model_config)):
        if "pretrained" in part:
            part["pretrained"] = None
        if "init_cfg" in part:
            part["init_cfg"] = None


def framework_version(package: Package) -> str:
    """Return the installed version of a framework."""
    with silence():
        return str(importlib.import_module(package).__version__)


def registry(package: Package, name: str) -> Any:
    """Return a registry of one framework, for example its ``MODELS``."""
    import mmdet.registry
    import mmseg.registry

    return getattr(mmdet.registry if package == "mmdet" else mmseg.registry, name)


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Swallow what the frameworks say on import and on building (absent packages, defaults)."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
