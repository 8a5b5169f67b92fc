#!/usr/bin/env bash
# Installs what prepare.sh brought beside the machine's own packages: install_wheels.sh CARRIED SITE
set -euo pipefail
carried=$1 site=$2
wheels=("$carried"/wheels/*.whl)
if "$PYTHON" -c 'import mmengine, mmdet, mmseg, pydantic, pycocotools' 2>/dev/null; then
    echo "all packages are there"
elif [ -e "${wheels[0]}" ]; then
    "$PYTHON" -m pip install --quiet --no-index --no-deps --no-compile --no-cache-dir --upgrade \
        --target "$site" "${wheels[@]}"
else
    echo "packages are missing here, and $carried/wheels is empty: run tools/gpu/prepare.sh" >&2
    exit 1
fi
