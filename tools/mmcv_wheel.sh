#!/usr/bin/env bash
# Prints the path of a wheel of mmcv that fits an environment, and makes it where there is none.
#     tools/mmcv_wheel.sh PYTHON CONSTRAINTS.txt [--compile]
# A prebuilt one is taken where pip finds one, unless --compile stands there. Wheels are kept in
# RDMC_BENCH_CACHE (~/.cache/rdmc-bench) by Python, PyTorch, mmcv, platform and way of compiling.
set -euo pipefail
python=$1 constraints=$2
options=() fast=
[ "${3:-}" = --compile ] && options=(--no-binary onedl-mmcv)
tools=$(cd "$(dirname "$0")" && pwd)

way=$("$python" "$tools/mmcv_way.py")
mmcv=$(sed -n 's/^onedl-mmcv==//p' "$constraints")
compiler=$(sha256sum <"$tools/fast_c++" | cut -c1-8)
cache=${RDMC_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rdmc-bench}
kept="$cache/mmcv-$mmcv-$way-$compiler"
[ "${3:-}" = --compile ] && kept+=-compiled

found() { compgen -G "$kept/*.whl"; }
found && exit

mkdir -p "$cache"
work=$(mktemp -d "$cache/.making-XXXXXX")
trap 'rm -rf "$work"' EXIT
# A build for a GPU stays as its authors made it.
if [[ $way == *-cpu ]] && command -v flock >/dev/null; then
    export CXX="$tools/fast_c++" PRECOMPILED="$work"
    fast=yes
fi

show_progress() {
    local line before= after=
    [ ! -t 2 ] || after=$'\e[K'
    while IFS= read -r line; do
        [[ $line =~ \[([0-9]+)/([0-9]+)\].*/([A-Za-z0-9_]+\.(cpp|cu))[\ :] ]] || continue
        printf '%s   %s of %s: %s%s' "$before" "${BASH_REMATCH[@]:1:3}" "$after"
        [ -t 2 ] && before=$'\r' || before=$'\n'
    done
    [ -z "$before" ] || echo
}

# Not pip's own store of wheels, which knows nothing of the PyTorch that one was compiled against.
pip=("$python" -m pip --disable-pip-version-check wheel --verbose --no-cache-dir --no-deps)
give_up() {
    tail -n 40 "$work/log" >&2
    echo "mmcv could not be had: what pip said last stands above; a C++ compiler is needed" >&2
    exit 1
}
build() {
    "${pip[@]}" --no-build-isolation -c "$constraints" -w "$work/wheels" "${options[@]}" \
        onedl-mmcv 2>&1 | tee "$work/log" | show_progress >&2
}
if ! build; then
    [ -n "${fast:-}" ] || give_up
    echo "   this way it does not compile; once more as its authors do, about twice the time" >&2
    unset CXX PRECOMPILED
    build || give_up
fi
rm -rf "$kept"
mv "$work/wheels" "$kept"
found
