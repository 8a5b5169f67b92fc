"""What derainers from outside have in common: the configuration says what is known of them."""

from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from harness.derainer import Derainer
from harness.digests import digest_json

NOT_STATED = "not stated"
"""Stands in the tables where the configuration is silent."""


class GivenFacts(BaseModel):
    """The option ``facts``: what the tables say of a method that this project does not know.

    Attributes:
        title: The name that papers use.
        paper: Authors, venue and year.
        year: Of publication.
        licence: Of the weights, or of the restored images.
        trained_on: What the method has learned from; a rain set that is named here is marked
            where the method is tested on it.
        source: Where it comes from.
        parameters: How many learned parameters it has.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    paper: str = ""
    year: int | None = None
    licence: str = NOT_STATED
    trained_on: str = NOT_STATED
    source: str = ""
    parameters: int | None = Field(default=None, ge=0)


class ForeignDerainer(Derainer):
    """A derainer whose facts stand in the configuration, since only its user knows them.

    A subclass gives a title as ``facts``, and calls ``know`` in its constructor.
    """

    given: GivenFacts = GivenFacts()
    technical: ClassVar[tuple[str, ...]] = (
        "size_multiple",
        "padding",
        "channel_order",
        "normalisation",
        "version",
    )
    """The facts on which pixels depend."""

    def know(self, given: GivenFacts | None, title: str = "", **technical: Any) -> None:
        """Take over what the configuration says.

        Args:
            given: The option ``facts``.
            title: Used where ``given`` has none; by default the class's own.
            technical: Facts on which pixels depend.
        """
        self.given = given or GivenFacts()
        self.facts = replace(
            type(self).facts,
            **technical,
            title=self.given.title or title or type(self).facts.title,
            paper=self.given.paper,
            year=self.given.year,
            licence=self.given.licence,
            trained_on=self.given.trained_on,
            source=self.given.source,
        )

    def parameters_count(self) -> int | None:
        """Return the number that the configuration gives, None where it gives none."""
        return self.given.parameters

    def fingerprint(self) -> str:
        """Return a digest of all that determines the restored pixels.

        What is merely said of the method is not part of it: a corrected year restores nothing
        anew.
        """
        cls, facts = type(self), self.facts.for_keys()
        pixels = {key: facts[key] for key in self.technical if key in facts}
        return digest_json([f"{cls.__module__}:{cls.__qualname__}", pixels, self.options()])
