#!/usr/bin/env bash
# Makes .venv with everything the benchmark and its tests need. Skips what is already done.
# PYTHON chooses the interpreter (3.11 or newer); the pins stand in constraints.txt.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
stamp="$venv/set-up-$(cat constraints.txt pyproject.toml tools/set_up.sh | sha256sum | cut -c1-16)"
since=
[ -e "$stamp" ] && exit 0

say() { # the next step, and what the last one took
    [ -z "$since" ] || printf '   (%s s)\n' "$((SECONDS - since))"
    since=$SECONDS
    printf '\n== %s\n' "$*"
}

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "rdmc-bench needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11" >&2
    exit 2
fi
[ -x "$venv/bin/python" ] || { say "making $venv"; "$python" -m venv "$venv"; }
pins=constraints.txt
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@" --quiet -c "$pins"; }

say "build tools and PyTorch"
pip install setuptools wheel packaging ninja numpy psutil
"$venv/bin/python" -c 'import torch' 2>/dev/null || pip install torch
# A PyTorch that was there before (for an older CUDA, say) stays: the other pins hold.
torch=$("$venv/bin/python" -c 'import torch; print(torch.__version__.partition("+")[0])')
pins="$venv/constraints.txt"
sed "s/^torch==.*/torch==$torch/" constraints.txt >"$pins"

if ! "$venv/bin/python" -c 'import mmcv.ops' 2>/dev/null; then
    say "mmcv: its operators, compiled against this PyTorch once and kept for other environments"
    if command -v nvidia-smi >/dev/null && ! command -v nvcc >/dev/null; then
        cat <<'NOTE'
   This machine has a GPU but no CUDA compiler (nvcc): the operators are built for the CPU only,
   and detectors that need them on the GPU will say so. For GPU operators install the prebuilt
   onedl-mmcv wheel of its maintainers that matches your PyTorch and CUDA (see README, "GPU"),
   then run this again; or install the CUDA toolkit.
NOTE
    fi
    wheel=$(tools/mmcv_wheel.sh "$venv/bin/python" "$pins")
    pip install "$wheel"
    if ! "$venv/bin/python" -c 'import mmcv.ops' 2>/dev/null; then
        say "mmcv: the prebuilt wheel is for another PyTorch; compiling"
        wheel=$(tools/mmcv_wheel.sh "$venv/bin/python" "$pins" --compile)
        pip install --force-reinstall --no-deps "$wheel"
    fi
fi

say "the other packages"
pip install --no-build-isolation -e '.[dev]'
touch "$stamp"
say "set-up done"
