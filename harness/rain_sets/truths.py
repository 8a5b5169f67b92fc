"""What is known of the pictures of a rain set, any kinds beside each other."""

from dataclasses import dataclass

from harness.rain_sets.box_truth import BoxTruth
from harness.rain_sets.instance_maps import InstanceMaps
from harness.rain_sets.map_truths import DepthMaps, LabelMaps


@dataclass(frozen=True)
class Truths:
    """What is known of the pictures, each kind or none.

    Attributes:
        boxes: Of objects, as annotations state them or around the objects of instance maps.
        label_maps: A class for each pixel.
        depth: Metres for each pixel.
    """

    boxes: BoxTruth | InstanceMaps | None = None
    label_maps: LabelMaps | None = None
    depth: DepthMaps | None = None

    def lost(self) -> dict[str, str]:
        """Return for each id that lacks one of them why."""
        found: dict[str, str] = {}
        for truth in (self.depth, self.label_maps, self.boxes):
            found.update(truth.lost if truth else {})
        return found

    def are_of_one_kind(self) -> bool:
        """Return whether there are boxes or label maps alone, or nothing."""
        return self.depth is None and (self.boxes is None or self.label_maps is None)
