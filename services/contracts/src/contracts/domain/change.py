"""What a command makes of a contract: its new value, the facts to tell, and an entry for its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from common.events.contracts import LifecycleData
from contracts.domain.contract import Contract


@dataclass(frozen=True, kw_only=True)
class Change:
    """`contract` carries the versions it was read with; whoever records the change counts them up.

    Plan and option rows without `event_id` were put in force by the first of `facts` and get its id.
    """

    contract: Contract
    act: str
    facts: tuple[LifecycleData, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)
