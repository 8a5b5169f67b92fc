"""Settings from a YAML file, checked by pydantic: every mistake in one line, for a person."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails

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
    problem = _nearest_problem(error.errors())
    key = ".".join(str(part) for part in problem["loc"] if not _CHOICE.fullmatch(str(part)))
    message = problem["msg"].removeprefix("Value error, ")
    got = problem["input"]
    shown = f" (got {got!r})" if isinstance(got, str | int | float | Path) else ""
    if problem["type"] == "string_type" and _looks_like_a_field(got):
        shown = f', and YAML read {got!r}: put a text with braces into quotes, as in "{{id}}.png"'
    return f"{key}: {message}{shown}" if key else message


_CHOICE = re.compile(
    r"(list|dict|tuple|literal|function-\w+)\[.*\]|str|int|float|bool|\w+(Options|Parameters)"
)
"""How pydantic calls one of several types that an option may have, in the path to a problem."""


def _nearest_problem(problems: Sequence[ErrorDetails]) -> ErrorDetails:
    """Return the first problem; of an option with several types, that of the type that fits best.

    That is the one that was followed farthest: for ``{a: -1}`` where a list or a mapping of
    numbers may stand, the number.
    """
    first = problems[0]
    kinds = [n for n, part in enumerate(first["loc"]) if _CHOICE.fullmatch(str(part))]
    if not kinds:
        return first
    option = first["loc"][: kinds[0]]
    others = [one for one in problems if one["loc"][: len(option)] == option]
    return max(others, key=lambda one: len(one["loc"]))


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
        checked = model.model_validate(values, context={"base": base})
    except ValidationError as error:
        raise ConfigError(f"{where}: {first_problem(error)}") from error
    refuse_flags_as_numbers(where, values, checked)
    return checked


def refuse_flags_as_numbers(where: str, given: Mapping[str, Any], checked: BaseModel) -> None:
    """Refuse ``true`` and ``false`` where pydantic made the numbers 1 and 0 of them.

    Args:
        where: The file or entry, for errors.
        given: As it stands in the file.
        checked: What pydantic made of it.

    Raises:
        ConfigError: If there is one, with its key.
    """
    key = _flag_as_number(given, checked)
    if key is not None:
        raise ConfigError(f"{where}: {key}: needs a number, not true or false")


def _flag_as_number(given: object, checked: object) -> str | None:
    """Return the key of the first number that was stated as a flag, None for none."""
    if isinstance(given, bool):
        return "" if isinstance(checked, int | float) and not isinstance(checked, bool) else None
    pairs: list[tuple[object, object, object]] = []
    if isinstance(given, Mapping):
        known = checked if isinstance(checked, Mapping) else getattr(checked, "__dict__", {})
        pairs = [(key, value, known.get(key)) for key, value in given.items()]
    elif isinstance(given, Sequence) and isinstance(checked, list | tuple):
        pairs = list(zip(range(len(given)), given, checked, strict=False))
    for key, value, made in pairs:
        below = _flag_as_number(value, made)
        if below is not None:
            return f"{key}.{below}" if below else str(key)
    return None
