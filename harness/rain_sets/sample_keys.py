"""The keys of samples: digests of all that determines them, by which finished rows are found."""

from harness.digests import digest_json
from harness.images import READING_VERSION
from harness.rain_sets.source_pictures import SourcePictures
from harness.rain_sets.truths import Truths


def composed_key(source: SourcePictures, known: Truths, changes: dict[str, object]) -> str:
    """Return the digest of the files of a sample, its truths, its rain and what is done to it.

    Args:
        source: Its pictures.
        known: The truths of its set.
        changes: What is done to picture and truths alike, by its name.

    Raises:
        SampleError: If a file cannot be read.
    """
    sample_id = source.sample_id
    facts: dict[str, object] = {
        "files": source.digests(),
        "clean side": source.clean_side,
        "rain": source.rain_facts(),
        "boxes": known.boxes.facts(sample_id) if known.boxes else None,
        "labels": known.label_maps.facts(sample_id) if known.label_maps else None,
        "depth": known.depth.facts(sample_id) if known.depth else None,
        **changes,
    }
    return digest_json(["composed", READING_VERSION, facts])


def key_before_composing(source: SourcePictures, known: Truths) -> str:
    """Return the key as it was before sets were composed, of at most one kind of truth.

    Rows of the sets that are as old are found by it.

    Raises:
        SampleError: If a file cannot be read.
    """
    picture, *clean = source.digests()
    if known.boxes:
        boxes, rain = known.boxes.facts(source.sample_id), source.rain_facts()
        return digest_json(["coco", READING_VERSION, [picture, *clean], boxes, rain])
    if known.label_maps:
        labels, table = known.label_maps.facts(source.sample_id)
        files = [picture, labels, *clean]
        return digest_json(["labelled", READING_VERSION, files, table, source.rain_facts()])
    if source.clean_side:
        return digest_json(["side by side", READING_VERSION, source.clean_side, picture])
    return digest_json(["pair" if clean else "unpaired", READING_VERSION, picture, *clean])
