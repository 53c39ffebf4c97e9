"""The five applications, built and never started: what the catalogues are read from."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import cast

from fastapi import FastAPI

from common.assembly import Service, ServiceParts
from evaluation.catalogues.described import Described, groups_of
from evaluation.settings import EvaluationSettings
from evaluation.suite import Suite


def described_services() -> dict[str, Described]:
    """All services by name, in the order in which their facts flow."""
    with tempfile.TemporaryDirectory(prefix="anshin-catalogues-") as folder:
        suite = Suite(EvaluationSettings(data_dir=Path(folder)), lambda role: f"postgresql://{role}@127.0.0.1/nowhere")
    return {name: _described(name, app) for name, app in suite.apps.items()}


def _described(name: str, app: FastAPI) -> Described:
    parts: ServiceParts = cast("Service", app.state.service).parts
    return Described(
        name=name,
        title=app.title,
        openapi=app.openapi(),
        rules=app.state.rules,
        projections=frozenset(parts.projections),
        reactions=frozenset(parts.reactions),
        groups=groups_of(parts),
    )
