"""A test loop of mmdetection or mmsegmentation over a folder of pictures, as `tools/test.py` runs.

    python benchmarks/tools_of_today/test_mm.py FRAMEWORK CONFIG WEIGHTS TRUTHS PICTURES WORK_DIR

Prints the metrics as JSON on the last line.
"""

import importlib
import json
import sys
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

framework, config_file, weights, truths, pictures, work_dir = sys.argv[1:]
importlib.import_module(f"{framework}.utils").register_all_modules(init_default_scope=True)
config = Config.fromfile(config_file)
dataset = config.test_dataloader.dataset
dataset.data_root = f"{truths}/"
dataset.data_prefix["img" if framework == "mmdet" else "img_path"] = pictures
if "ann_file" in config.test_evaluator:
    config.test_evaluator.ann_file = str(Path(truths) / dataset.ann_file)
config.load_from, config.work_dir = weights, work_dir
metrics = Runner.from_cfg(config).test()
print(json.dumps({name: float(value) for name, value in metrics.items()}))
