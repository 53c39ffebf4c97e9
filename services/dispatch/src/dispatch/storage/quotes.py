"""Quotes as they lie in jsonb columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dispatch.domain.quotes import PricedLine, Quote


def kept(quote: Quote | None) -> dict[str, Any] | None:
    """A quote for its column."""
    return None if quote is None else {"lines": [asdict(line) for line in quote.lines], "total": quote.total}


def read(column: Mapping[str, Any] | None) -> Quote | None:
    """A quote from its column."""
    if column is None:
        return None
    return Quote(lines=tuple(PricedLine(**line) for line in column["lines"]), total=column["total"])
