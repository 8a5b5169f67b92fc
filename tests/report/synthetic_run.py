"""A synthetic run's folder: what the pipeline writes, with every awkward thing in it."""

import hashlib
import json

import numpy as np
import pandas as pd
from synthetic_cast import (
    BOX_CLASSES,
    COLOURS,
    DERAINERS,
    HEAVY,
    HEIGHT,
    IMAGES,
    LABEL_CLASSES,
    LIGHT,
    STRENGTH,
    WIDTH,
    failure,
    image_ids,
    scene_boxes,
)
from synthetic_pictures import write_examples, write_previews

from harness.run.description import known_of
from harness.run_folder.manifest import FORMAT, TaskEntry, read_manifest
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Figure, Summary, read_summary, write_all, write_summary
from harness.statistics.comparing import CellFigures, compare
from harness.statistics.families import harmed_by
from harness.statistics.resampling import draws
from tasks.detection import DetectionTask
from tasks.restoration import RestorationTask
from tasks.segmentation import SegmentationTask

TASK_CLASSES = {
    "restoration": RestorationTask,
    "detection": DetectionTask,
    "segmentation": SegmentationTask,
}
TASKS = tuple(TASK_CLASSES)
SIGNATURE = {
    "psnr": "psnr|ch:Y|range:16-235|crop:0|q:round|agg:image|v:1",
    "ssim": "ssim|ch:Y|range:16-235|win:11|sigma:1.5|valid|q:round|agg:image|v:1",
    "ap": "coco-ap|iou:0.50:0.95|max:100|conf:0.001|nms:0.65|model:rtmdet-tiny@5f2c|v:1",
    "iou": "iou|ignore:255|agg:set|model:bisenet@91ac|v:1",
}


def common_row(rain_set, derainer, task, kind, image, rng):
    error = failure(rain_set, derainer, image)
    return {
        "rain_set": rain_set,
        "derainer": derainer,
        "task": task,
        "kind": kind,
        "image": image,
        "status": "failed" if error else "ok",
        "error": error,
        "notes": [f"{image}.png: grey converted to RGB"] if image.endswith("01") else [],
        "tile_side": 0,
        "tile_overlap": 0,
        "read": "null",
        "width": WIDTH,
        "height": HEIGHT,
        "restore_seconds": float(rng.uniform(0.01, 0.05)),
        "predict_seconds": float(rng.uniform(0.01, 0.03)),
        "protocol": "v:1",
        "quantiser": "round",
        "precision": "float32",
    }


def restoration_row(rain_set, derainer, difficulty):
    if derainer == "clean":
        return {"psnr_y": np.inf, "ssim_y": 1.0, "psnr_rgb": np.inf, "ssim_rgb": 1.0}
    share = DERAINERS[derainer][1]
    psnr = 33 - 9 * STRENGTH[rain_set] + 8 * share + 2 * difficulty
    ssim = 1 - (0.25 * STRENGTH[rain_set]) * (1 - 0.8 * share) + 0.02 * difficulty
    return {"psnr_y": psnr, "ssim_y": ssim, "psnr_rgb": psnr - 1.3, "ssim_rgb": ssim - 0.01}


def detection_row(index, quality, rng):
    truth = scene_boxes(index)
    found = [one for one in truth if rng.uniform() < 0.35 + 0.6 * quality]
    boxes = [np.asarray(box) + rng.normal(0, 3 * (1.2 - quality), 4) for _, box in found]
    labels = [label for label, _ in found]
    boxes.append(np.asarray([5.0, 60.0, 40.0, 90.0]))
    labels.append("car")
    scores = [float(rng.uniform(0.4, 0.98)) for _ in found] + [0.12]
    return {
        "boxes": np.concatenate(boxes).astype(np.float32).tolist(),
        "scores": np.asarray(scores, dtype=np.float32).tolist(),
        "labels": labels,
        "truth_boxes": [float(side) for _, box in truth for side in box],
        "truth_labels": [label for label, _ in truth],
        "truth_ignore": [False] * len(truth),
        "truth_areas": [float((b[2] - b[0]) * (b[3] - b[1])) for _, b in truth],
        "classes": list(BOX_CLASSES),
        "max_detections": 100,
    }


def confusion(quality, rng):
    """(K, K + 1) pixel counts; the worse the image, the more pixels go astray."""
    side = len(LABEL_CLASSES)
    pixels = np.asarray([9000, 12000, 400, 15000, 3000, 5000, 300, 700, 4000, 500, 300])
    astray = rng.uniform(0.5, 1.0, side) * (0.5 - 0.38 * quality)
    spread = (pixels * astray)[:, None] * rng.dirichlet(np.ones(side), side)
    matrix = (spread + np.diag(pixels * (1 - astray))).astype(np.int64)
    unknown = (pixels * 0.01).astype(np.int64)  # predicted as a class that the truth lacks
    return np.concatenate([matrix, unknown[:, None]], axis=1)


def class_ious(matrix):
    """By the definition, class by class, in plain Python."""
    ious = {}
    for index, name in enumerate(LABEL_CLASSES):
        hits = matrix[index, index]
        ious[name] = hits / (matrix[index].sum() + matrix[:, index].sum() - hits)
    return ious


def quality_of(rain_set, derainer):
    """0 where the task sees nothing, 1 on the clean image."""
    return 1 - 0.7 * STRENGTH[rain_set] * (1 - DERAINERS[derainer][1])


def task_columns(rain_set, derainer, task, index, rng):
    quality = quality_of(rain_set, derainer)
    if task == "restoration":
        return restoration_row(rain_set, derainer, np.sin(index) + rng.normal(0, 0.2))
    if task == "detection":
        return detection_row(index, quality, rng)
    return {"confusion": confusion(quality, rng).ravel().tolist(), "classes": list(LABEL_CLASSES)}


def write_records_and_summary(root):
    rng = np.random.default_rng(7)
    rows = {task: [] for task in TASKS}
    summary = []
    cells = [
        (rain_set, derainer, task)
        for rain_set in (HEAVY, LIGHT)
        for derainer in DERAINERS
        for task in TASKS
        if (rain_set, task) != (LIGHT, "segmentation")
    ]
    for rain_set, derainer, task in cells:
        cell = []
        for index, image in enumerate(image_ids(rain_set)):
            row = common_row(rain_set, derainer, task, task, image, rng)
            if not row["error"]:
                row |= task_columns(rain_set, derainer, task, index, rng)
            cell.append(row)
        rows[task] += cell
        summary += summary_rows(rain_set, derainer, task, cell, quality_of(rain_set, derainer))
    (root / "records").mkdir(parents=True)
    for task, task_rows in rows.items():
        pd.DataFrame(task_rows).to_parquet(root / "records" / f"{task}.parquet")
    write_summary(root, [Figure(*row) for row in summary])


def write_comparisons_again(root):
    """Compare all derainers once more, after a change of the summary."""
    run = RunData(root, read_manifest(root), read_summary(root))
    compared, harmed = [], []
    for rain_set, task in [(one, task) for one in (HEAVY, LIGHT) for task in run.tasks]:
        cells = {}
        for entry in run.manifest.derainers:
            values = {
                name: run.value(rain_set, entry.name, task.name, name)
                for name in run.metrics(rain_set, task.name)
                if "/" not in name and run.measured(rain_set, entry.name, task.name, name).n
            }
            where = [("rain_set", "==", rain_set), ("derainer", "==", entry.name)]
            rows = run.records(task.name, None, [*where, ("status", "==", "ok")])
            resampled = {}
            if task.name == "segmentation" and values:
                miou = SegmentationTask.resampled(rows, draws(len(rows)))["miou"]
                whole = SegmentationTask.resampled(rows, np.ones((1, len(rows))))["miou"][0]
                resampled = {"miou": miou} if np.isclose(whole, values["miou"]) else {}
            cells[entry.name] = CellFigures(rows, values, resampled)
        harmed += harmed_by(rain_set, task, cells, run.manifest.derainers)
        bounds = {one.bound: cells[one.name] for one in run.references}
        for entry in run.derainers if bounds.get("lower") and bounds["lower"].values else ():
            for name in cells[entry.name].values:
                place = (rain_set, entry.name, task.name)
                metric, cell = task.metric(name), cells[entry.name]
                upper = bounds.get("upper")
                lower = bounds["lower"]
                compared.append(compare(place, name, metric, cell, lower, upper, task.can_lose))
    write_all(root, Summary(run.figures, compared, harmed=harmed))


def summary_rows(rain_set, derainer, task, cell, quality):
    done = [row for row in cell if row["status"] == "ok"]
    failed = len(cell) - len(done)
    head = (rain_set, derainer, task)
    listed = [(*head, "failed", failed, len(cell), "")] if failed else []
    if not done:
        return listed
    values = {}
    if task == "restoration":
        for name in ("psnr_y", "ssim_y", "psnr_rgb", "ssim_rgb"):
            values[name] = (np.mean([row[name] for row in done]), SIGNATURE[name[:4]])
    elif task == "detection":
        ap = 0.1 + 0.45 * quality
        figures = {"ap": ap, "ap50": ap * 1.5, "ap75": ap * 0.95, "ap_small": ap * 0.4}
        figures |= {"ap_medium": ap, "ap_large": np.nan}
        spread = np.linspace(-0.08, 0.08, len(BOX_CLASSES))
        figures |= {
            f"ap/{name}": ap + shift for name, shift in zip(BOX_CLASSES, spread, strict=True)
        }
        values = {name: (value, SIGNATURE["ap"]) for name, value in figures.items()}
    else:
        side = len(LABEL_CLASSES)
        whole = sum(np.asarray(row["confusion"]).reshape(side, side + 1) for row in done)
        ious = class_ious(whole)
        figures = {"miou": np.mean(list(ious.values()))}
        figures["macc"] = np.mean(np.diag(whole) / whole.sum(1))
        figures["pixel_acc"] = np.trace(whole) / whole.sum()
        figures |= {f"iou/{name}": value for name, value in ious.items()}
        values = {name: (value, SIGNATURE["iou"]) for name, value in figures.items()}
    return listed + [
        (*head, name, value, len(done), signature) for name, (value, signature) in values.items()
    ]


def manifest():
    digest = {name: hashlib.sha256(name.encode()).hexdigest() for name in DERAINERS}
    derainers = [
        {
            "name": name,
            "title": title,
            "paper": "" if name in {"rainy", "clean"} else f"Doe & Roe, {title}, CVPR",
            "year": None if name in {"rainy", "clean"} else 2020,
            "licence": "" if parameters == 0 else "MIT",
            "trained_on": "" if parameters == 0 else f"Rain200H, {HEAVY}",
            "source": f"https://example.org/{name}" if parameters else "",
            "bound": {"rainy": "lower", "clean": "upper"}.get(name),
            "parameters": parameters,
            "weights_sha256": digest[name] if parameters else "",
            "size_multiple": 8,
            "channel_order": "RGB",
            "normalisation": "none",
            "authors_quantiser": "floor",
        }
        for name, (title, _, parameters) in DERAINERS.items()
    ]
    return {
        "format": FORMAT,
        "name": "streets <demo> & co",
        "configuration": {"seed": 0, "device": "cpu", "quantiser": "round"},
        "versions": {"python": "3.11.9", "torch": "2.13.0", "mmdet": "3.5.1"},
        "git": {"revision": "0123456789abcdef0123456789abcdef01234567", "dirty": True},
        "machine": {"cpu": "x86_64, 2 cores", "memory": "23 GB", "gpu": None},
        "started": "2025-11-20T10:00:00+00:00",
        "finished": "2025-11-20T10:07:31+00:00",
        "seconds": {"decode": 12.1, "restore": 180.4, "predict": 90.2, "score": 44.0},
        "derainers": derainers,
        "rain_sets": [
            {
                "name": HEAVY,
                "description": "Rendered streets under heavy rain, 50 mm/h.",
                "images": IMAGES,
                "digest": "a" * 64,
            },
            {"name": LIGHT, "description": "", "images": IMAGES, "digest": "b" * 64},
        ],
        "tasks": [
            TaskEntry(
                name=kind,
                legends={HEAVY: COLOURS[kind]} if kind in COLOURS else {},
                **known_of(kind, task),
            ).model_dump(mode="json")
            for kind, task in TASK_CLASSES.items()
        ],
        "refusals": [
            {
                "rain_set": LIGHT,
                "part": "segmentation",
                "reason": f"{LIGHT} has no label maps",
            }
        ],
    }


def write_run(root, **changes):
    """Write the whole folder; ``changes`` replace entries of the manifest."""
    root.mkdir(parents=True, exist_ok=True)
    write_records_and_summary(root)
    (root / "manifest.json").write_text(json.dumps(manifest() | changes))
    write_comparisons_again(root)
    write_examples(root)
    write_previews(root)
    return root
