"""Consents, options, changes of plan and telework sites of a contract."""

from __future__ import annotations

from common.http import IfMatch, Now, PageOf, Router, TxDep
from contracts.api.contract_file_schemas import (
    ConsentIn,
    ConsentOut,
    OptionEndIn,
    OptionIn,
    OptionOut,
    PlanChangeIn,
    PlanChangeOut,
    SiteIn,
    SiteOut,
)
from contracts.api.contract_schemas import ContractOut
from contracts.domain.registration import holder_since
from contracts.storage import contracts
from contracts.usecases.change_plan import cancel_plan_change, change_plan, with_devices
from contracts.usecases.file_consent import file_consent
from contracts.usecases.keep_sites import close_site, open_site, relabel_site
from contracts.usecases.take_option import stop_option, take_option

router = Router(prefix="/api/contracts/v1/contracts/{contract_id}", tags=["contracts"])


@router.post("/consents", status_code=201, response_model=ConsentOut)
async def post_consent(contract_id: str, body: ConsentIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Record that a document was accepted (R-CONSENT)."""
    return ConsentOut.of(await file_consent(body.command(contract_id), tx, now, expected=if_match))


@router.get("/consents", response_model=PageOf[ConsentOut])
async def list_consents(contract_id: str, tx: TxDep) -> object:
    """All consents of a contract; a partner sees its present holder's."""
    contract = await contracts.load(tx, contract_id)
    shown = [c for c in contract.consents if tx.partner is None or c.holds_until is None]
    return {"items": [ConsentOut.of(consent) for consent in shown], "next": None}


@router.post("/options", status_code=201, response_model=OptionOut)
async def post_option(contract_id: str, body: OptionIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Take an option (R-EXTRA-INQUIRIES, R-HOURS-EXT)."""
    return OptionOut.of(await take_option(body.command(contract_id), tx, now, expected=if_match))


@router.get("/options", response_model=PageOf[OptionOut])
async def list_options(contract_id: str, tx: TxDep) -> object:
    """All options of a contract, past and scheduled ones too."""
    contract = await contracts.load(tx, contract_id)
    return {"items": [OptionOut.of(option) for option in contract.options], "next": None}


@router.post("/options/{option_id}/end", response_model=ContractOut)
async def post_option_end(
    contract_id: str, option_id: str, body: OptionEndIn, tx: TxDep, now: Now, if_match: IfMatch
) -> object:
    """End the hours extension, or take it back before it began."""
    done = await stop_option(contract_id, option_id, tx, now, end_on=body.end_on, expected=if_match)
    return ContractOut.of(done, now)


@router.post("/plan-changes", status_code=201, response_model=PlanChangeOut)
async def post_plan_change(contract_id: str, body: PlanChangeIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Another plan from the next fee month (R-PLAN-CHANGE); names the devices that must leave (R-MDM-PLAN)."""
    return PlanChangeOut.of(await change_plan(body.command(contract_id), tx, now, expected=if_match))


@router.get("/plan-changes", response_model=PageOf[PlanChangeOut])
async def list_plan_changes(contract_id: str, tx: TxDep) -> object:
    """All changes of plan of a contract."""
    changes = await with_devices(await contracts.load(tx, contract_id), tx)
    return {"items": [PlanChangeOut.of(change) for change in changes], "next": None}


@router.post("/plan-changes/{plan_change_id}/cancellation", response_model=ContractOut)
async def post_plan_change_cancellation(
    contract_id: str, plan_change_id: str, tx: TxDep, now: Now, if_match: IfMatch
) -> object:
    """Take a change of plan back before its first day."""
    done = await cancel_plan_change(contract_id, plan_change_id, tx, now, expected=if_match)
    return ContractOut.of(done, now)


@router.post("/sites", status_code=201, response_model=SiteOut)
async def post_site(contract_id: str, body: SiteIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Add a telework site (R-TELEWORK)."""
    return SiteOut.of(await open_site(contract_id, body.label, tx, now, expected=if_match))


@router.get("/sites", response_model=PageOf[SiteOut])
async def list_sites(contract_id: str, tx: TxDep) -> object:
    """All telework sites of a contract, former ones too; a partner sees its present holder's."""
    contract = await contracts.load(tx, contract_id)
    since = holder_since(contract) if tx.partner is not None else None
    shown = [s for s in contract.sites if since is None or s.starts >= since]
    return {"items": [SiteOut.of(site) for site in shown], "next": None}


@router.put("/sites/{site_id}", response_model=SiteOut)
async def put_site(contract_id: str, site_id: str, body: SiteIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Call a telework site something else."""
    return SiteOut.of(await relabel_site(contract_id, site_id, body.label, tx, now, expected=if_match))


@router.delete("/sites/{site_id}", status_code=204)
async def delete_site(contract_id: str, site_id: str, tx: TxDep, now: Now, if_match: IfMatch) -> None:
    """Remove a telework site."""
    await close_site(contract_id, site_id, tx, now, expected=if_match)
