"""Take a rule out of a copy of the code and see whether its test notices."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from xml.etree.ElementTree import parse

from tests.architecture.tree import SourceTree

TABLE = Path(__file__).with_name("removals.toml")
_NOT_COPIED = shutil.ignore_patterns("*.egg-info")
_PLUGINS = ("-p", "no:cacheprovider", "-p", "tests.rules.unshrunk")
_TESTS_FAILED = 1
# A test that fails in one of these ways met broken code, not a missing rule.
_BREAKAGE = re.compile(
    r"^(?:\w+\.)*(?:AttributeError|ImportError|IndentationError|ModuleNotFoundError|NameError|SyntaxError"
    r"|TypeError|UnboundLocalError|Failed: Timeout)\b"
)


class Result(StrEnum):
    """What became of a test when its rule was gone."""

    NOTICED = "noticed"
    UNNOTICED = "unnoticed"
    BROKEN = "broken"


@dataclass(frozen=True)
class Verdict:
    """The result, and what pytest said."""

    result: Result
    text: str


@dataclass(frozen=True)
class Removal:
    """One rule, the edit that takes it out, and the test that has to fail then."""

    rule: str
    file: str
    old: str
    new: str
    test: str

    @property
    def src(self) -> Path:
        """The folder of sources that the edited file belongs to, relative to the checkout."""
        parts = Path(self.file).parts
        return Path(*parts[: parts.index("src") + 1])

    @property
    def function(self) -> str:
        """The node id without the case of a parametrised test."""
        return self.test.split("[", 1)[0]

    def edit(self, text: str) -> str:
        """The text without the rule; `old` has to stand in it exactly once."""
        assert text.count(self.old) == 1, f"{self.file}: {text.count(self.old)} times {self.old!r}"
        edited = text.replace(self.old, self.new)
        assert edited != text, f"{self.file}: nothing is removed"
        if self.file.endswith(".py"):
            compile(edited, self.file, "exec")
        return edited


def removals(table: Path = TABLE) -> list[Removal]:
    """All entries of the table."""
    return [Removal(**entry) for entry in tomllib.loads(table.read_text("utf-8"))["removal"]]


def carry_out(removal: Removal, tree: SourceTree, folder: Path) -> Verdict:
    """Copy the sources, take the rule out, run the test on the copy.

    The copy stands first on PYTHONPATH, before the installed packages, which are mere entries of the path.
    """
    sources = folder / "src"
    shutil.copytree(tree.root / removal.src, sources, ignore=_NOT_COPIED)
    file = sources / Path(removal.file).relative_to(removal.src)
    file.write_text(removal.edit(file.read_text("utf-8")), "utf-8")
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*"):
        compiled.unlink()
    report = folder / "report.xml"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *_PLUGINS, f"--junitxml={report}", removal.test],
        cwd=tree.root,
        env={
            **os.environ,
            "PYTHONPATH": str(sources),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return Verdict(_judged(done.returncode, report), done.stdout + done.stderr)


def _judged(exit_code: int, report: Path) -> Result:
    if exit_code == 0:
        return Result.UNNOTICED
    if exit_code != _TESTS_FAILED:
        return Result.BROKEN
    document = parse(report)  # noqa: S314 - written by pytest a moment ago
    failures = [node.get("message", "") for node in document.iter("failure")]
    broken = document.find(".//error") is not None or any(_BREAKAGE.match(message) for message in failures)
    return Result.NOTICED if failures and not broken else Result.BROKEN
