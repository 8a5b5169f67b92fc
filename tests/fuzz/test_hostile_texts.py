"""Configurations and annotations that somebody made up: refused at once, in one line."""

import json
import os
import time
from pathlib import Path

import pytest
from endless_files import ENDLESS, endless
from hostile_pictures import encoded, photo

from harness.cli.commands import DEFECT, main
from harness.config import read_run_config
from harness.errors import ConfigError, SampleError
from harness.published_figures import PublishedFile
from harness.rain_sets.coco import CocoRainSet
from harness.rain_sets.label_table import read_colour_file
from harness.rain_sets.unpaired import UnpairedRainSet
from harness.rain_sets.voc_boxes import read_voc
from harness.rain_sets.yolo_boxes import read_names
from harness.text_files import read_json
from harness.yaml_text import parse_yaml

LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{number}: &a{number} [*a{number - 1}, *a{number - 1}]\n" for number in range(1, 60)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LAUGHS, "more than 200000 values, aliases written out"),
        ("a: &a [*a]\n", "holds itself through an alias"),
        ("a: " + "[" * 100 + "]" * 100, "more than 60 levels deep"),
        ("a: " + "[" * 20_000, "more than 60 levels deep"),
        ("a: " + "x" * 5_000_000, "more than the 4000000 read"),
        ("a: 2023-02-30\n", "'2023-02-30' is no value"),
        ("a: " + "9" * 5000, "is no value"),
        ("a: " + "9" * 400, "is too large"),
        ("a: .inf\n", ".inf is no number that can be used here"),
        ("a: -.INF\n", "is no number that can be used here"),
        ("a: [1, .nan]\n", ".nan is no number that can be used here"),
        ('a: "x\\0y"\n', "zero byte"),
        ('a: "\\ud800"\n', "half of a character"),
        ("a: {1: x, 1: y}\n", "the key 1 stands twice"),
        ("? [1, 2]\n: 3\n", "no valid YAML"),
    ],
    ids=lambda text: text[:12],
)
def test_yaml_is_refused_at_once_with_the_place(text: str, told: str) -> None:
    started = time.process_time()
    with pytest.raises(ConfigError) as refused:
        parse_yaml(text, "run.yaml")
    assert time.process_time() - started < 10
    assert told in str(refused.value) and str(refused.value).startswith("run.yaml")
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "thousands of digits"),
        ('{"a": 1, "a": 2}', "the key 'a' twice"),
    ],
    ids=["deep", "long", "twice"],
)
def test_json_is_refused_in_a_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ConfigError, match=told):
        read_json(tmp_path / "a.json", "mine: a.json")


@pytest.mark.parametrize(("kind", "told"), ENDLESS.items())
def test_what_never_ends_is_not_read(tmp_path: Path, kind: str, told: str) -> None:
    path = endless(tmp_path / "a.yaml", kind)
    for read in (
        lambda: read_run_config(path),
        lambda: read_json(path, "mine"),
        lambda: read_names("mine", path),
        lambda: read_colour_file("mine", path),
    ):
        with pytest.raises(ConfigError, match=told):
            read()
    with pytest.raises(ValueError, match=told):
        PublishedFile.model_validate(str(path))
    with pytest.raises(OSError, match=told):
        read_voc(path)
    assert main(["run", str(path)]) == 2


def settings(**changes: object) -> str:
    entry = {"name": "S", "layout": "streets-light", "scenes": 1, "width": 64, "height": 48}
    entry |= changes
    content = {"name": "r", "rain_sets": [entry], "derainers": ["rainy"], "tasks": ["restoration"]}
    return json.dumps(content)


@pytest.mark.parametrize(
    "text",
    [
        settings(scenes=10**9),
        settings(width=10**9),
        settings(first_seed=-1),
        settings(name="x" * 300),
        settings().replace('"r"', '"../../r"'),
        settings().replace('"r"', json.dumps("r" * 300)),
    ],
    ids=["scenes", "width", "seed", "long name", "name that leaves", "long run"],
)
def test_a_run_that_never_ends_does_not_begin(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.yaml").write_text(text)
    assert main(["run", str(tmp_path / "run.yaml"), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err.strip()
    assert told.startswith("rdmc-bench: ") and "\n" not in told and DEFECT not in told


def test_what_nobody_foresaw_is_a_line_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(path: Path) -> None:
        raise LookupError("first\nsecond")

    monkeypatch.setattr("harness.config.read_run_config", fails)
    assert main(["run", str(tmp_path / "run.yaml")]) == 1
    told = capsys.readouterr().err.strip()
    assert told == (
        f"rdmc-bench: {DEFECT} (LookupError: first second): `--debug` shows where; please report it"
    )


NAMES = {
    "above": "../secret.png",
    "absolute": "/etc/hostname",
    "zero": "a\0b.png",
    "half": "\ud800.png",
    "long": "n" * 5000 + ".png",
    "long and accented": "é" * 5000 + ".png",
    "many folders": "d/" * 3000 + "a.png",
    "folder": "pictures",
    "nothing": "..",
}


def test_names_in_annotations_stay_inside_and_fail_as_images(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(encoded("PNG"))
    root = tmp_path / "set"
    (root / "pictures").mkdir(parents=True)
    content = {
        "images": [{"id": n, "file_name": name} for n, name in enumerate(NAMES.values())],
        "annotations": [],
        "categories": [{"id": 1, "name": "c\ud800r"}],
    }
    (root / "coco.json").write_text(json.dumps(content))
    rain_set = CocoRainSet("mine", root, root / "coco.json")
    assert rain_set.box_classes == ("c%uD800r",)
    assert len(rain_set.ids()) == len(NAMES)
    for sample_id in rain_set.ids():
        sample_id.encode()
        with pytest.raises(SampleError) as refused:
            rain_set.key(sample_id)
        assert "\n" not in str(refused.value)


def test_files_whose_names_are_no_utf8_are_read_under_a_name_that_is(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    try:
        path.write_bytes(encoded("PNG", photo()))
    except OSError:
        pytest.skip("the file system allows no such names")
    rain_set = UnpairedRainSet("mine", tmp_path)
    assert rain_set.ids() == ("caf%E9",)
    assert rain_set.load("caf%E9").rainy.shape == (24, 32, 3)


def test_an_error_that_quotes_a_file_stays_readable() -> None:
    told = str(ConfigError(f"a.txt: '{'9' * 10**6}' is no box"))
    assert len(told) < 2000 and told.startswith("a.txt: '999") and told.endswith("9' is no box")


def test_a_set_in_a_folder_whose_name_is_no_utf8_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        odd.mkdir()
    except OSError:
        pytest.skip("the file system allows no such names")
    (odd / os.fsdecode(b"r\xff.png")).write_bytes(encoded("PNG", photo().convert("L")))
    monkeypatch.setenv("ODD", str(odd))
    config = tmp_path / "run.yaml"
    text = "rain_sets: [{name: A, layout: unpaired, root: '${ODD}'}]"
    config.write_text(f"name: odd\n{text}\nderainers: [rainy]\ntasks: []\n")
    assert main(["run", str(config), "--out", str(tmp_path / "out")]) == 0
    assert main(["report", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    assert main(["run", str(config), "--out", str(odd / "out")]) == 2
    assert "is no UTF-8; name another" in capsys.readouterr().err
