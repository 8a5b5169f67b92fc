"""The wheel of mmcv: compiled once for an environment, with the headers read once, and kept."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"

COMPILER = """#!/bin/sh
echo "$*" >>"$CALLS"
while [ $# -gt 0 ]; do
    [ "$1" = -o ] && touch "$2"
    shift
done
"""

PYTHON = """#!/bin/sh
echo "${CXX:-its own compiler}: $*" >>"$CALLS"
case "$*" in
*mmcv_way.py) echo "python-platform-torch1-$WAY" ;;
*" wheel "*)
    [ "$WAY" = picky-cpu ] && [ -n "$CXX" ] && echo "no such flag" && exit 1
    [ "$WAY" = broken-cpu ] && echo "no compiler here" && exit 1
    echo "   [1/2] $CXX -MMD -c /mmcv/ops/nms.cpp -o nms.o"
    while [ $# -gt 1 ]; do
        [ "$1" = -w ] && mkdir -p "$2" && touch "$2/onedl_mmcv-2.whl"
        shift
    done
    echo "   [2/2] $CXX -MMD -c /mmcv/ops/roi_align.cpp -o roi_align.o"
    ;;
esac
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that lists how the stand-ins for the compiler and for Python were called."""
    for name, text in (("c++", COMPILER), ("python", PYTHON)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "constraints.txt").write_text("numpy==1\nonedl-mmcv==2\n")
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("RDMC_BENCH_CACHE", str(tmp_path / "kept"))
    monkeypatch.setenv("PRECOMPILED", str(tmp_path))
    return tmp_path / "calls"


def wheel(calls: Path, way: str, *more: str) -> subprocess.CompletedProcess[str]:
    calls.unlink(missing_ok=True)
    command = [TOOLS / "mmcv_wheel.sh", calls.with_name("python")]
    return subprocess.run(
        [*command, calls.with_name("constraints.txt"), *more],
        env={name: value for name, value in os.environ.items() if name != "CXX"} | {"WAY": way},
        capture_output=True,
        text=True,
        check=False,
    )


def compile_file(source: str, tmp_path: Path) -> None:
    options = ["-MMD", "-MF", f"{source}.d", "-O3", "-DX=1", "-c", f"{source}.cpp"]
    output = ["-o", tmp_path / f"{source}.o", "-std=c++17"]
    subprocess.run([TOOLS / "fast_c++", *options, *output], check=True)


def test_headers_are_compiled_once_with_the_flags_of_the_files(calls: Path, tmp_path: Path) -> None:
    for source in ("nms", "roi_align"):
        compile_file(source, tmp_path)
    header, *files = calls.read_text().splitlines()
    headers = tmp_path / "headers.hpp"
    assert header == (f"-O3 -DX=1 -std=c++17 -g0 -O1 -x c++-header {headers} -o {headers}.gch")
    assert [line.split(".d ")[1] for line in files] == [
        f"-O3 -DX=1 -c {source}.cpp -o {tmp_path}/{source}.o -std=c++17 -g0 -O1 -include {headers}"
        for source in ("nms", "roi_align")
    ]


def test_linking_is_left_as_it_is(calls: Path) -> None:
    command = [TOOLS / "fast_c++", "-O3", "-shared", "nms.o"]
    subprocess.run(command, check=True, cwd=calls.parent)
    assert calls.read_text() == "-O3 -shared nms.o\n"


@pytest.mark.skipif(shutil.which("c++") is None, reason="no C++ compiler")
def test_a_real_compiler_takes_the_headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "types.h").write_text("inline int answer() { return 42; }\n")
    (tmp_path / "one.cpp").write_text("int main() { return answer(); }\n")
    monkeypatch.setenv("PRECOMPILED", str(tmp_path))
    command = [TOOLS / "fast_c++", f"-I{tmp_path}", "-c", "one.cpp", "-o", "one.o"]
    subprocess.run(command, check=True, cwd=tmp_path)
    subprocess.run([TOOLS / "fast_c++", "one.o", "-o", "one"], check=True, cwd=tmp_path)
    assert subprocess.run([tmp_path / "one"], check=False).returncode == 42


def test_a_wheel_is_made_once_for_an_environment_and_its_progress_is_shown(calls: Path) -> None:
    made = wheel(calls, "cpu")
    path = Path(made.stdout.strip())
    assert path.name == "onedl_mmcv-2.whl" and path.exists()
    assert "python-platform-torch1-cpu" in path.parent.name
    assert made.stderr.splitlines() == ["   1 of 2: nms.cpp", "   2 of 2: roi_align.cpp"]
    again = wheel(calls, "cpu")
    assert again.stdout == made.stdout and again.stderr == ""
    assert " wheel " not in calls.read_text()
    assert Path(wheel(calls, "other-cpu").stdout.strip()).parent != path.parent


def test_a_prebuilt_wheel_that_does_not_fit_is_compiled_instead(calls: Path) -> None:
    first = wheel(calls, "cpu")
    assert "--no-binary" not in calls.read_text()
    second = wheel(calls, "cpu", "--compile")
    assert "--no-binary onedl-mmcv" in calls.read_text()
    assert second.stdout != first.stdout


def test_only_builds_for_a_cpu_are_made_with_other_flags(calls: Path) -> None:
    assert wheel(calls, "cuda13.0").returncode == 0
    assert "its own compiler: -m pip" in calls.read_text()
    wheel(calls, "cpu")
    assert f"{TOOLS / 'fast_c++'}: -m pip" in calls.read_text()


def test_why_there_is_none_is_told_and_nothing_is_left(calls: Path) -> None:
    done = wheel(calls, "broken-cpu")
    assert done.returncode == 1 and done.stdout == ""
    assert "no compiler here" in done.stderr
    assert "what pip said last stands above" in done.stderr.splitlines()[-1]
    assert not list((calls.parent / "kept").iterdir())


def test_where_the_fast_way_fails_it_is_compiled_as_ever(calls: Path) -> None:
    done = wheel(calls, "picky-cpu")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("onedl_mmcv-2.whl")
    assert "once more as its authors do" in done.stderr
    assert calls.read_text().splitlines()[-1].startswith("its own compiler: -m pip")
