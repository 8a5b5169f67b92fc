"""The best checkpoint is read as mmengine writes it, and never runs what it may hold besides."""

import pickle
from pathlib import Path

import pytest
import torch
from mmengine.logging import HistoryBuffer

from harness.errors import ConfigError
from harness.training.export import read_best


def write(folder: Path, **more: object) -> None:
    buffer = HistoryBuffer([1.0, 2.0], [1, 1])
    checkpoint = {
        "state_dict": {"weight": torch.ones(2)},
        "meta": {"iter": 3},
        "message_hub": {"log_scalars": {"val/psnr_y": buffer}},
    }
    torch.save({**checkpoint, **more}, folder / "best_psnr_y_iter_3.pth")


def test_logs_of_mmengine_are_read(tmp_path: Path) -> None:
    write(tmp_path)
    name, content = read_best(tmp_path)
    assert name == "best_psnr_y_iter_3.pth"
    assert content["message_hub"]["log_scalars"]["val/psnr_y"].current() == 2.0


class Reduced:
    """Pickles as a call of its choice."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> object:
        return self.call


@pytest.mark.parametrize("hook", [Reduced(print, "run"), Reduced(getattr, torch.Tensor, "tolist")])
def test_anything_else_is_refused(tmp_path: Path, hook: Reduced) -> None:
    write(tmp_path, hook=hook)
    with pytest.raises(pickle.UnpicklingError):
        read_best(tmp_path)


def test_no_checkpoint_yet_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no best_\*\.pth"):
        read_best(tmp_path)
