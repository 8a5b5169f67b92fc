"""A report stands as long as nothing changed that it was made from, and nothing of what it is."""

import json
import shutil

import pytest

from harness.report import made_with, standing
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
        patch.setattr(made_with, "version", lambda package: "0")
        assert not stands(noted)
    monkeypatch.setattr(standing, "code", lambda *patterns: {"tasks/detection.py": "another"})
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


@pytest.mark.parametrize(("began", "alike"), [(0.0, False), (1e12, True)])
def test_code_that_was_edited_while_a_process_ran_is_that_of_no_other(monkeypatch, began, alike):
    monkeypatch.setattr(made_with.psutil.Process, "create_time", lambda self: began)
    one, other = (made_with.code.__wrapped__("harness/report/*.py") for _ in range(2))
    assert (one == other) == alike
    assert "harness/report/standing.py" in one
