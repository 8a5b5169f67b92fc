#!/usr/bin/env bash
# Holds the pins of constraints.txt against the advisories of OSV (https://osv.dev), with pip-audit
# in an environment of its own. Where these cannot be had, it says so in a line and passes.
set -euo pipefail
cd "$(dirname "$0")/.."

base=https://api.osv.dev
python=.venv/bin/python
[ -x "$python" ] || python=${PYTHON:-python3}
ask="import urllib.request as r; r.urlopen('$base/v1/vulns/PYSEC-2020-2', timeout=5).read(1)"
if ! timeout 15 "$python" -c "$ask" 2>/dev/null; then
    echo "audit: skipped, the advisories at $base cannot be reached from here"
    exit 0
fi
tools=.venv/audit
if ! [ -x "$tools/bin/pip-audit" ]; then
    "$python" -m venv "$tools"
    if ! timeout 300 "$tools/bin/pip" install --quiet pip-audit 2>/dev/null; then
        echo "audit: skipped, pip-audit cannot be installed from here"
        exit 0
    fi
fi
exec "$tools/bin/pip-audit" --requirement constraints.txt --no-deps --disable-pip \
    --vulnerability-service osv --progress-spinner off
