"""Images of several sizes, in batches on the device: figures as one by one on a CPU."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from harness.cli.commands import main
from harness.device import Device

CONFIG = """
name: mixed
rain_sets: [{name: Mixed, layout: pairs, root: ROOT, rainy: "rainy/rain-{id}.png",
  clean: "norain/norain-{id}.png"}]
derainers: [rainy, rdmc-s, clean]
tasks: [restoration]
examples: 0
batch_size: SIZE
"""


def figures(config: str, folder: Path, size: int, device: str) -> pd.Series:
    path = folder / f"{device}-{size}.yaml"
    path.write_text(config.replace("SIZE", str(size)))
    out = folder / f"{device}-{size}"
    assert main(["run", str(path), "--out", str(out), "--device", device]) == 0
    rows = pd.read_parquet(out / "records" / "restoration.parquet")
    assert (rows["status"] == "ok").all()
    summary = pd.read_csv(out / "summary.csv")
    return summary.set_index(["derainer", "metric"])["value"]


def test_batches_change_no_figure(
    device: Device, make_pairs: Callable[..., Path], tmp_path: Path
) -> None:
    for number, size in enumerate([(48, 64), (64, 48), (40, 56)]):
        made = make_pairs(tmp_path / f"size{number}", count=3, size=size)
        for side in ("rainy", "norain"):
            (tmp_path / "pairs" / side).mkdir(parents=True, exist_ok=True)
            for file in (made / side).iterdir():
                file.rename(tmp_path / "pairs" / side / f"{file.stem}{number}.png")
    config = CONFIG.replace("ROOT", str(tmp_path / "pairs"))
    one_by_one = figures(config, tmp_path, 1, "cpu")
    in_batches = figures(config, tmp_path, 4, device.torch_device.type)
    assert len(in_batches) == len(one_by_one) > 0
    for key, value in one_by_one.items():
        assert in_batches[key] == pytest.approx(value, abs=1e-3)
