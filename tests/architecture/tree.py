"""The source tree as data: distributions, their modules, the text files of the checkout."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, cached_property
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
_DISTRIBUTION_FOLDERS = ("libs", "services", "deploy")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.egg-info", "tests", "build")


@dataclass(frozen=True)
class Module:
    """One Python file of a package."""

    name: str
    path: Path

    @cached_property
    def syntax(self) -> ast.Module:
        """Its parsed text."""
        return _parsed(self.path.read_text("utf-8"))

    @property
    def package(self) -> str:
        """The import name of its distribution: `loaner`."""
        return self.name.split(".", 1)[0]

    @property
    def layer(self) -> str:
        """The first name below the package, the package's own `__init__` excepted: `storage`."""
        return self.name.split(".")[1] if "." in self.name else ""

    def is_in(self, *layers: str) -> bool:
        """Whether it belongs to one of these layers of its package."""
        return self.layer in layers


@dataclass(frozen=True)
class Package:
    """One distribution: a folder with a `pyproject.toml` and one package below `src`."""

    home: Path

    @property
    def src(self) -> Path:
        """What stands on the path of Python."""
        return self.home / "src"

    @property
    def name(self) -> str:
        """The import name; a folder's hyphen becomes an underscore."""
        return self.home.name.replace("-", "_")

    @property
    def root(self) -> Path:
        """The folder of the package itself."""
        return self.src / self.name

    def modules(self) -> Iterator[Module]:
        """Every Python file below `src`, also where an `__init__` is missing."""
        for path in sorted(self.src.rglob("*.py")):
            parts = path.relative_to(self.src).with_suffix("").parts
            if not any(part.endswith(".egg-info") for part in parts):
                yield Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path)


@dataclass(frozen=True)
class SourceTree:
    """A checkout, or a temporary copy of one that a test breaks."""

    root: Path

    def packages(self) -> list[Package]:
        """All distributions."""
        return [
            Package(home)
            for folder in _DISTRIBUTION_FOLDERS
            for home in sorted((self.root / folder).glob("*"))
            if (home / "src").is_dir()
        ]

    def services(self) -> list[Package]:
        """The services among them."""
        return [package for package in self.packages() if package.home.parent.name == "services"]

    def service_names(self) -> list[str]:
        """Their import names."""
        return [package.name for package in self.services()]

    def modules(self) -> Iterator[Module]:
        """The modules of all distributions."""
        for package in self.packages():
            yield from package.modules()

    def service_modules(self) -> Iterator[Module]:
        """The modules of the services."""
        for package in self.services():
            yield from package.modules()

    def files(self, *patterns: str) -> Iterator[Path]:
        """The files that are, or could be, committed and whose name matches one of the patterns."""
        ignored = _ignored_names(self.root)
        pending = [self.root]
        while pending:
            for path in sorted(pending.pop().iterdir()):
                if any(fnmatch(path.name, name) for name in ignored):
                    continue
                if path.is_dir() and not path.is_symlink():
                    pending.append(path)
                elif path.is_file() and any(fnmatch(path.name, pattern) for pattern in patterns):
                    yield path

    def shown(self, path: Path, line: int | None = None) -> str:
        """A place as complaints name it."""
        place = path.relative_to(self.root).as_posix()
        return place if line is None else f"{place}:{line}"

    def copy_to(self, folder: Path) -> SourceTree:
        """A copy of what checks read: sources and locks, no tests, no caches."""
        for name in _DISTRIBUTION_FOLDERS:
            shutil.copytree(self.root / name, folder / name, ignore=_NOT_COPIED)
        shutil.copytree(self.root / "requirements", folder / "requirements")
        for name in ("pyproject.toml", ".gitignore"):
            shutil.copy2(self.root / name, folder / name)
        return SourceTree(folder)

    @contextmanager
    def with_file(self, place: str, text: str = "", *, as_package: bool = True) -> Iterator[Path]:
        """The tree while one more file stands in it; folders made for it become packages, if wanted."""
        path = self.root / place
        made = [folder for folder in reversed(path.parents) if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in made if as_package else ():
            (folder / "__init__.py").touch()
        path.write_text(text, "utf-8")
        try:
            yield path
        finally:
            path.unlink()
            for folder in made[:1]:
                shutil.rmtree(folder)

    @contextmanager
    def with_module(self, name: str) -> Iterator[None]:
        """The tree while it has a module of this name: made empty unless it is there, or a library's."""
        path = self._place_of(name)
        if path is None or path.exists() or path.with_suffix("").is_dir():
            yield
            return
        with self.with_file(self.shown(path)):
            yield

    @contextmanager
    def with_lines(self, module: str, text: str) -> Iterator[None]:
        """The tree while a module says more: appended to its file, or in `stray.py` where it is a package."""
        path = self._place_of(module)
        assert path is not None, f"{module} is no module of this house"
        if not path.exists():
            with self.with_file(self.shown(path.with_suffix("") / "stray.py"), text):
                yield
            return
        before = path.read_text("utf-8")
        path.write_text(f"{before}\n{text}", "utf-8")
        try:
            yield
        finally:
            path.write_text(before, "utf-8")

    def _place_of(self, module: str) -> Path | None:
        """The file of a module that is not a package; nothing for the modules of libraries."""
        name, *rest = module.split(".")
        for package in self.packages():
            if package.name == name:
                return package.root.joinpath(*rest or ("__init__",)).with_suffix(".py")
        return None


@cache
def _parsed(text: str) -> ast.Module:
    """The syntax of a text, which most modules of a copy share with those of the checkout."""
    return ast.parse(text)


def _ignored_names(root: Path) -> list[str]:
    """The names that `.gitignore` excludes; it holds plain names only, without folders before them."""
    lines = (root / ".gitignore").read_text("utf-8").splitlines()
    return [".git", *(line.rstrip("/") for line in lines if line and not line.startswith("#"))]
