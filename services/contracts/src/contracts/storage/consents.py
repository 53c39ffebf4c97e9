"""Which contracts have not accepted what is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from common.db import Tx

# A consent in a newer version counts for the older ones; those of former holders do not count.
_OUTSTANDING = """
SELECT c.id, c.subscriber_id, array_agg(d.document ORDER BY d.document) AS documents,
       array_agg(d.version ORDER BY d.document) AS versions, array_agg(d.accepted ORDER BY d.document) AS accepted
FROM contract c CROSS JOIN LATERAL (
    SELECT w.document, w.version, max(s.document_version) AS accepted
    FROM unnest($1::text[], $2::text[]) AS w (document, version)
    LEFT JOIN consent s ON s.contract_id = c.id AND s.document = w.document AND s.holds_until IS NULL
    GROUP BY w.document, w.version
    HAVING max(s.document_version) IS NULL OR max(s.document_version) < w.version
) d
WHERE c.status IN ('active', 'suspended') AND ($3::text IS NULL OR c.id > $3)
GROUP BY c.id ORDER BY c.id LIMIT $4
"""


@dataclass(frozen=True, kw_only=True)
class OutstandingDocument:
    """A document in the version that is wanted, and the newest that was accepted, if any."""

    document: str
    version: str
    accepted_version: str | None


@dataclass(frozen=True, kw_only=True)
class Outstanding:
    """A contract in force whose holder has not accepted these."""

    id: str
    subscriber_id: str
    documents: tuple[OutstandingDocument, ...]


async def outstanding(tx: Tx, wanted: Mapping[str, str], *, after: str | None, limit: int) -> list[Outstanding]:
    """Contracts in force in id order, behind `after`, without a consent to one of the wanted versions."""
    rows = await tx.connection.fetch(_OUTSTANDING, list(wanted), list(wanted.values()), after, limit)
    return [
        Outstanding(
            id=row["id"],
            subscriber_id=row["subscriber_id"],
            documents=tuple(
                OutstandingDocument(document=document, version=version, accepted_version=accepted)
                for document, version, accepted in zip(row["documents"], row["versions"], row["accepted"], strict=True)
            ),
        )
        for row in rows
    ]
