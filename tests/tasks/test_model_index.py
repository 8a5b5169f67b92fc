import hashlib

import pytest
import torch

from harness.errors import ConfigError
from tasks.mm_configs import find_config
from tasks.model_index import official_weights, weights_url


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A config beside a metafile that names a weight file by URL."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("RDMC_BENCH_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    torch.save({"w": torch.ones(3)}, tmp_path / "saved.pth")
    digest = hashlib.sha256((tmp_path / "saved.pth").read_bytes()).hexdigest()[:8]
    there = (tmp_path / "saved.pth").rename(tmp_path / f"mine_2026-{digest}.pth")
    folder = tmp_path / "configs/mine"
    folder.mkdir(parents=True)
    config = folder / "mine_1x.py"
    config.write_text("model = dict()\n")
    (folder / "metafile.yml").write_text(
        "Models:\n"
        "  - {Name: other, Config: configs/mine/other.py, Weights: 'https://nowhere/o-00000000.pth'}\n"
        f"  - {{Name: mine, Config: configs/mine/mine_1x.py, Weights: 'file://{there}'}}\n"
    )
    return config, there


def test_the_frameworks_own_metafiles_name_weights_with_their_digest():
    faster = weights_url(find_config("faster-rcnn_r50_fpn_1x_coco", "mmdet"))
    assert faster is not None and faster.endswith("-047c8118.pth")
    pidnet = weights_url(find_config("pidnet-s_2xb6-120k_1024x1024-cityscapes", "mmseg"))
    assert pidnet is not None and pidnet.endswith(".pth")
    assert weights_url(find_config("rtmdet_streets", "mmdet")) is None


def test_weights_are_fetched_once(model):
    config, there = model
    fetched = official_weights(config)
    assert fetched is not None and fetched.read_bytes() == there.read_bytes()
    there.unlink()
    assert official_weights(config) == fetched


def test_weights_that_lie_here_are_not_fetched(model, tmp_path, monkeypatch):
    config, there = model
    mine = tmp_path / "kept" / there.name
    mine.parent.mkdir()
    there.rename(mine)
    monkeypatch.setenv("RDMC_BENCH_WEIGHTS", str(mine.parent))
    assert official_weights(config) == mine
    mine.write_bytes(b"another")
    with pytest.raises(ConfigError, match=r"is another file than file:.*; move it away"):
        official_weights(config)


def test_without_a_network_the_user_is_told_what_to_do(model):
    config, there = model
    there.unlink()
    with pytest.raises(ConfigError, match=r"mine_1x: file:.*cannot be fetched .*put mine_2026-"):
        official_weights(config)
    assert official_weights(config.with_name("unknown.py")) is None
