"""`schema`: the configuration of a run as JSON Schema, by which editors complete and check."""

import functools
import json
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from harness.cli.described import described_attributes
from harness.config import RunConfig, TaskEntry
from harness.errors import BenchError
from harness.foreign_code import ForeignError
from harness.plugins import registry
from harness.plugins.guard import Guard
from harness.plugins.options import options_model
from harness.rain_levels import PLACES

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ISOLATE = {"isolate": {"type": "boolean"}}
_KEYS: Mapping[registry.Kind, tuple[str, str, dict[str, Any]]] = {
    "rain-sets": ("rain_sets", "layout", _ISOLATE),
    "derainers": ("derainers", "use", _ISOLATE),
    "tasks": ("tasks", "use", _ISOLATE | {"quantiser": {"enum": ["round", "floor"]}}),
}
"""Of each kind its key in the configuration, that of a registered name, and what the run reads."""

_LEVELS = {place[-1] for place in PLACES}
"""Options of rain sets of which a list stands for a rain set each."""


def schema_text(seconds: float) -> str:
    """Return the schema as JSON, with the options of all that is registered.

    Args:
        seconds: That importing one may take.
    """
    return json.dumps(config_schema(seconds), indent=1)


def config_schema(seconds: float) -> dict[str, Any]:
    """Return the schema; of what does not import, or takes what JSON has not, any option is good.

    Args:
        seconds: That importing one may take.
    """
    whole = RunConfig.model_json_schema(schema_generator=_Described, mode="validation")
    definitions: dict[str, Any] = whole.setdefault("$defs", {})
    properties = whole["properties"]
    with closing(Guard(seconds)) as guard:
        for kind, (key, use_key, own) in _KEYS.items():
            entries, found = _entries(kind, use_key, own, guard)
            definitions |= found
            properties[key] = {"type": "array", "items": entries}
    properties["rain_sets"]["minItems"] = properties["derainers"]["minItems"] = 1
    properties["published"] = {"type": "string"}
    _described(whole, RunConfig)
    unused = {"Entry", "DerainerEntry", "TaskEntry", "PublishedFile", "PublishedFigure"}
    whole["$defs"] = {name: one for name, one in definitions.items() if name not in unused}
    whole["properties"]["published_as"]["additionalProperties"] = {
        "anyOf": [
            {"type": ["string", "null"]},
            {"$ref": "#/$defs/PublishedAs"},
        ]
    }
    return {"$schema": DIALECT, **whole, "title": "rdmc-bench run"}


class _Described(GenerateJsonSchema):
    """Makes the schema of models and dataclasses with what their docstrings say."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Return the schema of a model, its properties described."""
        return _described(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        """Return the schema of a dataclass, its properties described."""
        return _described(super().dataclass_schema(schema), schema["cls"])


def _described(schema: JsonSchemaValue, target: Callable[..., Any]) -> JsonSchemaValue:
    """Return a schema in which each property has what a docstring says of it."""
    properties = schema.get("properties", {})
    for key, sentences in described_attributes(target).items():
        if key in properties:
            properties[key]["description"] = sentences
    return schema


def _entries(
    kind: registry.Kind, use_key: str, own: Mapping[str, Any], guard: Guard
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of an entry of a kind, and the definitions that it refers to."""
    names = list(registry.names(kind))
    definitions: dict[str, Any] = {}
    cases = []
    called = {"anyOf": [{"enum": names}, {"type": "string"}]}
    common = _common_keys(use_key, own)
    for name in names:
        options = _options(kind, name, guard)
        if options is None:
            continue
        shown, needed = options
        definitions |= shown.pop("$defs", {})
        place = f"{kind}.{name}"
        definitions[place] = {
            "properties": {**common, **shown},
            "required": needed,
            "additionalProperties": False,
        }
        cases.append({"if": _is(use_key, name), "then": {"$ref": f"#/$defs/{place}"}})
    mapping = {
        "type": "object",
        "properties": {"name": common["name"], use_key: common[use_key] | called},
        "anyOf": [{"required": ["name"]}, {"required": [use_key]}],
        "allOf": cases,
    }
    return {"anyOf": [called, mapping]}, definitions


def _common_keys(use_key: str, own: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what an entry of a kind may have whatever builds it."""
    said = described_attributes(TaskEntry)
    keys = {"name": {"type": "string"}, use_key: {"type": "string"}, **own}
    return {
        key: {**one, "description": said["use" if key == use_key else key]}
        for key, one in keys.items()
    }


def _is(use_key: str, name: str) -> dict[str, Any]:
    """Return what an entry fulfils that is built by a registered name."""
    by_name = {"required": ["name"], "properties": {"name": {"const": name}}}
    return {
        "anyOf": [
            {"required": [use_key], "properties": {use_key: {"const": name}}},
            {**by_name, "not": {"required": [use_key]}},
        ]
    }


def _options(
    kind: registry.Kind, name: str, guard: Guard
) -> tuple[dict[str, Any], list[str]] | None:
    """Return properties and required keys of a registered name, None where they are not known."""
    try:
        target, model = guard.call(name, functools.partial(_target_and_model, kind, name))
        _, found = models_json_schema([(model, "validation")], schema_generator=_Described)
    except (BenchError, ForeignError, PydanticUserError, NameError, TypeError):
        return None  # `list` says why; any option is good in an editor then
    everything = found.get("$defs", {})
    own = next(key for key, one in everything.items() if one.get("title") == f"{kind}.{name}")
    schema = _described(everything.pop(own), target)
    if kind == "rain-sets":
        for one in (schema, *everything.values()):
            for form in (one, *one.get("anyOf", [])):
                known = form.get("properties", {})
                for level in _LEVELS & known.keys():
                    said = known[level].items()
                    known[level] = {key: one for key, one in said if key == "description"}
    return {**schema.get("properties", {}), "$defs": everything}, schema.get("required", [])


def _target_and_model(kind: registry.Kind, name: str) -> tuple[Callable[..., Any], type[BaseModel]]:
    target = registry.load(kind, name)
    return target, options_model(target, f"{kind}.{name}")
