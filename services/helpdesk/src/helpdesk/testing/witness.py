"""A witness in the database: each movement of a month's units, in the order in which they truly happened.

It writes while the counter's row is locked by what it witnesses, so its numbers are that order whoever ran beside whom.
"""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from helpdesk.domain.inquiry import UnitSource
from helpdesk.domain.quota import Allowance, Counter, next_source

SCHEMA = "helpdesk"
_INSTALL = """
CREATE TABLE witness (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, contract_id text, fee_month text, units int, unit_source text,
    plan_limit int, extra_limit int, used int, ceiling int, ledger int
);
GRANT SELECT ON witness TO helpdesk;
CREATE FUNCTION witness_month() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO witness (contract_id, fee_month, units, unit_source, plan_limit, extra_limit, used, ceiling, ledger)
    SELECT c.contract_id, c.fee_month, CASE TG_TABLE_NAME WHEN 'quota_ledger' THEN (to_jsonb(NEW) ->> 'units')::int END,
           to_jsonb(NEW) ->> 'unit_source', c.plan_limit, c.extra_limit, c.used, c.ceiling,
           (SELECT coalesce(sum(l.units), 0) FROM quota_ledger l
            WHERE l.contract_id = c.contract_id AND l.fee_month = c.fee_month)
    FROM quota_counter c WHERE c.contract_id = NEW.contract_id AND c.fee_month = NEW.fee_month;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER INSERT ON quota_ledger FOR EACH ROW EXECUTE FUNCTION witness_month();
CREATE TRIGGER witness AFTER UPDATE ON quota_counter FOR EACH ROW
WHEN ((OLD.plan_limit, OLD.extra_limit) IS DISTINCT FROM (NEW.plan_limit, NEW.extra_limit))
EXECUTE FUNCTION witness_month();
"""  # `witness` fires after `counts`: triggers of a table do so by their names
_READ = """
SELECT n, fee_month, units, unit_source, plan_limit, extra_limit, used, ceiling, ledger
FROM witness WHERE contract_id = $1 ORDER BY n
"""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The month after something happened; `units` is None when only its limits moved."""

    n: int
    fee_month: str
    units: int | None
    unit_source: str | None
    plan_limit: int
    extra_limit: int
    used: int
    ceiling: int
    ledger: int

    @property
    def allowance(self) -> Allowance:
        """The limits at that moment."""
        return Allowance(self.plan_limit, self.extra_limit)

    @property
    def full(self) -> bool:
        """Whether no unit was left."""
        return self.used >= self.allowance.limit


async def install(admin_url: str) -> None:
    """Put the witness into a test's database."""
    connection = await asyncpg.connect(admin_url, server_settings={"search_path": SCHEMA})
    try:
        await connection.execute(_INSTALL)
    finally:
        await connection.close()


async def testimony(connection: asyncpg.Connection, contract_id: str) -> list[Seen]:
    """All that happened to the months of a contract."""
    return [Seen(**dict(row)) for row in await connection.fetch(_READ, contract_id)]


def replayed(seen: list[Seen]) -> dict[str, Counter]:
    """What one who does the same things one after the other comes to, by month.

    Raises `AssertionError` where the sequential model would have said no, taken another unit, or counted otherwise.
    """
    months: dict[str, Counter] = {}
    for moment in seen:
        before = months.get(moment.fee_month, Counter())
        if moment.units == 1:
            assert next_source(moment.allowance, before) == moment.unit_source, moment
        after = _moved(before, moment)
        assert after.used == moment.used == moment.ledger, moment
        assert moment.used <= moment.ceiling, moment
        assert moment.units != 1 or moment.used <= moment.allowance.limit, moment
        months[moment.fee_month] = after
    return months


def _moved(before: Counter, moment: Seen) -> Counter:
    units = moment.units or 0
    if moment.unit_source == UnitSource.PLAN:
        return Counter(plan=before.plan + units, extra=before.extra)
    return Counter(plan=before.plan, extra=before.extra + units)
