"""What promised remote sessions are judged by: when they are promised, and whenever somebody looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.closed_days import ClosedDays
from common.db import Tx
from common.entitlements import closed_days, consent_missing
from common.events.contracts import RequiredConsent, ToolOs
from helpdesk.domain import remote
from helpdesk.domain.bookings import Ground
from helpdesk.domain.refusals import CatalogueUnknown
from helpdesk.domain.remote import Gate
from helpdesk.domain.service_hours import ServiceHours
from helpdesk.storage import catalogue
from helpdesk.storage.entitlements import Known


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Closed days, the documents that sessions need, and what the tool runs on."""

    closed: ClosedDays
    consents: Sequence[RequiredConsent]
    matrix: Sequence[ToolOs]

    def ground(self, known: Known, starts_at: datetime, now: datetime) -> Ground:
        """What a session of this contract at `starts_at` rests on, by what is known `now`.

        The spoken consent is asked for when the session starts.
        """
        gate = Gate(
            documents_missing=consent_missing(known.state, self.consents, remote.PURPOSE, now),
            spoken=True,
            matrix=self.matrix,
            session_running=False,
            known_up_to=known.known_at,
        )
        hours = ServiceHours(known.state, self.closed)
        return Ground(gate=gate, standing=known.standing(starts_at), hours=hours, closed=self.closed)


async def known_closed_days(tx: Tx) -> ClosedDays:
    """The closed days; raises `CatalogueUnknown` while they have not arrived."""
    calendar = await catalogue.calendar(tx)
    if calendar is None:
        raise CatalogueUnknown(part=catalogue.CALENDAR)
    return closed_days(calendar)


async def rules(tx: Tx) -> Rules:
    """As last told; raises `CatalogueUnknown` while a part has not arrived."""
    return Rules(
        closed=await known_closed_days(tx),
        consents=(await catalogue.part(tx, catalogue.REQUIRED_CONSENTS)).required_consents,
        matrix=(await catalogue.part(tx, catalogue.TOOL_MATRIX)).tool_matrix,
    )
