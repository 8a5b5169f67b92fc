"""Procedural street scenes with exact boxes, label maps and depth."""

from harness.streets.scenes.classes import BOX_CLASSES, IGNORE_LABEL, LABEL_CLASSES, SCENE_VERSION
from harness.streets.scenes.scene import Scene, render_scene

__all__ = ["BOX_CLASSES", "IGNORE_LABEL", "LABEL_CLASSES", "SCENE_VERSION", "Scene", "render_scene"]
