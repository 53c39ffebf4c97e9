"""What comes with the service and is kept by supervisors from then on."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from helpdesk.usecases.keep_products import load_shipped_products
from helpdesk.usecases.keep_triage_tree import load_shipped_trees


async def load_shipped(tx: Tx, now: datetime) -> None:
    """Trees and products that were never here; what was changed since stays as it is."""
    await load_shipped_trees(tx, now)
    await load_shipped_products(tx, now)
