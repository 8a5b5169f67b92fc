"""Options of a registered entry: checked against the signature of what they will be passed to."""

import inspect
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    create_model,
)

from harness.errors import ConfigError
from harness.registry import nearest

Model = TypeVar("Model", bound=BaseModel)


def _against_base(path: Path, info: ValidationInfo) -> Path:
    base = (info.context or {}).get("base")
    return path if base is None else base / path.expanduser()


ConfigPath = Annotated[Path, AfterValidator(_against_base)]
"""A path in settings, taken relative to the file that holds them."""


def _config_against_base(name: str, info: ValidationInfo) -> str:
    return str(_against_base(Path(name), info)) if name.endswith(".py") else name


ModelName = Annotated[str, AfterValidator(_config_against_base)]
"""The name of a model's config, or a path to one, which ends in ``.py``, relative to the file."""


def bind_options(
    where: str, target: Callable[..., Any], options: Mapping[str, Any], base: Path
) -> dict[str, Any]:
    """Check options by name and type, and resolve paths against the configuration's folder.

    An option annotated as a path, and a string that ends in ``.py`` (a model's configuration),
    is taken relative to ``base``. Paths must exist: an option names what is read, never what is
    written. Where one does not, the error ends with what the target's class method
    ``where_to_get``, if it has one, says of such files.

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
    parameters = _parameters(target)
    for key in options:
        if key not in parameters:
            known = f"it takes {', '.join(parameters)}" if parameters else "it takes no options"
            raise ConfigError(
                f"{where}: unknown option {key!r}{nearest(key, parameters)} ({known})"
            )
    hints = typing.get_type_hints(
        target.__init__ if inspect.isclass(target) else target, include_extras=True
    )
    fields: dict[str, Any] = {
        key: (
            hints.get(key, Any),
            ... if parameter.default is parameter.empty else parameter.default,
        )
        for key, parameter in parameters.items()
    }
    model = create_model("Options", __config__=ConfigDict(extra="forbid"), **fields)
    resolved = {key: _resolve(value, hints.get(key), base) for key, value in options.items()}
    for key, value in resolved.items():
        _refuse_missing_files(where, key, value, target)
    try:
        checked = model.model_validate(resolved)
    except ValidationError as error:
        raise ConfigError(f"{where}: {first_problem(error)}") from error
    return {key: getattr(checked, key) for key in resolved}


def first_problem(error: ValidationError) -> str:
    """Return the first problem of a pydantic error as ``key: what is wrong (got ...)``."""
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    got = problem["input"]
    shown = f" (got {got!r})" if isinstance(got, str | int | float | Path) else ""
    return f"{key}: {message}{shown}" if key else message


def check_model(
    model: type[Model], values: Mapping[str, Any], where: str, base: Path | None = None
) -> Model:
    """Build a pydantic model, refusing unknown keys with the nearest known one.

    Args:
        model: What to build.
        values: As they stand in the file.
        where: The file, for errors.
        base: The file's folder, against which a `ConfigPath` is resolved.

    Raises:
        ConfigError: In one line, saying which key of ``where`` is wrong and why.
    """
    for key in values:
        if key not in model.model_fields:
            known = model.model_fields
            raise ConfigError(
                f"{where}: unknown key {key!r}{nearest(str(key), known)} Known: {', '.join(known)}"
            )
    try:
        return model.model_validate(values, context={"base": base})
    except ValidationError as error:
        raise ConfigError(f"{where}: {first_problem(error)}") from error


def _parameters(target: Callable[..., Any]) -> dict[str, inspect.Parameter]:
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


def _refuse_missing_files(where: str, key: str, value: Any, target: Callable[..., Any]) -> None:
    for path in value if isinstance(value, list) else [value]:
        if isinstance(path, Path) and not path.exists():
            advice = f"; {target.where_to_get()}" if hasattr(target, "where_to_get") else ""
            raise ConfigError(
                f"{where}: {key}: {path} does not exist (paths are relative to the configuration)"
                f"{advice}"
            )


def _mentions_path(hint: Any) -> bool:
    if inspect.isclass(hint) and issubclass(hint, Path):
        return True
    return any(_mentions_path(part) for part in typing.get_args(hint))
