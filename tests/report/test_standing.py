"""A report stands as long as nothing changed that it was made from, and nothing of what it is."""

import json
import shutil

import pytest

from harness.report import standing, write_report
from harness.report.standing import note_report, report_stands
from harness.run_folder.manifest import read_manifest


@pytest.fixture
def noted(reported, tmp_path):
    directory = tmp_path / "run"
    shutil.copytree(reported, directory)
    (directory / ".rdmc-bench").touch()
    note_report(directory)
    return directory


def stands(directory):
    return report_stands(directory, read_manifest(directory))


def edited(path):
    path.write_bytes(path.read_bytes() + b"\n")


def test_it_stands(noted):
    assert stands(noted)


@pytest.mark.parametrize(
    "name",
    [
        *("manifest.json", "summary.csv", "report.html", "tables/joint.csv"),
        *("records/restoration.parquet", "figures/recovered.pdf", "examples/index.json"),
    ],
)
def test_a_file_that_was_edited_or_taken_away(noted, name):
    content = (noted / name).read_bytes()
    edited(noted / name)
    assert not stands(noted)
    (noted / name).write_bytes(content)
    assert stands(noted)
    if name != "manifest.json":
        (noted / name).unlink()
        assert not stands(noted)


def test_costs_that_were_measured_since(noted):
    (noted / "efficiency.json").write_text("{}")
    assert not stands(noted)


def test_another_version_of_a_package_or_of_this_project(noted, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(standing, "version", lambda package: "0")
        assert not stands(noted)
    monkeypatch.setattr(standing, "_code", lambda: {"tasks/detection.py": "another"})
    assert not stands(noted)


def test_a_task_of_a_plugin_is_asked_again(noted):
    path = noted / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tasks"][0]["kind"] = "darkness"
    path.write_text(json.dumps(manifest))
    note_report(noted)
    assert not stands(noted)


@pytest.mark.parametrize("content", [b"", b"[" * 5000, b"{}", b"\xff"])
def test_a_note_that_is_damaged(noted, content):
    (noted / ".report.json").write_bytes(content)
    assert not stands(noted)


def test_a_folder_of_an_older_version_gets_no_note(reported, tmp_path):
    shutil.copytree(reported, tmp_path / "old")
    note_report(tmp_path / "old")
    assert not (tmp_path / "old" / ".report.json").exists()


def test_figures_that_a_report_writes_no_more_go_unless_somebody_changed_them(noted):
    figures = noted / "figures"
    for name in ("severity-7.png", "my own.png", "severity-8.png"):
        shutil.copy(figures / "recovered.png", figures / name)
    note_report(noted)
    edited(figures / "severity-8.png")
    before = {path.name for path in figures.iterdir()}
    write_report(noted)
    assert before - {path.name for path in figures.iterdir()} == {"severity-7.png"}


def test_all_figures_of_a_report_are_known_by_their_names(reported):
    names = {path.name for path in (reported / "figures").iterdir()}
    assert {"pictures-1.svg", "recovered.png", "gains-segmentation.pdf"} <= names
    assert all(standing.FIGURE.fullmatch(name) for name in names)
