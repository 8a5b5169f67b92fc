"""Files of two patterns, matched by name: rainy with clean, picture with label map."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from harness.errors import ConfigError, SampleError
from harness.rain_sets.files import FoundFile, files_by_id, find_files, no_match
from harness.rain_sets.name_patterns import NamePattern


class Roles(NamedTuple):
    """How the two sides are called in errors, for example "rainy image" and "clean image"."""

    main: str
    partner: str


class Couple(NamedTuple):
    """Two files that belong together."""

    main: Path
    partner: Path


@dataclass(frozen=True)
class Couples:
    """The matched files of a rain set.

    Attributes:
        found: What belongs together, by sample id.
        unmatched: For an id without its couple, why it has none.
    """

    found: Mapping[str, Couple]
    unmatched: Mapping[str, str]

    def ids(self) -> tuple[str, ...]:
        """Return all ids, sorted, the unmatched ones among them."""
        return tuple(sorted({*self.found, *self.unmatched}))

    def couple(self, sample_id: str) -> Couple:
        """Return the two files of a sample.

        Raises:
            SampleError: If one is missing; the text names the expected one.
        """
        if sample_id in self.found:
            return self.found[sample_id]
        raise SampleError(self.unmatched.get(sample_id, f"no sample has the id {sample_id!r}"))

    def with_the_same_partner(self) -> dict[str, tuple[str, ...]]:
        """Return for each matched id the other ids that share its partner, in order."""
        by_partner: dict[Path, list[str]] = defaultdict(list)
        for sample_id, couple in self.found.items():
            by_partner[couple.partner].append(sample_id)
        return {
            sample_id: tuple(other for other in together if other != sample_id)
            for together in by_partner.values()
            for sample_id in together
        }


def match_by_name(
    name: str,
    root: Path,
    main: NamePattern,
    partner: NamePattern,
    roles: Roles,
    partners_may_be_spare: bool = False,
) -> Couples:
    """Match files by the fields that the two patterns share.

    Several main files may have one partner (14 rains on one scene), never the other way round.

    Args:
        name: Of the rain set, for errors.
        root: The folder that the patterns refer to.
        main: Gives the ids.
        partner: Its fields must all be fields of ``main``.
        roles: How to call the two sides.
        partners_may_be_spare: Pass over a partner that belongs to no main file; otherwise it is
            an unmatched id, so that a lost picture shows.

    Raises:
        ConfigError: If a pattern matches nothing, a field of ``partner`` is not in ``main``, or
            two files would have the same id.
    """
    alien = set(partner.fields) - set(main.fields)
    if alien:
        raise ConfigError(
            f"{name}: {partner.text!r} has the field {{{min(alien)}}}, which "
            f"{main.text!r} lacks; the {roles.partner} is found by the {roles.main}'s fields"
        )
    mains, partners = find_files(root, main), find_files(root, partner)
    for files, pattern in ((mains, main), (partners, partner)):
        if not files:
            raise no_match(name, root, pattern)
    by_id = files_by_id(name, main, mains)
    by_fields: dict[tuple[str, ...], list[FoundFile]] = defaultdict(list)
    for file in partners:
        by_fields[_shared(file, partner)].append(file)
    found, unmatched = {}, {}
    for sample_id, file in by_id.items():
        candidates = by_fields.get(_shared(file, partner), [])
        if len(candidates) == 1:
            found[sample_id] = Couple(file.path, candidates[0].path)
        else:
            unmatched[sample_id] = _no_partner(root, file, partner, candidates, roles)
    if not partners_may_be_spare:
        taken = {_shared(file, partner) for file in mains}
        for file in partners:
            if _shared(file, partner) not in taken:
                expected = main.fill(file.values)
                unmatched[main.sample_id(expected)] = (
                    f"{file.path}: there is no {roles.main} {root / expected} for this "
                    f"{roles.partner}"
                )
    return Couples(found, unmatched)


def _shared(file: FoundFile, partner: NamePattern) -> tuple[str, ...]:
    return tuple(file.values[field] for field in partner.fields)


def _no_partner(
    root: Path, file: FoundFile, partner: NamePattern, candidates: list[FoundFile], roles: Roles
) -> str:
    if candidates:
        several = " and ".join(str(candidate.path) for candidate in candidates[:2])
        return f"{file.path}: more than one {roles.partner} goes with it: {several}"
    return f"{file.path}: its {roles.partner} {root / partner.fill(file.values)} is missing"
