"""Pictures in files that patterns find: rainy alone, pairs, halves, or clean ones to rain on."""

from dataclasses import dataclass, field
from pathlib import Path

from harness.rain_sets.composed import Pictures
from harness.rain_sets.drawn_rain import DrawnRain
from harness.rain_sets.equal_files import equal_pictures
from harness.rain_sets.files import Found, passed_over
from harness.rain_sets.matching import MainFiles, Partners, Roles, find_main_files, find_partners
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.source_pictures import Side, SourcePictures

PAIR = Roles("rainy image", "clean image")


@dataclass
class FiledPictures:
    """The pictures of a set as they were found, and what else was found for it.

    Attributes:
        mains: The pictures that truths belong to.
        rain: Drawn on them; None where they are rainy.
        clean_side: The clean half of each, where it holds both.
        clean: The clean ones, where they have files of their own.
        others: What other patterns of the set found, so that it is not passed over.
    """

    mains: MainFiles
    rain: DrawnRain | None = None
    clean_side: Side | None = None
    clean: Partners | None = None
    others: list[Found] = field(default_factory=list)

    def pictures(self) -> Pictures:
        """Return them by sample id, once all patterns of the set were sought."""
        cleans = self.clean
        sources = {
            sample_id: SourcePictures(
                sample_id,
                file.path,
                cleans.paths.get(sample_id) if cleans else None,
                self.rain,
                self.clean_side,
            )
            for sample_id, file in self.mains.by_id.items()
        }
        lost = {**(cleans.lost if cleans else {}), **self.mains.lost()}
        found = [self.mains.found, *([cleans.found] if cleans else []), *self.others]
        notices = passed_over(*found)
        if cleans and cleans.spare:
            notices += (f"{cleans.spare} clean images passed over, which have no rainy one",)
        notices += equal_pictures(file.path for file in self.mains.by_id.values())
        has_clean = bool(cleans or self.rain or self.clean_side)
        return Pictures(sources, has_clean, lost, notices)


def pictures_in_files(
    name: str,
    root: Path,
    pattern: str,
    rain: DrawnRain | None = None,
    follow_links: bool = False,
) -> FiledPictures:
    """Find rainy pictures, or clean ones that rain is drawn on.

    Raises:
        ConfigError: If the pattern is wrong or matches nothing, or two files would have one id.
    """
    return FiledPictures(find_main_files(name, root, NamePattern(pattern), follow_links), rain)


def pairs_in_files(
    name: str,
    root: Path,
    rainy: str,
    clean: str,
    spare_clean: bool = False,
    follow_links: bool = False,
) -> FiledPictures:
    """Find rainy pictures and their clean ones, by name.

    Raises:
        ConfigError: If a pattern is wrong or matches nothing, or two files would have one id.
    """
    pattern, partner = NamePattern(rainy), NamePattern(clean)
    mains = find_main_files(name, root, pattern, follow_links)
    cleans = find_partners(name, mains, partner, PAIR, spare_clean, follow_links=follow_links)
    return FiledPictures(mains, clean=cleans)


def halves_in_files(
    name: str, root: Path, pattern: str, clean_side: Side, follow_links: bool = False
) -> FiledPictures:
    """Find files that hold both halves of a pair.

    Raises:
        ConfigError: If the pattern is wrong or matches nothing, or two files would have one id.
    """
    filed = pictures_in_files(name, root, pattern, None, follow_links)
    filed.clean_side = clean_side
    return filed
