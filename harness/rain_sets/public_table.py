"""The table of public rain sets in docs/rain_sets.md.

python -m harness.rain_sets.public_table
"""

from collections.abc import Mapping
from typing import Any

from harness.plugins.registry import BUILT_IN
from harness.rain_sets.public_set import PublicSet
from harness.rain_sets.public_sets import PUBLIC_SETS

_HEAD = ("layout", "what", "test images", "files below `root`", "paper")


def public_table() -> str:
    """Return the Markdown of every public set that a configuration can name, with its notes."""
    names = [name for name in BUILT_IN["rain-sets"] if name.lower() in PUBLIC_SETS]
    rows = [_HEAD, ("---",) * len(_HEAD)]
    notes = []
    for name in sorted(names, key=str.lower):
        facts = PUBLIC_SETS[name.lower()]
        images = "" if facts.images is None else str(facts.images)
        rows.append((f"`{name}`", facts.description, images, _files(facts), facts.paper))
        notes.append(_note(name, facts))
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{table}\n\n" + "\n".join(notes) + "\n"


def _note(name: str, facts: PublicSet) -> str:
    seen = "" if facts.seen else " Layout not seen on the original files."
    unverified = f" Not verified: {facts.unverified}." if facts.unverified else ""
    traps = f" {facts.traps[0].upper()}{facts.traps[1:]}." if facts.traps else ""
    parts = f" `split`: {', '.join(facts.splits)}." if facts.splits else ""
    names = facts.layouts[0].get("truths", {}).get("boxes", {}).get("rename", {})
    classes = ", ".join(f"{old} to {new}" for old, new in names.items())
    renamed = f" Classes renamed: {classes}." if classes else ""
    rain = " `rain`: none, light, heavy or numbers." if facts.rain_is_drawn else ""
    return (
        f"- **{name}**: {facts.source}; licence: {facts.licence}.{parts}{rain}{renamed}{traps}"
        f"{unverified}{seen}"
    )


def _files(facts: PublicSet) -> str:
    layout = facts.layouts[0]
    pictures: Any = layout["pictures"]
    sides = {} if isinstance(pictures, str) else pictures
    texts = [sides[key] for key in ("rainy", "side_by_side", "clean") if key in sides]
    texts = texts or [pictures]
    truths: Mapping[str, Any] = layout.get("truths", {})
    boxes: Mapping[str, Any] = truths.get("boxes", {})
    texts += [boxes[kind] for kind in ("coco", "voc", "bdd100k", "cityscapes") if kind in boxes]
    texts += [truths["label_maps"]["files"]] if "label_maps" in truths else []
    return ", ".join(f"`{text}`" for text in texts)


if __name__ == "__main__":
    print(public_table(), end="")
