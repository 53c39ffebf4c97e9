"""What holds for every text file of the checkout. Each check yields complaints; none means it is in order."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.architecture.tree import SourceTree

Check = Callable[[SourceTree], Iterator[str]]

_LOCKS = ("*.lock", "package-lock.json", "go.sum")
_TEXTS = (
    "*.py",
    "*.md",
    "*.toml",
    "*.yaml",
    "*.yml",
    "*.json",
    "*.sql",
    "*.html",
    "*.css",
    "*.js",
    "*.ts",
    "*.tsx",
)
_MORE_TEXTS = (
    "*.txt",
    "*.in",
    "*.xml",
    "*.properties",
    "*.mako",
    "*.ini",
    "*.cfg",
    "*.sh",
    "Makefile",
    "run",
    ".git*",
)
_LINES_OF_A_FILE = 350

# The words are put together here, so that this file does not find itself.
_UNFINISHED = re.compile(rf"\b(?:{'TO' + 'DO'}|{'FIX' + 'ME'}|{'X' * 3})\b|\braise\s+{'NotImplemented' + 'Error'}\b")
_SKIPPED = re.compile(
    r"\bpytest\s*\.\s*(?:mark\s*\.\s*)?(?:skip(?:if)?|xfail|importorskip)\b"
    r"|\bunittest\s*\.\s*(?:skip|expectedFailure)|\bSkipTest\b"
)
_HOMES = re.compile(r"(?<![\w.])/(?:root|home/\w+|Users/\w+)/")
_REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs"),
            ("repo1", "maven"),
            ("repo", "maven", "apache"),
            ("proxy", "golang"),
        )
    )
)


def addresses_in_locks(tree: SourceTree) -> Iterator[str]:
    """A lock pins versions and hashes; where they come from is the affair of the machine that installs."""
    for path in (*tree.files(*_LOCKS), *sorted((tree.root / "requirements").glob("*"))):
        for number, line in _lines(path):
            if "://" in line or "--index-url" in line:
                yield f"{tree.shown(path, number)} holds an address"


def unpinned_requirements(tree: SourceTree) -> Iterator[str]:
    """Every locked requirement has an exact version and hashes."""
    for path in sorted((tree.root / "requirements").glob("*.txt")):
        for number, line in _lines(path):
            if line[:1].isalnum() and not re.match(r"^[\w.\[\]-]+==\S+ .*\\$", line):
                yield f"{tree.shown(path, number)} is not pinned by hash"


def dependencies_without_a_pin(tree: SourceTree) -> Iterator[str]:
    """Distributions are installed without their dependencies, so the locks have to hold each of them."""
    locked = {_distribution(line) for _, line in _lines(tree.root / "requirements" / "main.txt")}
    for package in tree.packages():
        path = package.home / "pyproject.toml"
        asked = tomllib.loads(path.read_text("utf-8"))["project"]["dependencies"] if path.is_file() else []
        for dependency in asked:
            name = _distribution(dependency)
            if name not in locked and not name.startswith("anshin-"):
                yield f"{tree.shown(path)} asks for {name}, which is not locked"


def paths_of_this_machine(tree: SourceTree) -> Iterator[str]:
    """The checkout may lie anywhere: nothing names the folder where it lay, nor anybody's home."""
    own = re.escape(tree.root.as_posix())
    here = re.compile(rf"(?<![\w./-]){own}(?![\w-])") if len(tree.root.parts) > 2 else None
    for path in tree.files(*_TEXTS, *_MORE_TEXTS):
        for number, line in _lines(path):
            if _HOMES.search(line) or (here and here.search(line)):
                yield f"{tree.shown(path, number)} holds a path of a machine"


def package_registries(tree: SourceTree) -> Iterator[str]:
    """No file names the host of a package registry."""
    for path in tree.files(*_TEXTS, *_MORE_TEXTS):
        for number, line in _lines(path):
            if _REGISTRIES.search(line):
                yield f"{tree.shown(path, number)} names a registry"


def unfinished_places(tree: SourceTree) -> Iterator[str]:
    """What is not built is absent."""
    for path in tree.files(*_TEXTS, "Makefile"):
        for number, line in _lines(path):
            found = _UNFINISHED.search(line)
            if found:
                yield f"{tree.shown(path, number)} says {found.group()}"


def skipped_tests(tree: SourceTree) -> Iterator[str]:
    """A test that does not run proves nothing."""
    for path in tree.files("*.py"):
        for number, line in _lines(path):
            if _SKIPPED.search(line):
                yield f"{tree.shown(path, number)} skips a test"


def long_files(tree: SourceTree) -> Iterator[str]:
    """A file in which a reader gets lost has a noun to split along; history and generated ones are exempt."""
    for path in tree.files("*.py", "*.ts", "*.tsx"):
        exempt = "versions" in path.parts or "generated" in path.name or path.name.endswith(".gen.ts")
        length = sum(1 for _ in _lines(path))
        if length > _LINES_OF_A_FILE and not exempt:
            yield f"{tree.shown(path)} has {length} lines"


def undescribed_distributions(tree: SourceTree) -> Iterator[str]:
    """Every service and every other distribution says what it is for and what it needs."""
    services = (path for path in sorted((tree.root / "services").iterdir()) if path.is_dir())
    for home in dict.fromkeys((*services, *(package.home for package in tree.packages()))):
        for name in ("README.md", "pyproject.toml"):
            if not (home / name).is_file():
                yield f"{tree.shown(home)} has no {name}"


def forked_histories(tree: SourceTree) -> Iterator[str]:
    """The migrations of a service are one line: numbered without a gap or a double, each on the one before."""
    for package in tree.packages():
        files = sorted((package.root / "migrations" / "versions").glob("[0-9]*.py"))
        for number, path in enumerate(files, start=1):
            own, before = f"{number:04}", f'"{number - 1:04}"' if number > 1 else "None"
            told = {f'revision = "{own}"', f"down_revision = {before}"}
            if not path.name.startswith(f"{own}_") or not told <= {line for _, line in _lines(path)}:
                yield f"{tree.shown(path)} is not migration {own}"


def deep_ignore_patterns(tree: SourceTree) -> Iterator[str]:
    """`.gitignore` holds names only, which is all that the listing of files here understands."""
    for number, line in _lines(tree.root / ".gitignore"):
        if "/" in line.rstrip("/\n") or line.startswith("!"):
            yield f".gitignore:{number} is more than a name"


CHECKS: Mapping[str, Check] = {
    check.__name__: check
    for check in (
        addresses_in_locks,
        unpinned_requirements,
        dependencies_without_a_pin,
        paths_of_this_machine,
        package_registries,
        unfinished_places,
        skipped_tests,
        long_files,
        undescribed_distributions,
        forked_histories,
        deep_ignore_patterns,
    )
}


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    return enumerate(path.read_text("utf-8", "replace").splitlines(), start=1)


def _distribution(requirement: str) -> str:
    """The name that a requirement begins with, as indexes spell it; empty when it begins with none."""
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-")
