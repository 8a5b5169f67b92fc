"""What tasks drew on the examples is drawn anew where their colours have changed."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.cli.commands import main
from harness.run_folder.ownership import FINISHED
from tasks.restoration import RestorationTask

CONFIG = """name: colours
rain_sets: [{name: mine, layout: files, root: ., pictures: {rainy: rainy, clean: clean}}]
derainers: [rainy]
tasks: [restoration]
examples: 1
"""


def test_examples_follow_the_colours_of_their_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("rainy", "clean"):
        (tmp_path / folder).mkdir()
        pixels = np.full((12, 16, 3), 60 if folder == "rainy" else 120, np.uint8)
        Image.fromarray(pixels).save(tmp_path / folder / "1.png")
    (tmp_path / "run.yaml").write_text(CONFIG)
    folder = tmp_path / "results" / "colours"
    drawn = folder / "examples" / "mine" / "1" / "drawn" / "restoration" / "rainy.png"

    def run_with(colour: tuple[int, int, int]) -> str:
        def draw(*_: object) -> np.ndarray:
            return np.full((12, 16, 4), (*colour, 255), np.uint8)

        monkeypatch.setattr(RestorationTask, "legend", lambda *_: {"all of it": colour})
        for method in ("draw", "draw_truth"):
            monkeypatch.setattr(RestorationTask, method, draw)
        (folder / FINISHED).unlink(missing_ok=True)  # as where the code is another
        assert main(["run", "run.yaml"]) == 0
        told = json.loads((folder / "manifest.json").read_text())["tasks"][0]["legends"]
        assert told == {"mine": {"all of it": list(colour)}}
        for picture in (drawn, drawn.parent.with_suffix(".png")):
            assert Image.open(picture).getpixel((3, 3))[:3] == colour
        return capsys.readouterr().err

    assert "changed" not in run_with((200, 0, 0))
    said = run_with((0, 0, 200))
    assert "mine: the colours of restoration changed; the examples are drawn anew" in said
    when = drawn.stat().st_mtime_ns
    assert "changed" not in run_with((0, 0, 200))
    assert drawn.stat().st_mtime_ns == when
