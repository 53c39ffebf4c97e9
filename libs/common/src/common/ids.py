"""Identifiers: a prefix that names the kind, then a UUIDv7: ids sort by creation and logs explain themselves."""

from __future__ import annotations

import re

import uuid_utils

ID_PATTERN = re.compile(r"^[a-z]{2,5}_[0-9a-f]{32}$")


def new_id(prefix: str) -> str:
    """A fresh id such as `ctr_0197f3c2…` (prefix, underscore, 32 hex digits of a UUIDv7)."""
    return f"{prefix}_{uuid_utils.uuid7().hex}"
