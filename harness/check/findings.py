"""What a check finds: lines of one table, each right, worth knowing or wrong."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["", "note", "untried", "wrong"]
"""``wrong``: it costs rows or changes figures. ``note``: a reader should know it. ``untried``: it
may cost rows, and a check cannot know."""


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Attributes:
        what: What was looked at.
        found: In one sentence.
        verdict: What is to be thought of it.
    """

    what: str
    found: str
    verdict: Verdict = ""


@dataclass
class Findings:
    """The lines of a part of the table, under one head.

    Attributes:
        head: The rain set, or what else they are about.
        lines: In their order.
    """

    head: str
    lines: list[Line] = field(default_factory=list)

    def say(self, what: str, found: str, verdict: Verdict = "") -> None:
        """Add a line."""
        self.lines.append(Line(what, found, verdict))

    def say_all(self, what: str, found: Iterable[str], verdict: Verdict, none: str = "") -> None:
        """Add a line for each of several sentences, or one that says that there are none."""
        sentences = list(found)
        for sentence in sentences:
            self.say(what, sentence, verdict)
        if not sentences and none:
            self.say(what, none)

    def of(self, verdict: Verdict) -> list[Line]:
        """Return the lines of a verdict."""
        return [line for line in self.lines if line.verdict == verdict]
