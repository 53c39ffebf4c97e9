"""Nothing happens at import time: no socket, no settings, no thread, no file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import Module, SourceTree

_WATCH = Path(__file__).with_name("import_watch.py")


def deeds_of(tree: SourceTree, names: list[str]) -> list[str]:
    """What importing these modules did; an import that fails is a failure of the test."""
    path = os.pathsep.join(str(package.src) for package in tree.packages())
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(_WATCH), *names],
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tree.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def importable(module: Module) -> bool:
    """Whether Python imports it by name; Alembic runs its `env.py` and versions as scripts."""
    return not (module.is_in("migrations") and module.name.count(".") > 1)


def test_importing_the_modules_does_nothing_else(tree: SourceTree) -> None:
    names = [module.name for module in tree.modules() if importable(module)]
    assert deeds_of(tree, names) == []


@pytest.mark.parametrize(
    ("text", "deed"),
    [
        ("import os\nPORT = os.environ.get('ANSHIN_PORT', '8000')\n", "reads the environment: ANSHIN_PORT"),
        ("import os\nPORT = os.getenv('ANSHIN_PORT')\n", "reads the environment: ANSHIN_PORT"),
        ("import os\nDEMO = 'ANSHIN_DEMO' in os.environ\n", "reads the environment: ANSHIN_DEMO"),
        (
            "from pydantic_settings import BaseSettings\nclass A(BaseSettings):\n    port: int = 1\nA()\n",
            "reads the environment",
        ),
        ("import socket\nS = socket.socket()\n", "opens a socket"),
        (
            "import threading\nthreading.Thread(target=print, args=('',), kwargs={'end': ''}).start()\n",
            "starts a thread",
        ),
        ("import subprocess\nsubprocess.run(['true'], check=True)\n", "starts a process"),
        ("open('left-behind', 'w').close()\n", "writes left-behind"),
    ],
)
def test_a_deed_at_import_time_is_noticed(copy: SourceTree, text: str, deed: str) -> None:
    with copy.with_file("services/loaner/src/loaner/domain/stray.py", text):
        assert f"loaner.domain.stray {deed}" in deeds_of(copy, ["common.errors", "loaner.domain.stray"])


def test_a_thread_that_a_library_leaves_behind_is_noticed(copy: SourceTree, tmp_path: Path) -> None:
    library = "import threading\nthreading.Thread(target=threading.Event().wait, args=(9,), daemon=True).start()\n"
    (tmp_path / "restless.py").write_text(library, "utf-8")
    text = f"import sys\nsys.path.append({str(tmp_path)!r})\nimport restless\n"
    with copy.with_file("services/loaner/src/loaner/domain/stray.py", text):
        assert deeds_of(copy, ["loaner.domain.stray"]) == ["loaner.domain.stray leaves a thread behind"]


def test_what_a_library_reads_when_it_is_imported_is_its_own_affair(copy: SourceTree) -> None:
    with copy.with_file("services/loaner/src/loaner/domain/stray.py", "import urllib.request\nimport asyncpg\n"):
        assert deeds_of(copy, ["loaner.domain.stray"]) == []
