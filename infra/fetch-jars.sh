#!/usr/bin/env bash
# fetch-jars.sh PYTHON FOLDER [PINNED] : put the jars of PINNED/pom.xml (infra/pom.xml) into FOLDER, by Maven or else
# by Spark's resolver, and let in only those whose SHA-256 is the one in PINNED/jars.sha256.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=$1 folder=$2 pinned=${3:-infra}

mkdir -p "$(dirname "$folder")"
incoming=$(mktemp -d "$(dirname "$folder")/incoming.XXXXXX")
trap 'rm -rf "$incoming"' EXIT

by_maven() {
    command -v mvn >/dev/null 2>&1 &&
        mvn -q -B -f "$pinned/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$PWD/$incoming"
}

if ! by_maven; then
    echo "Maven is missing or failed: Spark's own resolver fetches the jars."
    "$python" infra/resolve_jars.py "$pinned/pom.xml" "$incoming"
fi
"$python" infra/check_jars.py "$pinned/jars.sha256" "$incoming"
rm -rf "$folder"
mv "$incoming" "$folder"
chmod 755 "$folder"
