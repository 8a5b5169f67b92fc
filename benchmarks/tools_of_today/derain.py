"""A derainer's test script as its authors publish one: pictures in, restored PNG out.

python benchmarks/tools_of_today/derain.py NAME RAINY_FOLDER OUT_FOLDER
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from harness.plugins import registry

name, rainy, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
derainer = registry.load("derainers", name)()
if hasattr(derainer, "network"):
    derainer.network.eval()
out.mkdir(parents=True)
with torch.no_grad():
    for path in sorted(rainy.glob("*.png")):
        picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        tensor = torch.from_numpy(np.float32(picture) / 255).permute(2, 0, 1)[None]
        restored = derainer.restore(tensor)[0].clamp(0, 1).mul(255).round().byte()
        pixels = restored.permute(1, 2, 0).contiguous().numpy()
        cv2.imwrite(str(out / path.name), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
