"""Refusals as RFC 9457 problem details: one table from kinds of error to status."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import Response

from common.civil import JST
from common.errors import DomainError, Kind, Refused

STATUS: Mapping[Kind, int] = {
    Kind.INVALID: 422,
    Kind.REFUSED: 409,
    Kind.NOT_FOUND: 404,
    Kind.FORBIDDEN: 403,
    Kind.UNAUTHENTICATED: 401,
    Kind.STALE: 412,
    Kind.IN_FLIGHT: 409,
    Kind.TOO_LARGE: 413,
    Kind.TOO_MANY: 429,
    Kind.TOO_SLOW: 408,
    Kind.UNAVAILABLE: 503,
    Kind.INTERNAL: 500,
}
MEDIA_TYPE = "application/problem+json"


class ProblemReason(BaseModel):
    """One of the causes of a refusal."""

    code: str
    title: str
    rule_ids: list[str]
    why: dict[str, Any]


class Problem(BaseModel):
    """Why something was refused: a stable code, the rules that caused it and the inputs they judged."""

    type: str = Field(examples=["urn:anshin:problem:inquiry_quota_exhausted"])
    title: str
    status: int
    code: str = Field(examples=["inquiry_quota_exhausted"])
    rule_ids: list[str] = Field(examples=[["R-QUOTA-INQUIRY"]])
    why: dict[str, Any]
    reasons: list[ProblemReason]
    reference: str | None = None
    request_id: str | None = None
    errors: list[dict[str, Any]] | None = None


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(JST).isoformat()
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case BaseModel():
            return value.model_dump(mode="json")
        case set() | frozenset() | tuple():
            return sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
        case _:
            return str(value)


def problem_body(
    error: DomainError,
    *,
    language: str,
    reference: str | None = None,
    request_id: str | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The body of a refusal in the caller's language."""
    lead = error.reason(language)
    body: dict[str, Any] = {
        "type": f"urn:anshin:problem:{lead.code}",
        "title": lead.title,
        "status": STATUS[error.kind],
        "code": lead.code,
        "rule_ids": list(error.rule_ids),
        "why": error.why,
        "reasons": [
            {"code": each.code, "title": each.title, "rule_ids": list(each.rule_ids), "why": each.why}
            for each in (cause.reason(language) for cause in error.reasons)
        ],
    }
    optional = {"reference": reference, "request_id": request_id, "errors": errors}
    body |= {name: value for name, value in optional.items() if value is not None}
    return body


def problem_response(error: DomainError, **details: Any) -> Response:
    """The answer to a refusal."""
    headers = {}
    retry_after = max((cause.retry_after or 0 for cause in error.reasons), default=0)
    if retry_after:
        headers["Retry-After"] = str(retry_after)
    if error.kind is Kind.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    if error.kind in {Kind.TOO_SLOW, Kind.TOO_LARGE}:
        headers["Connection"] = "close"  # what is still to come of the body is not waited for
    body = problem_body(error, **details)
    return Response(
        json.dumps(body, ensure_ascii=False, default=_plain).encode("utf-8", "replace"),
        status_code=body["status"],
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def refused_response(refused: Refused, *, language: str, request_id: str | None) -> Response:
    """The answer to a refusal that was itself recorded as a fact."""
    return problem_response(refused.error, language=language, reference=refused.reference, request_id=request_id)
