"""The table of public rain sets in docs/rain_sets.md.

python -m harness.rain_sets.public_table
"""

from collections.abc import Mapping
from typing import Any

from harness.plugins.registry import BUILT_IN
from harness.rain_sets.catalogue import PUBLIC_SETS, PublicSet, SideBySide
from harness.rain_sets.public_files import PUBLIC_FILES, PublicFiles

_HEAD = ("layout", "what", "test images", "files below `root`", "paper")


def public_table() -> str:
    """Return the Markdown of every public set that a configuration can name, with its notes."""
    names = [
        name for name in BUILT_IN["rain-sets"] if name.lower() in {**PUBLIC_SETS, **PUBLIC_FILES}
    ]
    rows = [_HEAD, ("---",) * len(_HEAD)]
    notes = []
    for name in sorted(names, key=str.lower):
        more = PUBLIC_FILES.get(name.lower())
        facts = more or PUBLIC_SETS[name.lower()]
        images = "" if facts.images is None else str(facts.images)
        layout = _files(more) if more else _arrangement(PUBLIC_SETS[name.lower()])
        rows.append((f"`{name}`", facts.description, images, layout, facts.paper))
        notes += [_note(name, more)] if more else []
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{table}\n\n" + "\n".join(notes) + "\n"


def _note(name: str, facts: PublicFiles) -> str:
    seen = "" if facts.seen else " Layout not seen on the original files."
    traps = f" {facts.traps[0].upper()}{facts.traps[1:]}." if facts.traps else ""
    parts = f" `split`: {', '.join(facts.splits)}." if facts.splits else ""
    return f"- **{name}**: {facts.source}; licence: {facts.licence}.{parts}{traps}{seen}"


def _arrangement(facts: PublicSet) -> str:
    if not facts.arrangements:
        return "as released" if facts.split else "`*`"
    first = facts.arrangements[0]
    if isinstance(first, SideBySide):
        return f"`{first.pictures}`, halves"
    return f"`{first.rainy}`, `{first.clean}`"


def _files(facts: PublicFiles) -> str:
    layout = facts.layouts[0]
    pictures: Any = layout["pictures"]
    texts = [pictures] if isinstance(pictures, str) else list(pictures.values())
    truths: Mapping[str, Any] = layout.get("truths", {})
    boxes: Mapping[str, Any] = truths.get("boxes", {})
    texts += [boxes[kind] for kind in ("coco", "voc", "bdd100k") if kind in boxes]
    texts += [truths["label_maps"]["files"]] if "label_maps" in truths else []
    return ", ".join(f"`{text}`" for text in texts)


if __name__ == "__main__":
    print(public_table(), end="")
