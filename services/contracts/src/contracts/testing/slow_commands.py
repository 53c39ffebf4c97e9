"""The commands of a contract's life on the slow model: whether they may be given, and what they leave behind."""

from __future__ import annotations

from datetime import date, datetime

from contracts.testing.slow_model import DAY, PARK_DAYS, PLANS, SlowContract, Span, day_of, midnight

IN_FORCE = ("active", "suspended")


def activate(c: SlowContract, now: datetime) -> bool:
    """It comes into force on its first day."""
    if c.state(now) != "applied" or c.missing("activation", now):
        return False
    c.active_from = max(c.start, now)
    c.head = "active"
    c.statuses.append((c.active_from, "active"))
    return True


def suspend(c: SlowContract, now: datetime) -> bool:
    """Its use stops."""
    if c.state(now) != "active":
        return False
    c.head = "suspended"
    c.statuses.append((c.begun(now), "suspended"))
    return True


def resume(c: SlowContract, now: datetime) -> bool:
    """Its use goes on."""
    if c.state(now) != "suspended" or (c.family_at(now) == "light" and not c.has_line):
        return False
    c.head, c.parked = "active", None
    c.statuses.append((c.begun(now), "active"))
    return True


def terminate(c: SlowContract, now: datetime) -> bool:
    """It ends with its fee month, and all that runs with it."""
    if c.state(now) not in IN_FORCE or c.ends is not None:
        return False
    _end(c, c.month_after(c.begun(now)))
    return True


def take_back_termination(c: SlowContract, now: datetime) -> bool:
    """It goes on, and all that ran with it runs as long as it was asked for."""
    if c.state(now) not in IN_FORCE or c.ends is None or (c.family_at(now) == "light" and not c.has_line):
        return False
    for span in (*c.hours, *c.sites):
        span.ends = span.asked if span.ends == c.ends else span.ends
    c.ends = None
    return True


def _end(c: SlowContract, ends: datetime) -> None:
    c.ends, c.parked, c.pending = ends, None, None
    c.plans = [fact for fact in c.plans if fact[0] < ends]
    if PLANS[c.plans[-1][1]][0] == "standard":
        c.has_line = False
    c.extras = [extra for extra in c.extras if midnight(extra[1]) < ends]
    for spans in (c.hours, c.sites):
        spans[:] = [span for span in spans if span.begins < ends]
        for span in spans:
            span.ends = ends if span.ends is None or span.ends > ends else span.ends


def change_plan(c: SlowContract, now: datetime, plan: str) -> bool:
    """Another plan from the next fee month on."""
    begins = c.month_after(c.begun(now))
    family = PLANS[plan][0]
    running = [span for span in c.hours if span.ends is None or span.ends > begins]
    bought = [day for _, day in c.extras if c.month_after(midnight(day)) > begins]
    wrong_options = (running and PLANS[c.plan_at(now)][0] != family) or (bought and family != "standard")
    no_line = family == "light" and c.family_at(now) == "light" and not c.has_line
    if (
        c.state(now) != "active"
        or plan == c.plan_at(now)
        or c.pending is not None
        or c.ends is not None
        or wrong_options
        or no_line
    ):
        return False
    c.pending = (begins, plan)
    c.plans.append(c.pending)
    if family == "light":
        c.has_line = True
    return True


def cancel_plan_change(c: SlowContract, now: datetime) -> bool:
    """The change is off."""
    if c.pending is None or c.pending[0] <= now:
        return False
    c.plans.remove(c.pending)
    c.pending = None
    if c.family_at(now) == "standard":
        c.has_line = False
    return True


def take_hours(c: SlowContract, now: datetime, name: str, start_on: date, end_on: date | None) -> bool:
    """Hours without closing."""
    begins = midnight(start_on)
    ends = asked = midnight(end_on + DAY) if end_on else None
    if c.ends is not None:
        ends = c.ends if ends is None or ends > c.ends else ends
    if not _may_begin(c, now, start_on) or (end_on is not None and end_on < start_on):
        return False
    if any((s.ends is None or begins < s.ends) and (ends is None or s.begins < ends) for s in c.hours):
        return False
    if not name.startswith(c.family_at(begins)) or not _same_family(c, name, begins, ends):
        return False
    c.hours.append(Span(name, begins, ends, asked=asked))
    return True


def end_hours(c: SlowContract, now: datetime, which: int, end_on: date | None) -> bool:
    """Its last day; one that would end before it began never was."""
    if which >= len(c.hours):
        return False
    span = c.hours[which]
    last = end_on or day_of(c.month_after(now)) - DAY
    ends = midnight(last + DAY)
    if last < day_of(now) or (span.ends is not None and (span.ends <= now or span.ends < ends)):
        return False
    span.ends = span.asked = ends
    if ends <= span.begins:
        c.hours.remove(span)
    return True


def take_extra(c: SlowContract, now: datetime, name: str, start_on: date) -> bool:
    """Twenty more inquiries in one fee month."""
    begins = midnight(start_on)
    month_ends = c.month_after(begins)
    again = any(c.month_begins(day) == c.month_begins(start_on) for _, day in c.extras)
    if not _may_begin(c, now, start_on) or again or c.family_at(begins) != "standard":
        return False
    if not _same_family(c, "standard", begins, month_ends):
        return False
    c.extras.append((name, start_on))
    return True


def _may_begin(c: SlowContract, now: datetime, start_on: date) -> bool:
    if c.state(now) != "active" or c.active_from is None or start_on < day_of(c.active_from):
        return False
    if c.month_begins(start_on) < c.month_begins(day_of(now)):
        return False
    return c.ends is None or midnight(start_on) < c.ends


def _same_family(c: SlowContract, family: str, begins: datetime, ends: datetime | None) -> bool:
    later = [plan for at, plan in c.plans if at > begins and (ends is None or at < ends)]
    return all(family.startswith(PLANS[plan][0]) for plan in later)


def move(c: SlowContract, now: datetime, name: str, day: date) -> bool:
    """Another contract address."""
    begins = max(now, midnight(day))
    waiting = any(at > now for at, _ in c.addresses)
    if c.state(now) not in IN_FORCE or day < day_of(now) or waiting or (c.ends is not None and c.ends <= begins):
        return False
    c.addresses.append((begins, name))
    return True


def cancel_move(c: SlowContract, now: datetime) -> bool:
    """The move is off."""
    waiting = [fact for fact in c.addresses if fact[0] > now]
    for fact in waiting:
        c.addresses.remove(fact)
    return bool(waiting)


def add_site(c: SlowContract, now: datetime, name: str) -> bool:
    """A telework site of a Standard contract."""
    if c.state(now) != "active" or c.family_at(now) != "standard":
        return False
    c.sites.append(Span(name, now, c.ends))
    return True


def remove_site(c: SlowContract, now: datetime, name: str) -> bool:
    """It is none any more."""
    found = [span for span in c.sites if span.name == name and span.holds(now)]
    for span in found:
        span.ends = now
    return bool(found)


def consent(c: SlowContract, now: datetime, document: str, version: str, accepted: datetime) -> bool:
    """The present holder accepts a document."""
    if c.state(now) == "terminated" or accepted > now:
        return False
    c.consents.append((c.holders[-1][1], document, version, accepted))
    return True


def succeed(c: SlowContract, now: datetime, holder: str, accepted: datetime) -> bool:
    """Another holder, who accepts the service terms."""
    if c.state(now) not in IN_FORCE or c.ends is not None or accepted > now:
        return False
    c.holders.append((now, holder))
    c.consents.append((holder, "service_terms", "2024-04", accepted))
    for span in c.sites:
        span.ends = now if span.ends is None or span.ends > now else span.ends
    return True


def cancel_line(c: SlowContract, now: datetime) -> bool:
    """A Light contract without its line waits, unless it ends anyway."""
    if c.state(now) not in IN_FORCE or c.family_at(now) != "light" or not c.has_line:
        return False
    c.has_line = False
    if c.ends is None:
        c.parked = midnight(day_of(now) + PARK_DAYS * DAY)
        c.resumes_with_line = c.head == "active"
        if c.head == "active":
            c.head = "suspended"
            c.statuses.append((c.begun(now), "suspended"))
    return True


def change_line(c: SlowContract, now: datetime) -> bool:
    """Another line."""
    if c.state(now) not in IN_FORCE:
        return False
    if c.family_at(now) == "light":
        c.has_line = True
        if c.parked is not None and c.resumes_with_line:
            c.head = "active"
            c.statuses.append((c.begun(now), "active"))
        c.parked = None
    return True


def pass_time(c: SlowContract, now: datetime) -> None:
    """What comes by itself until now."""
    if c.parked is not None and c.parked <= now and (c.pending is None or c.parked < c.pending[0]):
        _end(c, c.month_after(c.begun(c.parked)))
    if c.pending is not None and c.pending[0] <= now:
        begins, plan = c.pending
        c.pending = None
        if PLANS[plan][0] == "light":
            for span in c.sites:
                span.ends = begins if span.ends is None or span.ends > begins else span.ends
            c.sites = [span for span in c.sites if span.begins < begins]
        else:
            c.has_line, c.parked = False, None
    if c.parked is not None and c.parked <= now:
        _end(c, c.month_after(c.begun(c.parked)))
