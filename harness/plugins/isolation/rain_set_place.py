"""What runs in the process of an isolated rain set."""

from pathlib import Path

from harness.config import Entry
from harness.plugins.checks import check_sample
from harness.plugins.isolation.crossing import as_json, lay
from harness.plugins.isolation.workplace import Workplace
from harness.samples import RainSet


class RainSetPlace(Workplace):
    """Where a rain set loads its samples; see `Workplace`."""

    rain_set: RainSet

    def build(self, where: str, entry: Entry, base: Path, debug: bool) -> dict[str, object]:
        """Build the rain set that an entry names, and return what is known of it."""
        rain_set = self.built("rain-sets", where, entry, base, debug)
        self.rain_set = rain_set
        return {
            "ids": list(rain_set.ids()),
            "description": rain_set.description,
            "box_classes": rain_set.box_classes,
            "label_classes": rain_set.label_classes,
            "truths": rain_set.truths,
            "has_clean": rain_set.has_clean,
            "protocol": str(rain_set.protocol),
            "notices": [str(one) for one in rain_set.notices],
        }

    def key(self, sample_id: str) -> str:
        """Ask the rain set; see `RainSet.key`."""
        return str(self.rain_set.key(sample_id))

    def load(self, sample_id: str) -> dict[str, object]:
        """Load a sample onto the desk, and return where its arrays lie."""
        sample = check_sample(self.rain_set.load(sample_id), sample_id)
        self.leave_if_forked()
        (laid,) = lay(self.desk, [sample], whole=True)
        return as_json(laid)
