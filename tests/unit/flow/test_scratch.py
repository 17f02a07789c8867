"""The scratch of a killed process goes with the next one; that of a living one stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from customer_chunks.flow.scratch import own_scratch

CHILD = """
import sys
from pathlib import Path
from customer_chunks.flow.scratch import own_scratch
folder = own_scratch(Path(sys.argv[1]))
(folder / "spilled").write_text("rows")
print(folder, flush=True)
sys.stdin.read()
"""


def test_scratch_of_a_killed_process_goes_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    theirs = Path(child.stdout.readline().strip())
    ours = own_scratch(tmp_path)
    assert ours != theirs
    assert (theirs / "spilled").exists()
    child.kill()
    child.communicate()
    own_scratch(tmp_path)
    assert not theirs.exists()
    assert not Path(f"{theirs}.lock").exists()
    assert ours.is_dir()


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "somebody's").mkdir()
    own_scratch(tmp_path / "new" / "parent")
    own_scratch(tmp_path)
    assert (tmp_path / "somebody's").is_dir()
