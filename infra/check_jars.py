"""A list of SHA-256 sums and a folder -> success, or one sentence about the first jar that differs."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path


def main() -> int:
    """Return 0 when the folder holds exactly the listed jars."""
    listed, folder = Path(sys.argv[1]), Path(sys.argv[2])
    lines = listed.read_text(encoding="utf-8").splitlines()
    expected = {name: digest for digest, name in map(str.split, lines)}
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in folder.glob("*.jar")}
    for name in sorted({*expected, *found}):
        if found.get(name) != expected.get(name):
            what = "is missing" if name not in found else "is not the one that was pinned"
            sys.stderr.write(f"{name} {what} in {listed}; fetch it again with make setup.\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
