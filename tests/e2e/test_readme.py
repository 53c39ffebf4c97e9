"""The commands of the README do what it says they print."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from evaluation.testing.suite_process import SuiteProcess

README = Path(__file__).parents[2] / "README.md"
ADDRESS = "http://127.0.0.1:8000"
END = "—— end of block ——"


def blocks() -> list[tuple[str, str]]:
    """The commands of the walk and what the README says each block prints, in order."""
    text = README.read_text("utf-8").split("## The main job with curl\n")[1].split("\n## ")[0]
    return re.findall(r"```bash\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", text, re.DOTALL)


def test_the_walk_with_curl_prints_what_the_readme_says(suite: SuiteProcess) -> None:
    walk = blocks()
    assert len(walk) == 9
    script = "".join(f"{commands}echo '{END}'\n" for commands, _ in walk).replace(ADDRESS, suite.address)
    shell = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(shell, check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert done.stdout.split(f"{END}\n")[:-1] == [printed for _, printed in walk]
    assert done.stderr == ""


def test_the_readme_shows_every_step_of_the_main_job() -> None:
    text = README.read_text("utf-8")
    assert [int(number) for number in re.findall(r"^\*\*(\d)\. ", text, re.MULTILINE)] == list(range(1, 9))
