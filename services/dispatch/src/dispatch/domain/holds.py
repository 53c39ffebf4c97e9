"""What becomes of a promise when what it rests on changes: held, released or flagged, never dropped."""

from __future__ import annotations

from common.errors import WrongState
from common.events.dispatch import VisitFlagged, VisitHeld, VisitReleased
from dispatch.domain.visits import UNDER_WAY, Visit, VisitStatus, VisitStep, require_booked, stepped, tell


def judge_again(visit: Visit, reasons: frozenset[str], *, actor: str) -> VisitStep | None:
    """Hold, release or flag a visit as the reasons against it now stand (R-ISOLATION-EVIDENCE, R-ADDRESS).

    Before departure it is held with an alert and released when nothing speaks against it any more; once under way it is
    flagged for good. It is never cancelled silently. None: nothing changes.
    """
    if visit.status is VisitStatus.BOOKED:
        wanted = tuple(sorted(reasons))
        if wanted == visit.hold_reasons:
            return None
        after = stepped(visit, hold_reasons=wanted)
        if wanted:
            return after, tell(VisitHeld, after, actor, reasons=wanted)
        return after, tell(VisitReleased, after, actor, reasons=visit.hold_reasons)
    new = reasons - set(visit.flags)
    if visit.status not in UNDER_WAY or not new:
        return None
    flagged = stepped(visit, flags=(*visit.flags, *sorted(new)))
    return flagged, tell(VisitFlagged, flagged, actor, reasons=tuple(sorted(new)))


def release(visit: Visit, *, address_id: str | None, actor: str) -> VisitStep:
    """A person looked at a held visit; every rule was judged again and allows it, at that day's contract address."""
    require_booked(visit)
    if not visit.on_hold:
        raise WrongState(status=visit.status, on_hold=False)
    after = stepped(visit, hold_reasons=(), address_id=address_id)
    return after, tell(VisitReleased, after, actor, reasons=visit.hold_reasons)
