"""Real programs, started as a user's would be: without anything of this project on their path."""

import json
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from baselines import program as program_module
from baselines.command import CommandDerainer
from harness.cli.commands import main
from harness.derainer import quantise
from harness.errors import ConfigError, DerainerError
from harness.plugins.options import bind_options
from harness.rain_sets.pairs import PairedRainSet
from harness.run import whole_run as pipeline

HALVE = """
import pathlib, sys
from PIL import Image
source, target, calls = map(pathlib.Path, sys.argv[1:4])
names = sorted(path.name for path in source.iterdir())
with calls.open("a") as file:
    print(*names, file=file)
for name in names:
    if any(bad in name for bad in sys.argv[4:]):
        sys.exit(f"cannot restore {name}")
    Image.open(source / name).point(lambda level: level // 2).save(target / name)
"""


@pytest.fixture
def rain_set(tmp_path, make_pairs):
    make_pairs(tmp_path / "data", 8)
    return PairedRainSet("pairs", tmp_path / "data", "rainy/rain-{k}.png", "norain/norain-{k}.png")


@pytest.fixture
def command(tmp_path, rain_set):
    """Make a derainer around a program, which expects all of the rain set."""
    made = []

    def make(program, *arguments, **options):
        (tmp_path / "program.py").write_text(program)
        argv = [sys.executable, "program.py", "{input}", "{output}", *arguments]
        derainer = CommandDerainer(argv, cwd=tmp_path, **options)
        derainer.expect(rain_set, rain_set.ids(), tmp_path / "logs")
        made.append(derainer)
        return derainer

    yield make
    for derainer in made:
        derainer.close()


def _restore(derainer, rain_set, sample_id, cpu):
    return quantise(derainer.restore_samples([rain_set.load(sample_id)], cpu)[0], "round")


def _outcomes(derainer, rain_set, cpu):
    """Return the ids that were restored, and the errors of the others."""
    restored, errors = [], {}
    for sample_id in rain_set.ids():
        try:
            pixels = _restore(derainer, rain_set, sample_id, cpu)
        except DerainerError as error:
            errors[sample_id] = str(error)
        else:
            assert np.array_equal(pixels, rain_set.load(sample_id).rainy // 2)
            restored.append(sample_id)
    return restored, errors


def test_a_call_covers_what_comes_next(command, rain_set, tmp_path, cpu):
    derainer = command(HALVE, "calls", images_per_call=3)
    restored, errors = _outcomes(derainer, rain_set, cpu)
    assert (len(restored), errors) == (8, {})
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [len(call.split()) for call in calls] == [3, 3, 2]
    assert calls[0] == "rain-001.png rain-002.png rain-003.png"


def test_nothing_is_restored_that_nobody_will_ask_for(command, rain_set, tmp_path, cpu):
    derainer = command(HALVE, "calls")
    derainer.expect(rain_set, ["rain-003", "rain-007"], tmp_path / "logs")
    _restore(derainer, rain_set, "rain-003", cpu)
    _restore(derainer, rain_set, "rain-007", cpu)
    assert (tmp_path / "calls").read_text() == "rain-003.png rain-007.png\n"


def test_a_bad_image_costs_itself_alone(command, rain_set, tmp_path, cpu):
    derainer = command(HALVE, "calls", "006", images_per_call=4)
    restored, errors = _outcomes(derainer, rain_set, cpu)
    assert len(restored) == 7
    log = tmp_path / "logs" / "pairs.log"
    python = Path(sys.executable).name
    assert errors == {
        "rain-006": f"{python} program.py failed (exit status 1) on 1 image; "
        f"its last line: 'cannot restore rain-006.png' (log: {log})"
    }
    assert log.read_text().count("== ") == len((tmp_path / "calls").read_text().splitlines()) == 6


def test_a_program_that_never_works_is_soon_left_alone(command, rain_set, tmp_path, cpu):
    derainer = command(HALVE, "calls", "rain")
    restored, errors = _outcomes(derainer, rain_set, cpu)
    assert (restored, len(errors)) == ([], 8)
    assert "cannot restore" in errors["rain-003"]
    assert "not started" in errors["rain-004"] and "first 3 images" in errors["rain-004"]
    assert len((tmp_path / "calls").read_text().splitlines()) == 6


def test_a_missing_output_is_named(command, rain_set, tmp_path, cpu):
    program = HALVE.replace("save(target / name)", "save(target / ('x' + name))")
    derainer = command(program, "calls")
    with pytest.raises(DerainerError) as error:
        _restore(derainer, rain_set, "rain-001", cpu)
    assert "ended well but wrote no rain-001.png (or .jpg" in str(error.value)
    assert "it left: xrain-001.png, xrain-002.png" in str(error.value)
    derainer = command(program, "calls", output="x{id}")
    _restore(derainer, rain_set, "rain-001", cpu)


@pytest.mark.parametrize("pattern", ["{id}", "{id}.png"])
def test_a_pipe_is_no_picture(command, rain_set, cpu, pattern):
    """Nobody writes into it, so that reading it would never come to an end."""
    program = HALVE.replace(".save(target / name)", "; os.mkfifo(target / name)")
    derainer = command("import os\n" + program, "calls", output=pattern)
    with pytest.raises(DerainerError) as error:
        _restore(derainer, rain_set, "rain-001", cpu)
    assert "it left: rain-001.png (a pipe, socket, device or dead link), " in str(error.value)


def test_a_wrong_size_is_named(command, rain_set, cpu):
    derainer = command(HALVE.replace(".save(", ".resize((8, 4)).save("), "calls")
    with pytest.raises(DerainerError, match=r"rain-001.png in \{output\}: is 8x4, but .* is 32x24"):
        _restore(derainer, rain_set, "rain-001", cpu)


def test_names_and_format_of_the_input(command, rain_set, tmp_path, cpu):
    derainer = command(HALVE, "calls", input="in_{id}.bmp", output="in_{id}.bmp")
    assert len(_outcomes(derainer, rain_set, cpu)[0]) == 8
    assert (tmp_path / "calls").read_text().startswith("in_rain-001.bmp in_rain-002.bmp")


def test_out_of_time_ends_all_that_was_started(command, rain_set, tmp_path, cpu):
    program = """
import pathlib, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("child").write_text(str(child.pid))
print("half way", flush=True)
child.wait()
"""
    derainer = command(program, time_limit=3, images_per_call=1)
    with pytest.raises(DerainerError, match=r"longer than its time limit of 3 s .* 'half way'"):
        _restore(derainer, rain_set, "rain-001", cpu)
    _wait_for_the_end_of(int((tmp_path / "child").read_text()))


def test_an_endless_log_ends_the_program(command, rain_set, monkeypatch, cpu):
    monkeypatch.setattr(program_module, "LARGEST_LOG", 3_000_000)
    monkeypatch.setattr(program_module, "SECONDS_BETWEEN_LOOKS", 0.05)
    program = "import time\nwhile True:\n    print('round and round ' * 1000); time.sleep(0.001)"
    derainer = command(program, time_limit=60, images_per_call=1)
    with pytest.raises(DerainerError, match="ended, as it wrote more than 3 MB into its log"):
        _restore(derainer, rain_set, "rain-001", cpu)


def test_close_ends_a_call_under_way(command, rain_set, tmp_path, cpu):
    program = """
import os, pathlib, time
pathlib.Path("pid.new").write_text(str(os.getpid()))
os.rename("pid.new", "pid")
time.sleep(600)
"""
    derainer, stopped = command(program), []

    def restore():
        try:
            _restore(derainer, rain_set, "rain-001", cpu)
        except KeyboardInterrupt:
            stopped.append(True)

    lane = threading.Thread(target=restore)
    lane.start()
    while not (tmp_path / "pid").exists():
        assert lane.is_alive()
        time.sleep(0.01)
    derainer.close()
    lane.join(60)
    assert stopped == [True]
    _wait_for_the_end_of(int((tmp_path / "pid").read_text()))


def _wait_for_the_end_of(pid):
    """Wait for a process that is not ours to reap; its parent may leave it as a zombie."""
    for _ in range(1000):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.01)
    raise AssertionError(f"{pid} still runs")


def test_what_cannot_be_started_is_named(rain_set, tmp_path, cpu):
    derainer = CommandDerainer(["no-such-program", "{input}", "{output}"], cwd=tmp_path)
    derainer.expect(rain_set, rain_set.ids(), tmp_path / "logs")
    with pytest.raises(
        DerainerError, match=r"no-such-program: cannot be started in .*No such file"
    ):
        _restore(derainer, rain_set, "rain-001", cpu)
    derainer.close()


def test_environment(command, rain_set, tmp_path, cpu, monkeypatch):
    monkeypatch.setenv("OURS", "1")
    monkeypatch.setenv("RANK", "3")
    monkeypatch.setenv("PYTHONPATH", "ours")
    program = "import json, os; json.dump(dict(os.environ), open('env', 'w'))"
    for inherit, expected in ((True, "1"), (False, None)):
        derainer = command(program, env={"THEIRS": "2"}, inherit_env=inherit)
        with pytest.raises(DerainerError, match="wrote no"):
            _restore(derainer, rain_set, "rain-001", cpu)
        seen = json.loads((tmp_path / "env").read_text())
        assert (seen["THEIRS"], seen.get("OURS")) == ("2", expected)
        assert not {"RANK", "PYTHONPATH"} & seen.keys()


def test_no_shell_reads_the_arguments(command, rain_set, tmp_path, cpu):
    program = "import sys; open('argv', 'w').write(' '.join(sys.argv[3:]))"
    derainer = command(program, "$HOME; {x}", "--device={device}")
    with pytest.raises(DerainerError, match="it left nothing"):
        _restore(derainer, rain_set, "rain-001", cpu)
    assert (tmp_path / "argv").read_text() == "$HOME; {x} --device=cpu"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"argv": ["derain", "{input}"]}, r"argv: holds no \{output\}"),
        ({"time_limit": 0}, "time_limit: must be more than 0"),
        ({"images_per_call": 0}, "images_per_call: must be at least 1"),
        ({"input": "{id}.jpg"}, r"input: .* ends in \.png or \.bmp"),
        ({"output": "{stem}"}, r"knows no \{stem\}"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(ConfigError, match=message):
        CommandDerainer(**{"argv": ["derain", "{input}", "{output}"], **options})


def test_the_words_of_a_command_stay_as_they_are(tmp_path):
    (tmp_path / "code").mkdir()
    given = {"argv": ["python", "test.py", "{input}", "{output}"], "cwd": "code"}
    options = bind_options("x", CommandDerainer, given, tmp_path)
    assert options == {"argv": given["argv"], "cwd": tmp_path / "code"}


def test_the_fingerprint_follows_what_the_program_is(tmp_path):
    weights, code = tmp_path / "weights.pth", tmp_path / "code"
    (code / "__pycache__").mkdir(parents=True)
    (code / "net.py").write_text("a")
    weights.write_text("a")

    def fingerprint(*words, **options):
        argv = ["derain", "{input}", "{output}", *words]
        return CommandDerainer(argv, depends_on=[weights, code], **options).fingerprint()

    first = fingerprint()
    (code / "__pycache__" / "net.pyc").write_text("b")
    assert fingerprint(time_limit=5, images_per_call=1) == first
    others = {fingerprint("--fast"), fingerprint(version="2"), fingerprint(env={"A": "1"})}
    others.add(fingerprint(inherit_env=False))
    (code / "net.py").write_text("b")
    others.add(fingerprint())
    weights.write_text("b")
    others.add(fingerprint())
    assert len(others - {first}) == 6


def test_a_whole_run(tmp_path, make_pairs, capsys, monkeypatch):
    """One call for all images; a bad one is a failed row whose log lies in the run's folder."""
    monkeypatch.setattr(pipeline, "write_report", lambda directory: directory / "report.html")
    make_pairs(tmp_path / "data", 4)
    (tmp_path / "program.py").write_text(HALVE)
    config, out = tmp_path / "config.yaml", tmp_path / "out"
    argv = json.dumps([sys.executable, "program.py", "{input}", "{output}", "calls", "003"])
    config.write_text(
        "name: small\n"
        "rain_sets: [{name: pairs, layout: Rain100L, root: data}]\n"
        f"derainers: [{{name: Halved, use: command, cwd: ., argv: {argv}}}]\n"
        "tasks: [restoration]\nkeep_restored: true\n"
    )
    arguments = ["run", str(config), "--out", str(out), "--device", "cpu"]
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert "Halved / restoration: 1 of 4 images failed; rain-003" in error
    assert "'cannot restore rain-003.png'" in error
    assert str(out / "logs" / "Halved" / "pairs.log") in error
    assert (tmp_path / "calls").read_text().splitlines()[0].split()[0] == "rain-001.png"
    for number in (1, 2, 4):
        rainy = Image.open(tmp_path / f"data/rainy/rain-{number:03}.png")
        restored = Image.open(out / f"restored/pairs/Halved/rain-{number:03}.png")
        assert np.array_equal(restored, np.asarray(rainy) // 2)
    before = len((tmp_path / "calls").read_text().splitlines())
    assert main(arguments) == 1
    assert (tmp_path / "calls").read_text().splitlines()[before:] == ["rain-003.png"]
