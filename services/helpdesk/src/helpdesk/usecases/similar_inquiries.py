"""What helped before: solved inquiries that say nearly the same."""

from __future__ import annotations

from common.db import Tx
from helpdesk.domain.refusals import InquiryUnknown
from helpdesk.domain.search import likeness
from helpdesk.storage import inquiries
from helpdesk.storage import search as documents
from helpdesk.usecases.search import Hit, hit_of

MOST = 5


async def similar_inquiries(inquiry_id: str, tx: Tx) -> list[Hit]:
    """The most similar first, with their solutions; raises `InquiryUnknown`."""
    found = await inquiries.find(tx, inquiry_id)
    if found is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    compared = likeness(found.inquiry.summary)
    if compared is None:
        return []
    alike = await documents.alike(tx, found.id, compared, limit=MOST)
    return [hit_of(each, compared.probe) for each in alike]
