#!/usr/bin/env bash
# Ten minutes on a GPU: what no CPU can show of this benchmark.
#
#   tools/gpu/run.sh --out FOLDER [--minutes 8] [--device cuda|cpu] [--tiny]
#
# The stages go in the order of their worth, each with a time limit of its own; one that fails or
# runs out of time does not stop the next. What a stage finds is in FOLDER/findings.jsonl at once,
# what it says in FOLDER/log.txt, so that a run cut off anywhere has shown something.
# Exit status: 0 unless a stage failed. `--device cpu --tiny` rehearses all of it without a GPU.
#   PYTHON            the interpreter, default .venv/bin/python where there is one, else python3
#   RDMC_BENCH_DATA   folder with Rain100L/ and clean_photos/; default: what tools/gpu/prepare.sh
#                     left in work_dirs/gpu/carried; without either, rendered streets are used
#   RDMC_BENCH_WEIGHTS   folder of published weights; default: weights beside RDMC_BENCH_DATA;
#                     without any, the shipped ones are used
set -uo pipefail
cd "$(dirname "$0")/../.."
root=$PWD

out='' minutes=8 device=cuda tiny=()
usage() { sed -n '2,4p' "$root/tools/gpu/run.sh" | cut -c 3- >&2; exit 2; }
while [ $# -gt 0 ]; do
    case $1 in
    --out) out=${2:?}; shift 2 ;;
    --minutes) minutes=${2:?}; shift 2 ;;
    --device) device=${2:?}; shift 2 ;;
    --tiny) tiny=(--tiny); shift ;;
    *) usage ;;
    esac
done
[ -n "$out" ] || usage
mkdir -p "$out" && out=$(cd "$out" && pwd) || exit 2
deadline=$((SECONDS + minutes * 60))
default=python3
[ -x .venv/bin/python ] && default=$root/.venv/bin/python
export PYTHON=${PYTHON:-$default}
carried=$root/work_dirs/gpu/carried
site=$root/work_dirs/gpu/site-$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || exit 2
log=$out/log.txt
: >"$log"
rm -f "$out/findings.jsonl"

export PYTHONUNBUFFERED=1 PYTHONPATH="$site:$root${PYTHONPATH:+:$PYTHONPATH}"
export RDMC_BENCH_REVISION
RDMC_BENCH_REVISION=$(git describe --always --dirty 2>/dev/null || cat "$carried/revision" 2>/dev/null)
if [ -n "${RDMC_BENCH_DATA:-}" ]; then
    RDMC_BENCH_DATA=$(cd "$RDMC_BENCH_DATA" && pwd) || exit 2
elif [ -d "$carried/data/Rain100L" ]; then
    export RDMC_BENCH_DATA=$carried/data
fi
if [ -z "${RDMC_BENCH_WEIGHTS:-}" ] && [ -d "${RDMC_BENCH_DATA:-/nowhere}/../weights" ]; then
    RDMC_BENCH_WEIGHTS=$(cd "$RDMC_BENCH_DATA/../weights" && pwd) || exit 2
    export RDMC_BENCH_WEIGHTS
fi
if [ "$device" = cpu ]; then
    export CUDA_VISIBLE_DEVICES=''
elif ! "$PYTHON" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' >>"$log" 2>&1; then
    echo "$PYTHON sees no GPU (see $log); rehearse with --device cpu --tiny" >&2
    exit 2
fi

note() { # STAGE STATUS SECONDS
    printf '{"stage": "stages", "at": %s, "name": "%s", "status": "%s", "seconds": %d}\n' \
        "$(date +%s)" "$1" "$2" "$3" >>"$out/findings.jsonl"
    printf '%-30s %-12s %4d s\n' "$1" "$2" "$3"
}

stage() { # NAME LIMIT COMMAND... - runs it for at most LIMIT seconds, and never past the deadline
    local name=$1 limit=$2 begun=$SECONDS status left=$((deadline - SECONDS))
    shift 2
    ((limit > left)) && limit=$left
    if ((limit < 5)); then
        note "$name" "no time left" 0
        return
    fi
    printf '\n== %s\n' "$name" >>"$log"
    timeout --kill-after=10 "$limit" "$@" >>"$log" 2>&1
    case $? in
    0) status=done ;;
    124 | 137) status="out of time" ;;
    *) status=failed ;;
    esac
    note "$name" "$status" $((SECONDS - begun))
    [ "$status" = failed ] && tail -n 5 "$log"
}

percent() { echo $((minutes * 60 * $1 / 100)); } # PERCENT - of the whole time, in seconds

module() { # NAME LIMIT - a stage of this folder
    stage "$1" "$2" "$PYTHON" -m "tools.gpu.$1" --out "$out" --device "$device" \
        ${tiny[@]+"${tiny[@]}"} --seconds "$(($2 < deadline - SECONDS ? $2 : deadline - SECONDS))"
}

stage install_wheels "$(percent 15)" tools/gpu/install_wheels.sh "$carried" "$site"
log=$out/build.txt stage build_mmcv "$(percent 80)" \
    tools/gpu/build_mmcv.sh "$carried" "$site" "$device" &
build=$!
module facts "$(percent 10)"
module against_cpu "$(percent 22)"
module latency "$(percent 18)"
module marked_tests "$(percent 20)"
# Detection and segmentation need mmcv; but a training of less than a minute would show nothing.
while kill -0 "$build" 2>/dev/null && ((deadline - SECONDS > $(percent 27) + 60)); do sleep 1; done
module benchmark_against_reference "$(percent 27)"
module train $((deadline - SECONDS - 5))
wait
cat "$out/build.txt" >>"$log" && rm -f "$out/build.txt"
printf '\nbring back: %s\n' "$out"
ls -l "$out"
! grep -q '"stage": "stages".*"status": "failed"' "$out/findings.jsonl"
