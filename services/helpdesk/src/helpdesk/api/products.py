"""Supported products: the list, and what it says on a day."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.civil import jst_day
from common.http import Code, IdText, IfMatch, Line, Now, PageOf, Paging, Router, SettingsDep, TxDep, page
from helpdesk.api.product_schemas import (
    CheckOut,
    DayIn,
    ImportedOut,
    ProductOut,
    ProductVersionOut,
    ProductVersionsOut,
    ScopeOut,
    TermsIn,
    WholeListIn,
)
from helpdesk.domain.products import Support, verdict_of
from helpdesk.storage import products
from helpdesk.usecases.keep_products import add_product, change_product, check_product, found_product, import_products

router = Router(prefix="/api/helpdesk/v1", tags=["supported products"])


@router.get("/supported-products", response_model=PageOf[ProductOut])
async def list_products(
    tx: TxDep,
    paging: Paging,
    q: Annotated[Line | None, Query(description="Part of maker and name, in any spelling.")] = None,
    category: Annotated[Code | None, Query()] = None,
    support: Annotated[Support | None, Query()] = None,
    ends_before: Annotated[DayIn | None, Query(description="The house's last day lies before this one.")] = None,
) -> object:
    """The list, oldest line first."""
    rows = await products.listed(
        tx,
        q=q,
        category=category,
        support=support,
        ends_before=ends_before,
        after=paging.after,
        limit=paging.limit + 1,
    )
    return page(rows, paging, to=ProductOut.of)


@router.put("/supported-products", response_model=ImportedOut)
async def put_list(body: WholeListIn, tx: TxDep, now: Now) -> object:
    """The whole list anew: lines are known by category, maker, name and versions; what is not in it leaves the list."""
    return ImportedOut.of(await import_products([each.terms() for each in body.items], tx, now))


@router.post("/supported-products", status_code=201, response_model=ProductOut)
async def add(body: TermsIn, tx: TxDep, now: Now) -> object:
    """One more line."""
    return ProductOut.of(await add_product(body.terms(), tx, now))


@router.get("/supported-products/check", response_model=CheckOut)
async def check(
    tx: TxDep,
    now: Now,
    settings: SettingsDep,
    name: Annotated[Line, Query(description="With the maker or without, in any spelling.")],
    version: Annotated[Line | None, Query()] = None,
    category: Annotated[Code | None, Query()] = None,
    on: Annotated[DayIn | None, Query(description="The day; today unless said.")] = None,
) -> object:
    """Whether a product is in scope, before anything is counted (R-PRODUCT-SCOPE)."""
    scopes = await check_product(name, version, on or jst_day(now), tx, category=category)
    items = [ScopeOut.of(each, settings.product_warning_days) for each in scopes]
    return CheckOut(verdict=verdict_of(scopes, version), items=items)


@router.get("/supported-products/{product_id}", response_model=ProductOut)
async def read(product_id: IdText, tx: TxDep) -> object:
    """A line as it stands, also one that left the list."""
    return ProductOut.of(await found_product(product_id, tx))


@router.put("/supported-products/{product_id}", response_model=ProductOut)
async def change(product_id: IdText, body: TermsIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """The next version of a line; one that left the list is in it again."""
    return ProductOut.of(await change_product(product_id, body.terms(), tx, now, expected=version))


@router.get("/supported-products/{product_id}/versions", response_model=ProductVersionsOut)
async def list_versions(
    product_id: IdText,
    tx: TxDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    before: Annotated[int | None, Query(ge=1, le=2_000_000_000)] = None,
) -> object:
    """What the line said, by whom and when, the newest first."""
    await found_product(product_id, tx)
    rows = await products.versions(tx, product_id, before=before, limit=limit + 1)
    items = [ProductVersionOut.of_version(each) for each in rows[:limit]]
    return ProductVersionsOut(items=items, next=items[-1].version if len(rows) > limit else None)
