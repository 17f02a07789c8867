#!/usr/bin/env bash
# Make .venv-spark40 for the tests on Spark 4.0: the packages of .venv, but that Spark with its Delta. After `make setup`.
# The first time it fetches 445 MB; a second run does nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

MAIN=$PWD/.venv VENV=.venv-spark40 PINNED=infra/spark40
STAMP=$VENV/.made-from
# A Spark or Python that is named in the shell must not leak into this one.
unset PYTHONPATH PYTHONHOME SPARK_HOME
if [ ! -x "$MAIN/bin/python" ]; then echo "There is no $MAIN; run make setup first." >&2 && exit 1; fi

made_from="$(cat requirements.lock "$PINNED"/* infra/spark40.sh | cksum) $MAIN"
if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$made_from" ]; then exit 0; fi

site_packages() { "$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }
"$MAIN/bin/python" -m venv --clear --without-pip "$VENV"
packages=$(site_packages "$VENV")
site_packages "$MAIN" >"$packages/main.pth"
"$MAIN/bin/python" -m pip install --quiet --require-hashes --no-deps --no-build-isolation --no-compile \
    --target "$packages" -r "$PINNED/requirements.lock"
bash infra/fetch-jars.sh "$VENV/bin/python" "$VENV/share/customer-chunks/jars" "$PINNED"
echo "$made_from" >"$STAMP"
