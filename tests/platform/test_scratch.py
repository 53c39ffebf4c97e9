from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from evaluation.testing.scratch import scratch_folder

_SESSION = """
import sys
from pathlib import Path
from evaluation.testing.scratch import scratch_folder

with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "data").mkdir()
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_a_folder_is_gone_at_the_end(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        (folder / "data").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_living_session_stays_and_that_of_a_killed_one_goes(tmp_path: Path) -> None:
    (tmp_path / "somebody-elses").mkdir()
    (tmp_path / "anshin-tests-being-made").mkdir()
    command = [sys.executable, "-c", _SESSION, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
        assert session.stdout is not None
        left = Path(session.stdout.readline().strip())
        with scratch_folder(tmp_path):
            assert (left / "data").is_dir()
        session.kill()
    assert left.is_dir()
    with scratch_folder(tmp_path):
        assert not left.exists()
    assert {folder.name for folder in tmp_path.iterdir()} == {"somebody-elses", "anshin-tests-being-made"}
