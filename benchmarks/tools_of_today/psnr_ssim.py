"""A script that compares two folders with scikit-image, Y and RGB, and prints the means as JSON.

python benchmarks/tools_of_today/psnr_ssim.py RESTORED_FOLDER CLEAN_FOLDER
"""

import json
import sys
from pathlib import Path

import numpy as np
from skimage.color import rgb2ycbcr
from skimage.io import imread
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

restored, clean = Path(sys.argv[1]), Path(sys.argv[2])
window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
scores: dict[str, list[float]] = {"psnr_y": [], "ssim_y": [], "psnr_rgb": [], "ssim_rgb": []}
with np.errstate(divide="ignore"):  # of a picture that equals the clean one
    for path in sorted(restored.glob("*.png")):
        first, second = imread(path), imread(clean / path.name)
        first_y, second_y = rgb2ycbcr(first)[..., 0], rgb2ycbcr(second)[..., 0]
        for channels, one, two, axis in (("y", first_y, second_y, None), ("rgb", first, second, 2)):
            ratio = peak_signal_noise_ratio(two, one, data_range=255)
            similarity = structural_similarity(
                two, one, data_range=255, channel_axis=axis, **window
            )
            scores[f"psnr_{channels}"].append(float(ratio))
            scores[f"ssim_{channels}"].append(float(similarity))
print(json.dumps({name: float(np.mean(values)) for name, values in scores.items()}))
