"""Tables of weight files that others published, which are data and not code."""

import functools
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from harness.provenance import KnownWeights, Provenance
from harness.text_files import read_text
from harness.yaml_text import parse_yaml


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tag: str
    trained_on: str
    file: str
    sha256: str
    name: str = ""
    url: str | None = ""
    content: str = ""


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid")

    method: str
    source: str
    licence: str
    files: list[_File]
    under: str = ""

    def known(self) -> KnownWeights:
        """Return what is known of each file, by the SHA-256 of its content."""
        return {
            one.content or one.sha256: Provenance(
                trained_on=one.trained_on,
                source=self.source,
                licence=self.licence,
                file=one.file,
                tag=one.tag,
                name=one.name or f"{self.method.replace('-', '_')}_{one.tag}.pth",
                url=self._url(one),
                file_sha256=one.sha256,
            )
            for one in self.files
        }

    def _url(self, one: _File) -> str:
        if one.url is None:
            return ""
        return one.url or (f"{self.under}/{one.file}" if self.under else "")


@functools.cache
def known_weights(table: Path, method: str) -> KnownWeights:
    """Return what is known of the weight files of a method.

    Args:
        table: The YAML file that holds it; its head explains the keys.
        method: As the table names it.

    Raises:
        KeyError: If the table knows none.
    """
    return _read(table)[method]


@functools.cache
def _read(table: Path) -> Mapping[str, KnownWeights]:
    groups = TypeAdapter(list[_Group]).validate_python(parse_yaml(read_text(table), str(table)))
    methods: dict[str, KnownWeights] = {}
    for group in groups:
        methods[group.method] = {**methods.get(group.method, {}), **group.known()}
    return methods
