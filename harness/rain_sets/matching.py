"""Files of two patterns, matched by name: rainy with clean, picture with label map."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from harness.errors import ConfigError
from harness.rain_sets.files import Found, FoundFile, files_by_id, find_files, no_match
from harness.rain_sets.name_patterns import NamePattern


class Roles(NamedTuple):
    """How the two sides are called in errors, for example "rainy image" and "clean image"."""

    main: str
    partner: str


class MainFiles(NamedTuple):
    """The files that give a set its ids.

    Attributes:
        root: The set's folder.
        pattern: That they match.
        by_id: The files.
        found: With what lies beside them.
    """

    root: Path
    pattern: NamePattern
    by_id: Mapping[str, FoundFile]
    found: Found

    def lost(self) -> dict[str, str]:
        """Return the causes for those that cannot be used, by id."""
        return {sample_id: one.problem for sample_id, one in self.by_id.items() if one.problem}


class Partners(NamedTuple):
    """What belongs to the main files.

    Attributes:
        paths: By sample id.
        lost: For an id without its partner, or without its main file, why.
        found: With what lies beside them.
        spare: Partners that belong to no main file, where they are passed over.
    """

    paths: Mapping[str, Path]
    lost: Mapping[str, str]
    found: Found
    spare: int = 0


def find_main_files(
    name: str, root: Path, pattern: NamePattern, follow_links: bool = False
) -> MainFiles:
    """Return the files that give a set its ids.

    Raises:
        ConfigError: If the pattern matches nothing, or two files would have the same id.
    """
    found = find_files(root, pattern, follow_links)
    if not found.files:
        raise no_match(name, root, pattern)
    return MainFiles(root, pattern, files_by_id(name, pattern, found.files), found)


def find_partners(
    name: str,
    mains: MainFiles,
    partner: NamePattern,
    roles: Roles,
    partners_may_be_spare: bool = False,
    *,
    mains_may_be_spare: bool = False,
    follow_links: bool = False,
) -> Partners:
    """Match files by the fields that the two patterns share.

    Several main files may have one partner (14 rains on one scene), never the other way round.

    Args:
        name: Of the rain set, for errors.
        mains: The files that they belong to.
        partner: Its fields must all be fields of the main files' pattern.
        roles: How to call the two sides.
        partners_may_be_spare: Pass over a partner that belongs to no main file; otherwise it is
            an id that fails to load, so that a lost picture shows.
        mains_may_be_spare: Say nothing of a main file without partner: it has neither a path nor
            a cause.
        follow_links: Let links lead out of the folder.

    Raises:
        ConfigError: If the pattern matches nothing, a field of it is not in the main files', or it
            has none and matches several files.
    """
    check_fields(name, mains.pattern, partner, roles)
    found = find_files(mains.root, partner, follow_links)
    if not found.files:
        raise no_match(name, mains.root, partner)
    if len(found.files) > 1 and not partner.fields:
        raise ConfigError(
            f"{name}: {partner.text!r} matches {len(found.files)} files, and nothing says which "
            f"is the {roles.partner} of which {roles.main}: write what both names share as "
            f"{{name}} in place of `*`, in {mains.pattern.text!r} too"
        )
    by_fields: dict[tuple[str, ...], list[FoundFile]] = defaultdict(list)
    for file in found.files:
        by_fields[shared_values(file, partner)].append(file)
    paths, lost = {}, {}
    for sample_id, file in mains.by_id.items():
        candidates = by_fields.get(shared_values(file, partner), [])
        if len(candidates) == 1 and not candidates[0].problem:
            paths[sample_id] = candidates[0].path
        elif candidates or not mains_may_be_spare:
            lost[sample_id] = _no_partner(mains.root, file, partner, candidates, roles)
    taken = {shared_values(file, partner) for file in mains.by_id.values()}
    spare = [file for file in found.files if shared_values(file, partner) not in taken]
    if partners_may_be_spare:
        return Partners(paths, lost, found, len(spare))
    for file in spare:
        expected = mains.pattern.fill(file.values)
        lost[mains.pattern.sample_id(expected)] = (
            f"{file.path}: there is no {roles.main} {mains.root / expected} for this "
            f"{roles.partner}"
        )
    return Partners(paths, lost, found)


def check_fields(name: str, main: NamePattern, partner: NamePattern, roles: Roles) -> None:
    """Refuse a pattern with a field that the main files' pattern lacks.

    Raises:
        ConfigError: If there is one.
    """
    alien = set(partner.fields) - set(main.fields)
    if alien:
        raise ConfigError(
            f"{name}: {partner.text!r} has the field {{{min(alien)}}}, which "
            f"{main.text!r} lacks; the {roles.partner} is found by the {roles.main}'s fields"
        )


def shared_values(file: FoundFile, partner: NamePattern) -> tuple[str, ...]:
    """Return the values of the fields that a partner is found by."""
    return tuple(file.values[field] for field in partner.fields)


def _no_partner(
    root: Path, file: FoundFile, partner: NamePattern, candidates: list[FoundFile], roles: Roles
) -> str:
    if len(candidates) == 1:
        return candidates[0].problem
    if candidates:
        several = " and ".join(str(candidate.path) for candidate in candidates[:2])
        return f"{file.path}: more than one {roles.partner} goes with it: {several}"
    return f"{file.path}: its {roles.partner} {root / partner.fill(file.values)} is missing"
