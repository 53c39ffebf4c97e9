"""What import-linter cannot see. Each check yields complaints about a tree; none means it is in order."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from tests.architecture.tree import Module, Package, SourceTree

Check = Callable[[SourceTree], Iterator[str]]

_PARTS = (
    "README.md",
    "pyproject.toml",
    "tests/unit",
    "tests/integration",
    "src/{name}/py.typed",
    "src/{name}/__main__.py",
    "src/{name}/settings.py",
    "src/{name}/app.py",
    "src/{name}/domain",
    "src/{name}/usecases",
    "src/{name}/storage",
    "src/{name}/api",
    "src/{name}/consumers",
    "src/{name}/migrations",
    "src/{name}/testing",
)
_BELOW_THE_EDGE = ("domain", "usecases", "storage", "consumers", "sweeps")
_WORDS_OF_HTTP = ("status_code", "HTTPStatus", "HTTPException")
WORDS_OF_COMMON = (
    "civil", "closed_days", "entitlements", "errors", "events", "folding", "ids", "opening_hours", "phones",
    "two_people",
)  # fmt: skip
_IMPORTERS = {"__import__", "find_spec", "import_module", "resolve_name", "run_module", "run_path"}
_EMPTY_NAMES = re.compile(r"^(.*_)?(util|utils|helper|helpers|manager|managers|misc|stuff)$")
_EMPTY_CLASS = re.compile(r"(Util|Utils|Helper|Helpers|Manager)$")
_READS_THE_CLOCK = {"now", "utcnow", "today", "time", "monotonic"}
_CLOCKS = {"datetime", "date", "time"}
_ENDS_A_TRANSACTION = {"commit", "rollback", "transaction"}


def missing_parts(tree: SourceTree) -> Iterator[str]:
    """Every service has the parts that the house knows; a part may be a file or a package."""
    for service in tree.services():
        for part in _PARTS:
            path = service.home / part.format(name=service.name)
            if not path.exists() and not path.with_suffix(".py").exists():
                yield f"{tree.shown(path)} is missing"


def folders_without_init(tree: SourceTree) -> Iterator[str]:
    """A folder with Python in it but without `__init__` is invisible to import-linter and to packaging."""
    for package in tree.packages():
        for folder in sorted({module.path.parent for module in package.modules()}):
            if folder == package.src:
                yield f"{tree.shown(folder)} holds modules beside its package"
            elif not (folder / "__init__.py").exists():
                yield f"{tree.shown(folder)} has no __init__.py"


def stray_packages(tree: SourceTree) -> Iterator[str]:
    """One distribution holds one package, named after its folder."""
    for package in tree.packages():
        for entry in sorted(package.src.iterdir()):
            if entry.is_dir() and entry != package.root and not entry.name.endswith((".egg-info", "__pycache__")):
                yield f"{tree.shown(entry)} is a second package of its distribution"


def dynamic_imports(tree: SourceTree) -> Iterator[str]:
    """A service imports nothing by a computed name, and nobody but the evaluation a service by its name."""
    services = set(tree.service_names())
    for module in tree.modules():
        for call in _calls(module):
            if module.package == "evaluation" or _last_name(call.func) not in _IMPORTERS:
                continue
            asked = call.args[0] if call.args else None
            constant = asked.value if isinstance(asked, ast.Constant) else None
            if not isinstance(constant, str):
                if module.package in services:
                    yield f"{_at(tree, module, call)} imports by a computed name"
            elif constant.split(".")[0] in services - {module.package}:
                yield f"{_at(tree, module, call)} imports {constant} by its name"


def schema_names_in_sql(tree: SourceTree) -> Iterator[str]:
    """SQL names no schema: the role's search path decides, so a service reads its own tables only.

    A function that runs as its owner pins the path of its own service, which PostgreSQL asks for.
    """
    services = tree.service_names()
    for package in tree.packages():
        if package.name == "evaluation":
            continue
        schemas = services if package.name == "common" else [*services, "bus"]
        pattern = _qualified_by(schemas, own=package.name)
        for place, text in (*_strings(tree, package), *_sql_files(tree, package)):
            found = pattern.search(text)
            if found:
                yield f"{place} names a schema: {found.group().strip()}"
        for module in package.modules():
            for node in ast.walk(module.syntax):
                match node:
                    case ast.keyword(arg="schema", value=ast.Constant(value=str(name))) if name in schemas:
                        yield f"{_at(tree, module, node)} names a schema: {name}"


def migrations_that_import_code(tree: SourceTree) -> Iterator[str]:
    """A migration is history and does not change with the code; only `env.py` knows the tables of today."""
    for module in tree.service_modules():
        if not module.is_in("migrations"):
            continue
        is_version = "versions" in module.path.parts
        for node, name in _imports(module):
            own = name.split(".")[0] == module.package
            of_today = own and not name.startswith((f"{module.package}.storage", f"{module.package}.migrations"))
            if (own and is_version) or of_today:
                yield f"{_at(tree, module, node)} imports {name}"


def status_numbers_below_the_edge(tree: SourceTree) -> Iterator[str]:
    """HTTP is decided by one table at the edge; below it there are only kinds of refusals."""
    for module in tree.service_modules():
        if not module.is_in(*_BELOW_THE_EDGE):
            continue
        for node in ast.walk(module.syntax):
            match node:
                case ast.keyword(arg=str(word)) | ast.arg(arg=word) | ast.Name(id=word) | ast.Attribute(attr=word):
                    if word in _WORDS_OF_HTTP:
                        yield f"{_at(tree, module, node)} speaks of {word}"
        for node, name in _imports(module):
            if name.split(".")[0] == "http":
                yield f"{_at(tree, module, node)} imports {name}"


def empty_names(tree: SourceTree) -> Iterator[str]:
    """A file is named after what it holds."""
    for module in tree.modules():
        for part in module.name.split("."):
            if _EMPTY_NAMES.match(part):
                yield f"{tree.shown(module.path)} is named {part}"
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.ClassDef) and _EMPTY_CLASS.search(node.name):
                yield f"{_at(tree, module, node)} is named {node.name}"


def impure_domain(tree: SourceTree) -> Iterator[str]:
    """The domain is functions of what it is given: nothing asynchronous, only the pure words of common."""
    for module in tree.service_modules():
        if not module.is_in("domain"):
            continue
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
                yield f"{_at(tree, module, node)} is asynchronous"
        for node, name in _imports(module):
            first, _, rest = name.partition(".")
            if first == "common" and rest.split(".")[0] not in WORDS_OF_COMMON:
                yield f"{_at(tree, module, node)} imports {name}"
            if first in {"asyncio", "os", "socket", "subprocess", "threading"}:
                yield f"{_at(tree, module, node)} imports {name}"


def clocks_read_below_the_edge(tree: SourceTree) -> Iterator[str]:
    """The present is an argument of domain, use cases and storage."""
    for module in tree.service_modules():
        if not module.is_in("domain", "usecases", "storage"):
            continue
        for call in _calls(module):
            match call.func:
                case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=asked) if (
                    owner in _CLOCKS and asked in _READS_THE_CLOCK
                ):
                    yield f"{_at(tree, module, call)} asks {owner}.{asked}()"


def transactions_ended_below_the_edge(tree: SourceTree) -> Iterator[str]:
    """Request, consumer loop and sweep own the transaction; a use case neither begins nor ends one."""
    for module in tree.service_modules():
        if not module.is_in("domain", "usecases"):
            continue
        for call in _calls(module):
            if isinstance(call.func, ast.Attribute) and call.func.attr in _ENDS_A_TRANSACTION:
                yield f"{_at(tree, module, call)} calls {call.func.attr}()"


def mutable_dataclasses(tree: SourceTree) -> Iterator[str]:
    """Facts do not change under their reader: every public dataclass is frozen."""
    for module in tree.modules():
        for node in ast.walk(module.syntax):
            if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
                continue
            for decorator in node.decorator_list:
                call = decorator if isinstance(decorator, ast.Call) else None
                if _last_name(call.func if call else decorator) == "dataclass" and not _says_frozen(call):
                    yield f"{_at(tree, module, node)} {node.name} is not frozen"


CHECKS: Mapping[str, Check] = {
    check.__name__: check
    for check in (
        missing_parts,
        folders_without_init,
        stray_packages,
        dynamic_imports,
        schema_names_in_sql,
        migrations_that_import_code,
        status_numbers_below_the_edge,
        empty_names,
        impure_domain,
        clocks_read_below_the_edge,
        transactions_ended_below_the_edge,
        mutable_dataclasses,
    )
}


def _at(tree: SourceTree, module: Module, node: ast.AST) -> str:
    return tree.shown(module.path, getattr(node, "lineno", None))


def _calls(module: Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(module.syntax) if isinstance(node, ast.Call))


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _says_frozen(call: ast.Call | None) -> bool:
    return call is not None and any(
        keyword.arg == "frozen" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for keyword in call.keywords
    )


def _imports(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Every imported name; `from a import b` counts as `a.b`, for b may be a module."""
    for node in ast.walk(module.syntax):
        match node:
            case ast.Import(names=names):
                yield from ((node, alias.name) for alias in names)
            case ast.ImportFrom(module=str(origin), names=names):
                yield from ((node, f"{origin}.{alias.name}") for alias in names)


def _qualified_by(schemas: list[str], own: str) -> re.Pattern[str]:
    """SQL that names a table by one of these schemas; topics (`contracts.billing.v1`) are none."""
    names = "|".join(schemas)
    return re.compile(
        rf"""\b(?:from|join|into|update|table|references|truncate|view|on|only|exists|usage\s+on\s+schema)\s+"""
        rf"""["']?(?:{names})["']?\s*\.\s*(?!\w+\.v\d)["']?\w+"""
        rf"""|\bsearch_path\b\s*(?:=|to\b)\s*(?!{own},\s*pg_temp\b)["']?(?:{names})\b""",
        re.IGNORECASE,
    )


def _strings(tree: SourceTree, package: Package) -> Iterator[tuple[str, str]]:
    """The texts of a package but its docstrings, with their places; f-strings without what they fill in."""
    for module in package.modules():
        described = {
            id(node.body[0].value)
            for node in ast.walk(module.syntax)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
                yield _at(tree, module, node), node.value


def _sql_files(tree: SourceTree, package: Package) -> Iterator[tuple[str, str]]:
    for path in sorted(package.src.rglob("*.sql")):
        yield tree.shown(path), path.read_text("utf-8")
