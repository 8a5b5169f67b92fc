"""Settings from a YAML file, checked by pydantic: every mistake in one line, for a person."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationError, ValidationInfo

from harness.errors import ConfigError
from harness.nearest import nearest

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


def first_problem(error: ValidationError) -> str:
    """Return the first problem of a pydantic error as ``key: what is wrong (got ...)``."""
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    got = problem["input"]
    shown = f" (got {got!r})" if isinstance(got, str | int | float | Path) else ""
    if problem["type"] == "string_type" and _looks_like_a_field(got):
        shown = f', and YAML read {got!r}: put a text with braces into quotes, as in "{{id}}.png"'
    return f"{key}: {message}{shown}" if key else message


def _looks_like_a_field(got: object) -> bool:
    """Return whether YAML made a mapping of a text such as ``{id}``."""
    return isinstance(got, Mapping) and bool(got) and all(one is None for one in got.values())


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
                f"{where}: unknown key {key!r}{nearest(str(key), known) or '.'} "
                f"Known: {', '.join(known)}"
            )
    try:
        return model.model_validate(values, context={"base": base})
    except ValidationError as error:
        raise ConfigError(f"{where}: {first_problem(error)}") from error
