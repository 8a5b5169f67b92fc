"""What all settings of trainings have in common."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, PrivateAttr


class Section(BaseModel):
    """A part of the settings; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SectionWithPaths(Section):
    """A part that names rain sets or derainers, whose paths are resolved when they are built."""

    _base: Path = PrivateAttr(default=Path())

    def model_post_init(self, context: Any, /) -> None:
        """Keep the folder of the settings' file."""
        self._base = (context or {}).get("base") or Path()

    @property
    def base(self) -> Path:
        """The folder of the settings' file, against which those paths are resolved."""
        return self._base
