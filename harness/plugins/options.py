"""Options of a registered entry: checked against the signature of what they will be passed to."""

import inspect
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from harness.dangling_links import dangling
from harness.errors import ConfigError
from harness.nearest import nearest
from harness.settings import first_problem, refuse_flags_as_numbers
from harness.weights_by_name import path_by_name

WEIGHT_OPTIONS = ("weights", "file")
"""The options that may name a weight file by its tag, or without its folder."""


def bind_options(
    where: str, target: Callable[..., Any], options: Mapping[str, Any], base: Path
) -> dict[str, Any]:
    """Check options by name and type, and resolve paths against the configuration's folder.

    An option annotated as a path, and a string that ends in ``.py`` (a model's configuration),
    is taken relative to ``base``. Paths must exist: an option names what is read, never what is
    written. Where one of `WEIGHT_OPTIONS` does not, it is looked for by its name, as a tag of the
    target's ``known_weights`` or a file (`harness.weights_by_name`). The error for one that is not
    found ends with what the target's class method ``where_to_get``, if it has one, says of such
    files.

    Args:
        where: The entry, for errors, for example ``derainers[2] (PReNet)``.
        target: The class or function that will receive the options as keyword arguments.
        options: As they stand in the configuration.
        base: Folder of the configuration file.

    Returns:
        The options, converted to the annotated types.

    Raises:
        ConfigError: If an option is unknown, missing, of the wrong type, or a path to nothing.
    """
    parameters = parameters_of(target)
    for key in options:
        if key not in parameters:
            known = f"it takes {', '.join(parameters)}" if parameters else "it takes no options"
            raise ConfigError(
                f"{where}: unknown option {key!r}{nearest(key, parameters)} ({known})"
            )
    hints, model = _hints(target), options_model(target)
    resolved = {key: _resolve(value, hints.get(key), base) for key, value in options.items()}
    for key in WEIGHT_OPTIONS:
        if isinstance(resolved.get(key), Path) and not resolved[key].is_file():
            resolved[key] = _by_name(where, key, str(options[key]), target) or resolved[key]
    for key, value in resolved.items():
        _refuse_missing_files(where, key, value, target)
    try:
        checked = model.model_validate(resolved)
    except ValidationError as error:
        raise ConfigError(f"{where}: {first_problem(error)}") from error
    refuse_flags_as_numbers(where, resolved, checked)
    return {key: getattr(checked, key) for key in resolved}


def options_model(target: Callable[..., Any], name: str = "Options") -> type[BaseModel]:
    """Return a model with a field for each option of what is registered.

    Args:
        target: The class or function that receives the options.
        name: Of the model.
    """
    hints = _hints(target)
    fields: dict[str, Any] = {
        key: (
            hints.get(key, Any),
            ... if parameter.default is parameter.empty else parameter.default,
        )
        for key, parameter in parameters_of(target).items()
    }
    return create_model(name, __config__=ConfigDict(extra="forbid"), **fields)


def _hints(target: Callable[..., Any]) -> dict[str, Any]:
    built = target.__init__ if inspect.isclass(target) else target
    return typing.get_type_hints(built, include_extras=True)


def parameters_of(target: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the keyword parameters that a configuration may set; ``name`` is set apart."""
    accepted = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {
        key: parameter
        for key, parameter in inspect.signature(target).parameters.items()
        if parameter.kind in accepted and key != "name"
    }


def _resolve(value: Any, hint: Any, base: Path) -> Any:
    if isinstance(value, list):
        # The words of a command are no paths of ours, though one may end in `.py`.
        return [_resolve(item, hint, base) for item in value] if _mentions_path(hint) else value
    if isinstance(value, str) and (_mentions_path(hint) or value.endswith(".py")):
        path = base / Path(value).expanduser()
        return path if _mentions_path(hint) else str(path)
    return value


def _by_name(where: str, key: str, name: str, target: Callable[..., Any]) -> Path | None:
    if Path(name).name != name:
        return None
    try:
        return path_by_name(name, getattr(target, "known_weights", {}))
    except ConfigError as error:
        raise ConfigError(f"{where}: {key}: {error}") from error


def _refuse_missing_files(where: str, key: str, value: Any, target: Callable[..., Any]) -> None:
    for path in value if isinstance(value, list) else [value]:
        if isinstance(path, Path) and not path.exists():
            if path.is_symlink():
                raise ConfigError(f"{where}: {key}: {path} {dangling(path)}")
            advice = f"; {target.where_to_get()}" if hasattr(target, "where_to_get") else ""
            raise ConfigError(
                f"{where}: {key}: {path} does not exist (paths are relative to the configuration)"
                f"{advice}"
            )


def _mentions_path(hint: Any) -> bool:
    if inspect.isclass(hint) and issubclass(hint, Path):
        return True
    return any(_mentions_path(part) for part in typing.get_args(hint))
