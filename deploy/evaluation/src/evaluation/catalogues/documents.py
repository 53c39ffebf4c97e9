"""The files that are generated, what differs from those that lie in the checkout, and why one may not be replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evaluation.catalogues.asyncapi import Heard, asyncapi
from evaluation.catalogues.authorisation_page import authorisation_page
from evaluation.catalogues.compatibility import breaks
from evaluation.catalogues.described import Described
from evaluation.catalogues.events_page import events_page
from evaluation.catalogues.schemas import schemas

SCHEMAS = Path("docs/events/schemas")
APIS = Path("docs/api")
ASYNCAPI = Path("docs/events/asyncapi.json")


def documents(services: Mapping[str, Described]) -> dict[Path, str]:
    """The content of every generated file by its path in the checkout."""
    return {
        Path("docs/events/catalogue.md"): events_page(services),
        ASYNCAPI: as_json(asyncapi(_heard(services))),
        Path("docs/authorisation.md"): authorisation_page(services),
        **{SCHEMAS / f"{name}.json": as_json(schema) for name, schema in schemas().items()},
        **{APIS / f"{name}.openapi.json": as_json(service.openapi) for name, service in services.items()},
    }


def _heard(services: Mapping[str, Described]) -> Heard:
    return {group: kinds for service in services.values() for group, kinds in service.groups.items()}


def as_json(document: Mapping[str, Any]) -> str:
    """JSON as it lies in the checkout: the same text for the same content."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def differences(root: Path, wanted: Mapping[Path, str]) -> Iterator[str]:
    """What in the checkout is not as the code has it, one line a file."""
    for path, content in wanted.items():
        if not (root / path).is_file():
            yield f"{path} is missing"
        elif (root / path).read_text("utf-8") != content:
            yield f"{path} differs from the code"
    for path in _generated(root):
        if path not in wanted:
            yield f"{path} stands for nothing in the code"


def broken_promises(root: Path, wanted: Mapping[Path, str]) -> Iterator[str]:
    """What readers of a published event schema could no longer rely on, one line a field."""
    for path in sorted((root / SCHEMAS).glob("*.json")):
        shown = path.relative_to(root)
        if shown not in wanted:
            yield f"{path.stem}: the type is gone"
            continue
        published, present = json.loads(path.read_text("utf-8")), json.loads(wanted[shown])
        yield from (f"{path.stem}: {line}" for line in breaks(published, present))


def write(root: Path, wanted: Mapping[Path, str]) -> None:
    """Write every file, and remove what generated files stand for nothing."""
    for path in _generated(root):
        if path not in wanted:
            (root / path).unlink()
    for path, content in wanted.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, "utf-8")


def _generated(root: Path) -> list[Path]:
    found = [*(root / SCHEMAS).glob("*.json"), *(root / APIS).glob("*.openapi.json")]
    return sorted(path.relative_to(root) for path in found)
