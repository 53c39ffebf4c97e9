"""What changes in a contract's register: corrections of an application, line, address, holder, partner."""

from __future__ import annotations

from common.http import IfMatch, Now, PageOf, Router, TxDep
from contracts.api.change_schemas import (
    AddressChangeIn,
    AddressChangeOut,
    AddressPeriodOut,
    CompletionIn,
    CorrectionIn,
    LineCancellationIn,
    LineChangeIn,
    PartnerChangeIn,
    SuccessionIn,
)
from contracts.api.contract_schemas import ContractOut
from contracts.api.subscriber_schemas import SubscriberOut
from contracts.storage import contracts
from contracts.usecases.change_line import put_on_another_line, take_line_away
from contracts.usecases.complete_application import complete_application
from contracts.usecases.decide_application import return_for_correction
from contracts.usecases.move_contract import call_move_off, move_contract
from contracts.usecases.pass_contract_on import pass_to_partner, pass_to_successor

router = Router(prefix="/api/contracts/v1", tags=["changes"])


@router.post("/contracts/{contract_id}/corrections", status_code=201, response_model=ContractOut)
async def post_correction(contract_id: str, body: CorrectionIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Return an application to its applicant: what is missing or wrong (申込不備)."""
    done = await return_for_correction(contract_id, body.named(), tx, now, expected=if_match)
    return ContractOut.of(done, now)


@router.post("/contracts/{contract_id}/completion", response_model=ContractOut)
async def post_completion(contract_id: str, body: CompletionIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Complete a returned application; it is judged anew (R-ELIGIBLE-LINE, R-SALE-WINDOW)."""
    return ContractOut.of(await complete_application(body.command(contract_id), tx, now, expected=if_match), now)


@router.post("/contracts/{contract_id}/line-changes", status_code=201, response_model=ContractOut)
async def post_line_change(contract_id: str, body: LineChangeIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Put a contract on another line (移転, 転用, 事業者変更; R-ELIGIBLE-LINE); one that was parked goes on."""
    return ContractOut.of(await put_on_another_line(body.command(contract_id), tx, now, expected=if_match), now)


@router.post("/contracts/{contract_id}/line-cancellation", response_model=ContractOut)
async def post_line_cancellation(
    contract_id: str, body: LineCancellationIn, tx: TxDep, now: Now, if_match: IfMatch
) -> object:
    """The line is gone: a Light contract is parked or ends, by the catalogue's `line_cancellation_park_days`."""
    return ContractOut.of(await take_line_away(contract_id, tx, now, reason=body.reason, expected=if_match), now)


@router.post("/contracts/{contract_id}/address-changes", status_code=201, response_model=AddressChangeOut)
async def post_address_change(
    contract_id: str, body: AddressChangeIn, tx: TxDep, now: Now, if_match: IfMatch
) -> object:
    """Another contract address from a day on (R-ADDRESS); names the visits and loans that are judged again."""
    return AddressChangeOut.of(await move_contract(body.command(contract_id), tx, now, expected=if_match))


@router.get("/contracts/{contract_id}/address-changes", response_model=PageOf[AddressPeriodOut])
async def list_address_changes(contract_id: str, tx: TxDep) -> object:
    """All contract addresses, former and scheduled ones too."""
    contract = await contracts.load(tx, contract_id)
    return {"items": [AddressPeriodOut.of(held) for held in contract.addresses], "next": None}


@router.post("/contracts/{contract_id}/address-changes/{address_id}/cancellation", response_model=ContractOut)
async def post_address_change_cancellation(
    contract_id: str, address_id: str, tx: TxDep, now: Now, if_match: IfMatch
) -> object:
    """Take a scheduled change of address back before its day."""
    return ContractOut.of(await call_move_off(contract_id, address_id, tx, now, expected=if_match), now)


@router.post("/contracts/{contract_id}/succession", response_model=ContractOut)
async def post_succession(contract_id: str, body: SuccessionIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """The contract passes to another holder, who has consented (承継, R-CONSENT)."""
    return ContractOut.of(await pass_to_successor(body.command(contract_id), tx, now, expected=if_match), now)


@router.post("/subscribers/{subscriber_id}/partner-change", response_model=SubscriberOut)
async def post_partner_change(
    subscriber_id: str, body: PartnerChangeIn, tx: TxDep, now: Now, if_match: IfMatch
) -> object:
    """A subscriber and its contracts pass to another partner, or to the house."""
    moved = await pass_to_partner(subscriber_id, body.partner, tx, now, reason=body.reason, expected=if_match)
    return SubscriberOut.of(moved)
