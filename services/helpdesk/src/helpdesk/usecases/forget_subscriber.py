"""A subscriber's personal data is gone; so is every copy here."""

from __future__ import annotations

from common.db import Tx
from helpdesk.storage import attachments, callbacks, calls, case_work, inquiries, records, reports, told


async def forget_subscriber(subscriber_id: str, tx: Tx) -> None:
    """Erase name, phones, callers, the numbers of their calls, who consented in words, files, record and secrets."""
    await told.remove_subscriber(tx, subscriber_id)
    await inquiries.forget_callers(tx, subscriber_id)
    await case_work.forget_consenters(tx, subscriber_id)
    await calls.forget_numbers(tx, subscriber_id)
    await callbacks.forget_numbers(tx, subscriber_id)
    await attachments.forget(tx, subscriber_id)
    await reports.forget_callers(tx, subscriber_id)
    await records.forget(tx, subscriber_id)
