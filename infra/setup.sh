#!/usr/bin/env bash
# Build the environment in .venv: Python, the locked packages, this package, Spark's jars, a class archive.
# Each step leaves a stamp that names what it was made from, so a second run does nothing
# and an interrupted one goes on where it stopped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=infra/machine.sh
. infra/machine.sh

VENV=.venv
STAMPS=$VENV/.stamps
SHARE=$VENV/share/customer-chunks
BIN=$VENV/bin/python
# A python left active in the shell must not leak into ours.
unset PYTHONPATH PYTHONHOME SPARK_HOME

# fingerprint WORD... : one number for the words and for the files among them.
fingerprint() {
    local item
    for item in "$@"; do
        if [ -f "$item" ]; then cat "$item"; else echo "$item"; fi
    done | cksum | tr -d ' \n'
}

# done_already NAME VALUE / mark_done NAME VALUE
done_already() { [ -f "$STAMPS/$1" ] && [ "$(cat "$STAMPS/$1")" = "$2" ]; }
mark_done() { mkdir -p "$STAMPS" && echo "$2" >"$STAMPS/$1.part" && mv "$STAMPS/$1.part" "$STAMPS/$1"; }
say() { WORKED=yes && printf '  %-14s %s\n' "$1" "$2"; }

make_environment() {
    local python=$1 made_from
    made_from=$(fingerprint "$PWD" "$("$python" --version 2>&1)" infra/bootstrap.lock)
    if done_already environment "$made_from" && "$BIN" -c '' 2>/dev/null; then return; fi
    say environment "$("$python" --version 2>&1) in $VENV"
    # An environment that others use behind a link is not ours to clear.
    if [ -L "$VENV" ]; then rm "$VENV"; fi
    rm -rf "$STAMPS"
    if ! "$python" -m venv --clear "$VENV" >"$LOG" 2>&1; then
        fail "Python's venv module does not work here; $(how_to_get_venv "$python")."
    fi
    quietly "$BIN" -m pip install --quiet --require-hashes -r infra/bootstrap.lock
    mark_done environment "$made_from"
}

install_packages() {
    local made_from
    made_from=$(fingerprint requirements.lock)
    if done_already packages "$made_from"; then return; fi
    say packages "$(grep -c '^[a-z]' requirements.lock) pinned packages (Spark is the large one: about a minute)"
    quietly "$BIN" -m pip install --quiet --require-hashes --no-deps --no-build-isolation --no-compile -r requirements.lock
    quietly "$BIN" -m compileall -q -j 0 "$VENV/lib" || true
    mark_done packages "$made_from"
}

install_ourselves() {
    local made_from
    made_from=$(fingerprint setup.py lib/customer_chunks/__init__.py)
    if done_already ourselves "$made_from"; then return; fi
    say chunks "this package, as it stands in lib/"
    quietly "$BIN" -m pip install --quiet --no-deps --no-index --no-build-isolation --editable .
    mark_done ourselves "$made_from"
}

fetch_jars() {
    local made_from
    made_from=$(fingerprint infra/pom.xml infra/jars.sha256)
    if done_already jars "$made_from" && all_jars_there; then return; fi
    say jars "Delta Lake for Spark"
    quietly bash infra/fetch-jars.sh "$BIN" "$SHARE/jars"
    mark_done jars "$made_from"
}

all_jars_there() {
    local _ name
    while read -r _ name; do
        [ -s "$SHARE/jars/$name" ] || return 1
    done <infra/jars.sha256
}

# Spark loads some 20,000 classes at each start; an archive of them saves about four seconds a session.
# Nothing depends on it, so a machine on which it cannot be made goes on without.
archive_classes() {
    local made_from
    made_from=$(fingerprint requirements.lock infra/jars.sha256 infra/archive-classes.sh "$(java_path) $JAVA_FOUND $PWD")
    if done_already archive "$made_from"; then return; fi
    # Java keeps no classes from a path with a blank in it.
    case "$PWD" in *" "*) mark_done archive "$made_from" && return ;; esac
    say archive "Spark's classes, for quicker starts"
    bash infra/archive-classes.sh "$BIN" "$SHARE" >"$LOG" 2>&1 || say archive "not made; sessions start a little slower"
    mark_done archive "$made_from"
}

# quietly COMMAND... : show its output only when it fails.
quietly() {
    if ! "$@" >"$LOG" 2>&1; then
        tail -n 25 "$LOG" >&2
        fail "'$(basename "$1") ${*:2:3} ...' failed (its last lines are above); check the network and run make setup again."
    fi
}

WORKED=no
LOG=$(mktemp "${TMPDIR:-/tmp}/customer-chunks-setup.XXXXXX")
trap 'rm -f "$LOG"' EXIT
PYTHON_FOUND=$(find_python)
JAVA_FOUND=$(find_java)
make_environment "$PYTHON_FOUND"
install_packages
install_ourselves
fetch_jars
archive_classes
if [ "$WORKED" = yes ]; then say ready "$VENV/bin/chunks"; fi
