"""Keep the list of supported products: line by line, or as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from common.db import Tx
from helpdesk.domain.products import (
    Imported,
    Product,
    ProductUnknown,
    Scope,
    Terms,
    changed,
    first,
    imported,
    matching,
    scope_of,
)
from helpdesk.storage import products


async def add_product(terms: Terms, tx: Tx, now: datetime) -> Product:
    """A new line; raises `ProductTwice`, `ProductDatesCrossed`."""
    await products.alone(tx)
    new = first(terms, actor=tx.actor, now=now)
    await products.save(tx, new)
    return new


async def change_product(product_id: str, terms: Terms, tx: Tx, now: datetime, *, expected: int | None) -> Product:
    """Its next version; raises `ProductUnknown`, `StaleVersion`, `ProductTwice`, `ProductDatesCrossed`."""
    await products.alone(tx)
    before = await found_product(product_id, tx)
    after = changed(before, terms, expected=expected, actor=tx.actor, now=now)
    await products.save(tx, after)
    return after


async def import_products(wanted: Sequence[Terms], tx: Tx, now: datetime) -> Imported:
    """Make the list this one: what is new comes in, what is not in it leaves the list and stays.

    Raises `ProductTwice`, `ProductDatesCrossed` with every line that is wrong; nothing is changed then.
    """
    await products.alone(tx)
    done = imported(await products.by_key(tx), wanted, actor=tx.actor, now=now)
    await products.save(tx, *done.written)
    return done


async def load_shipped_products(tx: Tx, now: datetime) -> None:
    """Put in what comes with the service and was never in the list; what was changed or left it stays as it is."""
    await products.alone(tx)
    known = await products.by_key(tx)
    new = [terms for terms in products.shipped() if terms.key not in known]
    await products.save(tx, *[first(terms, actor=tx.actor, now=now) for terms in new])


async def found_product(product_id: str, tx: Tx) -> Product:
    """A line as it stands; raises `ProductUnknown`."""
    found = await products.find(tx, product_id)
    if found is None:
        raise ProductUnknown(product_id=product_id)
    return found


async def check_product(name: str, version: str | None, on: date, tx: Tx, *, category: str | None) -> list[Scope]:
    """What the list says on a day of products that are called so, the most particular line first."""
    return [scope_of(each, on) for each in matching(await products.called(tx, name, category=category), version)]
