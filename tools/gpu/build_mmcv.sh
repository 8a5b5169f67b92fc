#!/usr/bin/env bash
# Compiles mmcv's operators for the card of this machine alone: build_mmcv.sh CARRIED SITE DEVICE
set -euo pipefail
carried=$1 site=$2 device=$3
if "$PYTHON" -c 'import mmcv.ops' 2>/dev/null; then
    echo "mmcv's operators are there"
    exit 0
fi
sources=("$carried"/wheels/onedl_mmcv-*.tar.gz)
if [ ! -e "${sources[0]}" ]; then
    echo "no mmcv here, and $carried/wheels has no source of it: run tools/gpu/prepare.sh" >&2
    exit 1
fi
if [ "$device" = cuda ]; then
    TORCH_CUDA_ARCH_LIST=$("$PYTHON" -c \
        'import torch; print("%d.%d" % torch.cuda.get_device_capability())')
    export TORCH_CUDA_ARCH_LIST
    # A compiler alone lacks headers (cusparse.h) and libraries that PyTorch's own packages have.
    nvidia=$("$PYTHON" -c \
        'import pathlib, torch; print(pathlib.Path(torch.__file__).parents[1] / "nvidia")')
    for folder in "$nvidia"/*/include; do CPATH=${CPATH:+$CPATH:}$folder; done
    mkdir -p "$site/lib"
    for library in "$nvidia"/*/lib/libcudart.so.*; do
        [ ! -e "$library" ] || ln -sf "$library" "$site/lib/libcudart.so"
    done
    LIBRARY_PATH=/usr/local/cuda/lib64:/usr/local/cuda/lib:$site/lib${LIBRARY_PATH:+:$LIBRARY_PATH}
    export CPATH LIBRARY_PATH
fi
MAX_JOBS=$(nproc)
export MAX_JOBS
"$PYTHON" -m pip install --quiet --no-index --no-deps --no-build-isolation --no-compile \
    --no-cache-dir --target "$site" "${sources[0]}"
