"""A full-reference metric of network features, as LPIPS is one."""

import torch
from torch import nn

from harness.digests import digest_json
from harness.metric import Metric
from harness.per_image_task import PerImageTask


class FeatureDistance(PerImageTask):
    """Mean distance between the features of the restored and of the clean picture."""

    kind = "feature-distance"
    metrics = {
        "feature_distance": Metric(
            "feature distance",
            "Mean absolute difference of network features.",
            digits=4,
            higher_is_better=False,
        )
    }
    headline = ("feature_distance",)
    is_reentrant = True

    def __init__(self, name: str = "feature-distance", channels: int = 8) -> None:
        self.name = name
        self.channels = channels
        generator = torch.Generator().manual_seed(0)
        self.network = nn.Sequential(
            nn.Conv2d(3, channels, 5, stride=2), nn.ReLU(), nn.Conv2d(channels, channels, 3)
        )
        for parameter in self.network.parameters():
            nn.init.normal_(parameter, std=0.2, generator=generator)

    def refusal(self, rain_set):
        return None if rain_set.has_clean else f"{rain_set.name} has no clean images"

    def place(self, device):
        self.network = device.place_module(self.network)

    def predict(self, batch):
        clean = [sample.clean for sample in batch.samples]
        with torch.inference_mode():
            restored = self.network(batch.on_device(batch.restored))
            distance = (restored - self.network(batch.on_device(clean))).abs().mean((1, 2, 3))
        return distance.cpu().tolist()

    def score(self, prediction, sample, rain_set):
        return {"feature_distance": prediction}

    def protocol(self):
        return f"channels:{self.channels}|v:1"

    def fingerprint(self):
        return digest_json([self.kind, self.channels])

    def reads(self, rain_set):
        return None
