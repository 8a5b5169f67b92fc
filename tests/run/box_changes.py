"""Boxes in COCO's format, and what may change about them."""

from typing import Any

from changes import counts, idle

BOXES: dict[str, Any] = {
    "images": [
        {"id": 5, "file_name": "1.png", "width": 32, "height": 24},
        {"id": 3, "file_name": "2.png", "width": 32, "height": 24},
    ],
    "annotations": [
        {"id": 1, "image_id": 5, "category_id": 9, "bbox": [1, 2, 10, 8], "area": 60, "iscrowd": 0},
        {"id": 2, "image_id": 5, "category_id": 2, "bbox": [0, 0, 9, 9], "area": 81, "iscrowd": 0},
        {"id": 3, "image_id": 3, "category_id": 2, "bbox": [1, 1, 9, 9], "area": 81, "iscrowd": 0},
    ],
    "categories": [{"id": 2, "name": "person"}, {"id": 9, "name": "car"}],
}
"""Boxes of two pictures."""


def moved_box(content: dict[str, Any]) -> None:
    content["annotations"][0]["bbox"][0] += 1


def other_area(content: dict[str, Any]) -> None:
    content["annotations"][0]["area"] += 1


def crowd(content: dict[str, Any]) -> None:
    content["annotations"][0]["iscrowd"] = 1


def other_category(content: dict[str, Any]) -> None:
    content["annotations"][0]["category_id"] = 2


def one_box_less(content: dict[str, Any]) -> None:
    del content["annotations"][0]


def other_size(content: dict[str, Any]) -> None:
    content["images"][0]["width"] += 1


def renamed_category(content: dict[str, Any]) -> None:
    content["categories"][1]["name"] = "bus"


def swapped_categories(content: dict[str, Any]) -> None:
    first, second = content["categories"]
    first["id"], second["id"] = second["id"], first["id"]


def one_category_more(content: dict[str, Any]) -> None:
    content["categories"].append({"id": 11, "name": "bus"})


def box_of_another_image(content: dict[str, Any]) -> None:
    content["annotations"][2]["bbox"][0] += 1


def other_ids(content: dict[str, Any]) -> None:
    for annotation in content["annotations"]:
        annotation["id"] += 100
        annotation["image_id"] += 100
        annotation["category_id"] += 100
    for entry in (*content["images"], *content["categories"]):
        entry["id"] += 100


def other_order_of_images(content: dict[str, Any]) -> None:
    content["images"].reverse()


def more_words(content: dict[str, Any]) -> None:
    content["info"] = {"year": 2020}


BOX_CHANGES = [
    *map(counts, (moved_box, other_area, crowd, other_category, one_box_less, other_size)),
    *map(counts, (renamed_category, swapped_categories, one_category_more)),
    *map(idle, (box_of_another_image, other_ids, other_order_of_images, more_words)),
]
"""Functions that change `BOXES`; the first picture is the one whose key is looked at."""
