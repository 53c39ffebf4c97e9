"""The list of supported products."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date
from importlib.resources import files
from typing import Any

import orjson
import sqlalchemy as sa

from common.db import Record, Tx, refusing
from common.folding import fold
from helpdesk.domain.products import Key, Product, ProductTwice, Support, Terms
from helpdesk.storage.tables import supported_product as table
from helpdesk.storage.tables import supported_product_version

_TERMS = [each.name for each in fields(Terms)]
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('supported_product'))"
_LAST_DAY = sa.func.coalesce(table.c.until, table.c.maker_ends_on)
_CALLED = sa.func.text_fold(table.c.maker + " " + table.c.name)
# A whole list is a thousand lines: Core would compile a statement of as many rows for half a minute.
_COLUMNS = [*_TERMS, "listed", "version", "actor", "at"]
_NAMED, _GIVEN = ", ".join(_COLUMNS), ", ".join(f"${place}" for place in range(2, len(_COLUMNS) + 2))
_AGAIN = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)
_SAVE = f"""
INSERT INTO supported_product (id, {_NAMED}) VALUES ($1, {_GIVEN}) ON CONFLICT (id) DO UPDATE SET {_AGAIN}
"""  # noqa: S608 - put together from constants
_KEEP = f"""
INSERT INTO supported_product_version (product_id, {_NAMED}) VALUES ($1, {_GIVEN})
"""  # noqa: S608 - put together from constants
MOST_OF_A_NAME = 200
"""How many lines one name may have."""


def shipped() -> list[Terms]:
    """What comes with this service: systems and programs whose makers have said when support ends."""
    lines = orjson.loads((files("helpdesk") / "supported_products.json").read_bytes())
    return [terms_of({**line, **_days(line)}) for line in lines]


async def alone(tx: Tx) -> None:
    """Nobody else changes the list until this transaction ends."""
    await tx.connection.execute(_ALONE)


async def save(tx: Tx, *products: Product) -> None:
    """Keep lines, new or known, each as its next version; raises `ProductTwice`. The list is held alone."""
    if not products:
        return
    rows = [_row(each) for each in products]
    with refusing(uq_supported_product_key=ProductTwice):
        await tx.connection.executemany(_SAVE, rows)
    await tx.connection.executemany(_KEEP, rows)


async def find(tx: Tx, product_id: str) -> Product | None:
    """A line as it stands."""
    row = await tx.first(sa.select(table).where(table.c.id == product_id))
    return None if row is None else _product(row, row["id"])


async def by_key(tx: Tx) -> dict[Key, Product]:
    """All lines there ever were."""
    found = [_product(row, row["id"]) for row in await tx.all(sa.select(table))]
    return {each.terms.key: each for each in found}


async def called(tx: Tx, name: str, *, category: str | None) -> list[Product]:
    """Lines of products that are called so, with their maker or without; spelling does not matter."""
    same = fold(name)
    spelt = sa.literal(same).in_([sa.func.text_fold(table.c.name), _CALLED])
    statement = sa.select(table).where(table.c.listed, spelt)
    if category is not None:
        statement = statement.where(table.c.category == category)
    return [_product(row, row["id"]) for row in await tx.all(statement.order_by(table.c.id).limit(MOST_OF_A_NAME))]


async def listed(
    tx: Tx,
    *,
    q: str | None,
    category: str | None,
    support: Support | None,
    ends_before: date | None,
    after: str | None,
    limit: int,
) -> list[Product]:
    """The list, in the order in which its lines came in."""
    statement = sa.select(table).where(table.c.listed).order_by(table.c.id).limit(limit)
    if q is not None:
        statement = statement.where(_CALLED.contains(fold(q), autoescape=True))
    if category is not None:
        statement = statement.where(table.c.category == category)
    if support is not None:
        statement = statement.where(table.c.support == support.value)
    if ends_before is not None:
        statement = statement.where(ends_before > _LAST_DAY)
    if after is not None:
        statement = statement.where(table.c.id > after)
    return [_product(row, row["id"]) for row in await tx.all(statement)]


async def versions(tx: Tx, product_id: str, *, before: int | None, limit: int) -> list[Product]:
    """Versions before `before`, the newest first."""
    statement = sa.select(supported_product_version).where(supported_product_version.c.product_id == product_id)
    if before is not None:
        statement = statement.where(supported_product_version.c.version < before)
    rows = await tx.all(statement.order_by(supported_product_version.c.version.desc()).limit(limit))
    return [_product(row, row["product_id"]) for row in rows]


def terms_of(row: Record | dict[str, Any]) -> Terms:
    """What a line says."""
    return Terms(**{**{name: row[name] for name in _TERMS}, "support": Support(row["support"])})


def _days(line: dict[str, Any]) -> dict[str, date | None]:
    names = ("maker_ends_on", "since", "until")
    return {name: date.fromisoformat(line[name]) if line[name] else None for name in names}


def _row(product: Product) -> list[Any]:
    terms = {**asdict(product.terms), "support": product.terms.support.value}
    return [product.id, *terms.values(), product.listed, product.version, product.actor, product.at]


def _product(row: Record, product_id: str) -> Product:
    return Product(
        id=product_id,
        version=row["version"],
        listed=row["listed"],
        terms=terms_of(row),
        actor=row["actor"],
        at=row["at"],
    )
