"""Which open troubles may be an outage's: by when they came in, and by where their contract address was then."""

from __future__ import annotations

from dataclasses import dataclass

from common.db import Tx
from common.entitlements import in_force
from helpdesk.domain.outages import Matched, matched
from helpdesk.storage import outages
from helpdesk.storage.outages import OpenTrouble
from helpdesk.usecases.keep_outages import read_outage

AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An open trouble that may be the outage's, and why; its id orders the list."""

    trouble: OpenTrouble
    matched: Matched

    @property
    def id(self) -> str:
        """The inquiry's id."""
        return self.trouble.id


async def find_candidates(outage_id: str, tx: Tx, *, after: str | None, limit: int) -> list[Candidate]:
    """Open troubles since the outage began, in its areas, and no outage's yet, oldest first; raises `OutageUnknown`."""
    outage = await read_outage(outage_id, tx)
    found: list[Candidate] = []
    while len(found) < limit:
        troubles = await outages.open_troubles(tx, since=outage.started_at, after=after, limit=AT_ONCE)
        for each in troubles:
            why = matched(outage.areas, in_force(each.state.address_periods, each.received_at))
            if why is not None:
                found.append(Candidate(trouble=each, matched=why))
        if len(troubles) < AT_ONCE:
            break
        after = troubles[-1].id
    return found[:limit]
