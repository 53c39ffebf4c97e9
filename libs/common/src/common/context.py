"""Who asked for something and what it belongs to; carried by every transaction and into every event."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from common.tracing import begun


@dataclass(frozen=True, kw_only=True)
class Context:
    """The origin of a transaction.

    `actor` is a subject id (or `system:<service>`), `partner` the tenant (None: the house), `causation_id` the
    request or event that caused it, `correlation_id` the case or contract it belongs to, once known, `traceparent` the
    hop of its trace (W3C Trace Context) that this is.
    """

    actor: str
    partner: str | None = None
    request_id: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None


def system_context(service: str) -> Context:
    """The origin of what a service does by itself: sweeps, start-up."""
    return Context(actor=f"system:{service}", traceparent=begun())


request_id_var: ContextVar[str | None] = ContextVar("request_id", default=None)
event_id_var: ContextVar[str | None] = ContextVar("event_id", default=None)
