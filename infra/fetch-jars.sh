#!/usr/bin/env bash
# fetch-jars.sh PYTHON FOLDER : put the jars of infra/pom.xml into FOLDER, by Maven or else by Spark's resolver,
# and let in only those whose SHA-256 is the one in infra/jars.sha256.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=$1 folder=$2

mkdir -p "$(dirname "$folder")"
incoming=$(mktemp -d "$(dirname "$folder")/incoming.XXXXXX")
trap 'rm -rf "$incoming"' EXIT

by_maven() {
    command -v mvn >/dev/null 2>&1 &&
        mvn -q -B -f infra/pom.xml dependency:copy-dependencies "-DoutputDirectory=$PWD/$incoming"
}

if ! by_maven; then
    echo "Maven is missing or failed: Spark's own resolver fetches the jars."
    "$python" infra/resolve_jars.py infra/pom.xml "$incoming"
fi
"$python" infra/check_jars.py infra/jars.sha256 "$incoming"
rm -rf "$folder"
mv "$incoming" "$folder"
chmod 755 "$folder"
