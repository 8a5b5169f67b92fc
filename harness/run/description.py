"""``manifest.json``: what a stranger needs to trust a run, or to repeat it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from harness.derainer import DerainerFacts
from harness.device import Device
from harness.digests import digest_json
from harness.errors import BenchError
from harness.images import write_bytes
from harness.machine import git_state, machine_facts, package_versions
from harness.published_figures import PublishedAs, figures_of
from harness.run.plan import Plan
from harness.run.restoring import TILED


def describe_derainers(plan: Plan, records: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Return the facts of every derainer of the run, for the report."""
    described = []
    tiled = _tiled_images(records)
    for part in plan.derainers:
        facts = part.built.facts if part.built is not None else DerainerFacts(title=part.name)
        described.append(
            {
                "name": part.name,
                "use": part.entry.use,
                "title": facts.title,
                "paper": facts.paper,
                "year": facts.year,
                "licence": facts.licence,
                "trained_on": facts.trained_on,
                "source": facts.source,
                "is_reference": part.built.is_reference if part.built is not None else False,
                "parameters": part.built.parameters_count() if part.built is not None else None,
                "weights_sha256": getattr(part.built, "weights_digest", ""),
                "size_multiple": facts.size_multiple,
                "tiled_images": len(tiled.get(part.name, ())),
                "channel_order": facts.channel_order,
                "normalisation": facts.normalisation,
                "authors_quantiser": facts.authors_quantiser,
                "error": part.error,
            }
        )
    return described


def _tiled_images(records: Mapping[str, pd.DataFrame]) -> dict[str, set[tuple[str, str]]]:
    """Return for each derainer the (rain set, image) pairs that it restored in tiles."""
    tiled: dict[str, set[tuple[str, str]]] = {}
    for rows in records.values():
        noted = rows[rows["notes"].str.contains(TILED, regex=False, na=False)]
        for derainer, *image in noted[["derainer", "rain_set", "image"]].itertuples(index=False):
            tiled.setdefault(derainer, set()).add((image[0], image[1]))
    return tiled


def describe_rain_sets(plan: Plan, records: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Return each rain set with a digest over the decoded content of its samples."""
    described = []
    for rain_set, ids in plan.rain_sets:
        contents: dict[str, str] = {}
        for rows in records.values():
            loaded = rows[(rows["rain_set"] == rain_set.name) & (rows["sample_digest"] != "")]
            contents.update(zip(loaded["image"], loaded["sample_digest"], strict=True))
        described.append(
            {
                "name": rain_set.name,
                "description": rain_set.description,
                "images": len(ids),
                "images_in_all": len(rain_set.ids()),
                "label_classes": rain_set.label_classes,
                "digest": digest_json(sorted(contents.items())),
            }
        )
    return described


def describe_published(plan: Plan) -> list[dict[str, Any]]:
    """Return the published figures of the run's derainers on its rain sets."""
    config = plan.config
    if config.published is None:
        return []
    described = []
    for entry in config.rain_sets:
        for part in plan.derainers:
            title = part.built.facts.title if part.built is not None else part.name
            method = config.published_as.get(part.name, PublishedAs(method=title))
            if method is None:
                continue
            for figure in figures_of(config.published.figures, [entry.name, entry.use], method):
                of_run = {"rain_set": entry.name, "derainer": part.name}
                described.append({**figure.model_dump(mode="json"), **of_run})
    return described


def describe_tasks(plan: Plan) -> list[dict[str, Any]]:
    """Return each task with the metrics that lead the tables and the digests of its weights."""
    return [
        {
            "name": part.name,
            "kind": part.entry.use,
            "headline": list(part.built.headline) if part.built is not None else [],
            "weights": part.built.weights_digests() if part.built is not None else {},
            "error": part.error,
        }
        for part in plan.tasks
    ]


def make_manifest(
    plan: Plan, device: Device, records: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    """Gather what stands in the manifest, apart from the invocations."""
    return {
        "name": plan.config.name,
        "description": plan.config.description,
        "configuration": plan.config.model_dump(mode="json"),
        "versions": package_versions(),
        "git": git_state(),
        "machine": machine_facts(device),
        "derainers": describe_derainers(plan, records),
        "rain_sets": describe_rain_sets(plan, records),
        "tasks": describe_tasks(plan),
        "published": describe_published(plan),
        "refusals": [refusal._asdict() for refusal in plan.refusals],
    }


def write_manifest(
    directory: Path, manifest: Mapping[str, Any], invocation: Mapping[str, Any]
) -> None:
    """Write the manifest of a run, adding this invocation to those that went before.

    Args:
        directory: The run's folder.
        manifest: As `make_manifest` returns it.
        invocation: ``started`` and ``finished`` (ISO 8601), ``images`` that were restored, and
            ``seconds`` a stage. Invocations that found nothing left to do are not added.
    """
    invocations = (
        read_manifest(directory).get("invocations", []) if _path(directory).exists() else []
    )
    if invocation["images"] or not invocations:
        invocations = [*invocations, invocation]
    seconds: dict[str, float] = {}
    for earlier in invocations:
        for stage, spent in earlier["seconds"].items():
            seconds[stage] = round(seconds.get(stage, 0.0) + spent, 3)
    whole = {
        **manifest,
        "started": invocations[0]["started"],
        "finished": invocations[-1]["finished"],
        "seconds": seconds,
        "invocations": invocations,
    }
    write_bytes(_path(directory), json.dumps(whole, indent=1, ensure_ascii=False).encode())


def read_manifest(directory: Path) -> dict[str, Any]:
    """Read the manifest of a run's folder.

    Raises:
        BenchError: If it is missing or damaged.
    """
    path = _path(directory)
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BenchError(f"{directory}: no run's folder, it has no manifest.json") from error
    except ValueError as error:
        raise BenchError(f"{path}: damaged ({error}); run the same command again") from error
    return manifest


def _path(directory: Path) -> Path:
    return directory / "manifest.json"
