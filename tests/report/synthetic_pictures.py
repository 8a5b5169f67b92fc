"""The pictures of the synthetic run: examples with what tasks drew, small ones of all images."""

import json

import numpy as np
from PIL import Image, ImageDraw
from synthetic_cast import (
    COLOURS,
    DERAINERS,
    HEAVY,
    HEIGHT,
    LABEL_CLASSES,
    LIGHT,
    STRENGTH,
    WIDTH,
    failure,
    image_ids,
    scene_boxes,
)

from harness.images import write_bytes
from harness.run_folder.kept_images import drawn_path, restored_path
from harness.run_folder.previews import Previews, preview_path, small_webp
from tasks.overlays import Box, draw_boxes, draw_label_map


def draw_scene(index):
    """Return a street and its label map."""
    street = Image.new("RGB", (WIDTH, HEIGHT), (168, 186, 205))
    labels = Image.new("L", (WIDTH, HEIGHT), 0)
    shapes = [
        ((0, 40, 120, 130), (134, 110, 98), "building"),
        ((230, 20, 320, 130), (110, 104, 112), "building"),
        ((120, 70, 180, 130), (78, 104, 66), "tree"),
        ((0, 130, 320, 192), (92, 92, 96), "road"),
        ((0, 126, 320, 136), (150, 144, 140), "pavement"),
    ]
    paint = {"car": (170, 40, 44), "bus": (222, 176, 44), "person": (40, 52, 96)}
    names = {"bus": "car", "person": "pedestrian"}
    for name, box in scene_boxes(index):
        shapes.append((box, paint.get(name, (20, 80, 190)), names.get(name, name)))
    for box, colour, name in shapes:
        ImageDraw.Draw(street).rectangle(box, fill=colour)
        ImageDraw.Draw(labels).rectangle(box, fill=LABEL_CLASSES.index(name))
    return street, labels


def with_rain(street, amount, seed):
    rain = Image.new("L", street.size, 0)
    rng = np.random.default_rng(seed)
    for _ in range(int(600 * amount)):
        x, y = rng.integers(0, WIDTH), rng.integers(-20, HEIGHT)
        length = rng.integers(8, 26)
        ImageDraw.Draw(rain).line((x, y, x + length // 5, y + length), fill=150)
    veil = np.asarray(street, dtype=np.float64) * (1 - 0.25 * amount) + 190 * 0.25 * amount
    streaks = np.asarray(rain, dtype=np.float64)[..., None] / 255
    mixed = veil * (1 - streaks) + 235 * streaks
    return Image.fromarray(mixed.clip(0, 255).astype(np.uint8))


def drawn_boxes(index):
    boxes = [Box(*box, name) for name, box in scene_boxes(index)]
    return Image.fromarray(draw_boxes((HEIGHT, WIDTH), boxes, COLOURS["detection"]))


def drawn_labels(label_map):
    return Image.fromarray(draw_label_map(label_map, list(COLOURS["segmentation"].values())))


def confused(label_map, amount, seed):
    """Return a label map with some blocks of another class."""
    predicted = label_map.copy()
    blocks = np.random.default_rng(seed).uniform(size=(HEIGHT // 8, WIDTH // 8)) < 0.3 * amount
    predicted[np.kron(blocks, np.ones((8, 8))).astype(bool)] = 1
    return predicted


def save(path, picture):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def write_examples(root):
    index_file = {}
    for rain_set in (HEAVY, LIGHT):
        index_file[rain_set] = {}
        for index in (0, 4):
            image = image_ids(rain_set)[index]
            slug = image.replace("/", "-").replace(" ", "-").replace("<", "")
            index_file[rain_set][slug] = image
            folder = root / "examples" / rain_set / slug
            street, labels = draw_scene(index)
            for derainer, (_, share, _) in DERAINERS.items():
                if failure(rain_set, derainer, image):
                    continue
                amount = STRENGTH[rain_set] * (1 - share)
                save(restored_path(folder, derainer), with_rain(street, amount, index))
                save(drawn_path(folder, "detection", derainer), drawn_boxes(index))
                if rain_set == HEAVY:
                    predicted = drawn_labels(confused(np.asarray(labels), amount, index))
                    save(drawn_path(folder, "segmentation", derainer), predicted)
            save(drawn_path(folder, "detection", None), drawn_boxes(index))
            if rain_set == HEAVY:
                save(drawn_path(folder, "segmentation", None), drawn_labels(np.asarray(labels)))
    (root / "examples" / "index.json").write_text(json.dumps(index_file))


def write_previews(root):
    """Small pictures of all images, label maps in heavy rain; those of a derainer look alike."""
    street, labels = draw_scene(1)
    previews, label_map = Previews(root, 0), np.asarray(labels)
    for rain_set in (HEAVY, LIGHT):
        for derainer, (_, share, _) in DERAINERS.items():
            amount = STRENGTH[rain_set] * (1 - share)
            small = small_webp(np.asarray(with_rain(street, amount, 1)))
            for image in image_ids(rain_set):
                if failure(rain_set, derainer, image):
                    continue
                write_bytes(preview_path(root, rain_set, derainer, image), small)
                if rain_set == HEAVY:
                    drawn = np.asarray(drawn_labels(confused(label_map, amount, 1)))
                    previews.put_drawing(rain_set, image, derainer, "segmentation", drawn)
    for image in image_ids(HEAVY):
        drawn = np.asarray(drawn_labels(label_map))
        previews.put_drawing(HEAVY, image, None, "segmentation", drawn)
