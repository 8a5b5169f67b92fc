#!/usr/bin/env bash
# Gathers what a bare GPU machine lacks, for `tools/gpu/run.sh` there: wheels, weights, pictures.
#
#   RDMC_BENCH_DATA=/path/to/data tools/gpu/prepare.sh [MEGABYTES]
#
# Everything goes to work_dirs/gpu/carried, which git ignores. Together with the files of the
# repository it stays below MEGABYTES (66 by default, a little less than 64 MiB); photographs to train on take what is left.
#   RDMC_BENCH_DATA      folder with Rain100L/ and clean_photos/; without it nothing of them is taken
#   RDMC_BENCH_WEIGHTS   folder of published weights; default: weights beside RDMC_BENCH_DATA
#   GPU_PYTHON           the Python version there, 3.12 by default; its processor is x86-64
#   PYTHON               an interpreter here that has PyTorch, default .venv/bin/python
set -euo pipefail
cd "$(dirname "$0")/../.."

megabytes=${1:-66}
python=${PYTHON:-.venv/bin/python}
version=${GPU_PYTHON:-3.12}
carried=work_dirs/gpu/carried
data=${RDMC_BENCH_DATA:-}
weights=${RDMC_BENCH_WEIGHTS:-${data:+$data/../weights}}

bytes_of() { # FILES... - the sum of their sizes
    printf '%s\0' "$@" | du --files0-from=- -bc 2>/dev/null | tail -n 1 | cut -f 1
}
say() { printf '\n== %s\n' "$*"; }

"$python" -c 'import torch' 2>/dev/null || {
    echo "$python has no PyTorch, which onedl-mmcv asks for even to be fetched; run \`make set-up\`" >&2
    exit 2
}
rm -rf "$carried"
mkdir -p "$carried/wheels" "$carried/weights" "$carried/data"

say "wheels for Python $version"
platforms=()
for glibc in 2_28 2_27 2_24 2_17; do platforms+=(--platform "manylinux_${glibc}_x86_64"); done
platforms+=(--platform manylinux2014_x86_64)
fetch() { "$python" -m pip "$@" --quiet --no-deps --disable-pip-version-check; }
pins=()
while read -r name; do
    case $name in '' | '#'*) continue ;; esac
    pins+=("$(grep -i "^$name==" constraints.txt)")
done <tools/gpu/wheels.txt
for pin in "${pins[@]}"; do
    case $pin in
    onedl-mmdetection==* | onedl-mmsegmentation==*) # pure Python, published as source alone
        fetch wheel --no-build-isolation -w "$carried/wheels" "$pin" ;;
    *)
        fetch download --only-binary=:all: --implementation cp --python-version "$version" \
            "${platforms[@]}" -d "$carried/wheels" "$pin" ;;
    esac
done
fetch download --no-binary onedl-mmcv --no-build-isolation -d "$carried/wheels" \
    "$(grep '^onedl-mmcv==' constraints.txt)"

if [ -n "$weights" ]; then
    say "published weights"
    RDMC_BENCH_WEIGHTS=$weights "$python" -m tools.gpu.carried_weights "$carried/weights"
fi

git describe --always --dirty >"$carried/revision"
mapfile -d '' tracked < <(git ls-files -z --cached --others --exclude-standard)
tree=$(bytes_of "${tracked[@]}")
if [ -n "$data" ]; then
    say "pictures"
    left=$((megabytes * 1000000 - tree - $(du -bs "$carried" | cut -f 1)))
    "$python" -m tools.gpu.carried_pictures "$data" "$carried/data" \
        --bytes $((left < 20000000 ? left : 20000000))
fi

whole=$(du -bs "$carried" | cut -f 1)
say "ready"
cat <<END
repository $((tree / 1000000)) MB + $carried $((whole / 1000000)) MB = $(((tree + whole) / 1000000)) MB

Bring both to the GPU machine, and there, in the root of the repository:

    PYTHON=python3 tools/gpu/run.sh --out FOLDER

Bring FOLDER back, at most 8 files below 16 MiB, and here:

    $python -m tools.gpu.collect FOLDER
END
