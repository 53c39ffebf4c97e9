"""Files on cases: what is taken, who sees them, how they come back, when they go."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import zipfile
from typing import Any, cast

import httpx

from common.events.contracts import SubscriberErased
from common.testing import RunningService
from helpdesk.domain.attachments import LARGEST
from helpdesk.settings import HelpdeskSettings
from helpdesk.testing import API, SUBSCRIBER, accepted, entitlements, get, post, tell, told
from helpdesk.testing.files import JPEG, PDF, PNG


async def attached(client: httpx.AsyncClient, inquiry: str, name: str, content: bytes, **over: Any) -> httpx.Response:
    query = httpx.QueryParams(inquiry_id=inquiry, file_name=name, **over)
    return await client.post(f"{API}/attachments?{query}", content=content)


def archive() -> bytes:
    """A bomb: a megabyte of zeros in a kilobyte."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.txt", bytes(1_000_000))
    return written.getvalue()


TAKEN = [
    ("ルーターの ランプ.JPG", JPEG, "image/jpeg", "image/jpeg"),
    ("screen.png", PNG, "image/png", "image/png"),
    ("見積.pdf", PDF, "application/pdf", "application/pdf"),
    ("syslog.log", b"Jun  1 10:00:00 ppp0: LCP timeout\n", "text/plain", "application/octet-stream"),
    ("エラー.txt", "接続エラー".encode("cp932"), "text/plain", "application/octet-stream"),
    ("wide.csv", "a,接続".encode("utf-16"), "text/plain", "application/octet-stream"),
    ("page.txt", b"<html><script>alert(1)</script></html>", "text/plain", "application/octet-stream"),
]
REFUSED: list[tuple[str, bytes, str, str | None]] = [
    ("empty.txt", b"", "attachment_empty", None),
    ("bomb.zip", archive(), "attachment_type_refused", None),
    ("bomb.jpg", archive(), "attachment_type_refused", None),
    ("log.txt", gzip.compress(bytes(1_000_000)), "attachment_type_refused", None),
    ("setup.png", b"MZ\x90\x00" + bytes(200), "attachment_type_refused", None),
    ("raw.log", b"log\x00line", "attachment_type_refused", None),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "attachment_name_refused", "ending"),
    ("page.html", b"<html></html>", "attachment_name_refused", "ending"),
    ("photo.jpg.exe", JPEG, "attachment_name_refused", "ending"),
    ("photo.png", JPEG, "attachment_name_refused", "ending"),
    ("jpg", JPEG, "attachment_name_refused", "ending"),
    ("../../etc/passwd.jpg", JPEG, "attachment_name_refused", "path"),
    ("C:\\photo.jpg", JPEG, "attachment_name_refused", "path"),
    ("a.jpg:stream.jpg", JPEG, "attachment_name_refused", "path"),
    ("..jpg", JPEG, "attachment_name_refused", "dots"),
    (".jpg", JPEG, "attachment_name_refused", "dots"),
    ("photo.jpg.", JPEG, "attachment_name_refused", "dots"),
    ("con.jpg", JPEG, "attachment_name_refused", "device_name"),
    ("photo\u202egpj.jpg", JPEG, "attachment_name_refused", "invisible_characters"),
    ("x" * 147 + ".jpg", JPEG, "attachment_name_refused", "length"),
]


async def test_a_file_comes_back_as_it_was_and_is_never_run(suite: RunningService, operator: httpx.AsyncClient) -> None:
    inquiry = str((await accepted(operator))["id"])
    for name, content, media_type, served in TAKEN:
        answer = await attached(operator, inquiry, name, content)
        assert answer.status_code == 201, answer.text
        told_of = answer.json()
        assert (told_of["file_name"], told_of["media_type"], told_of["size"]) == (name, media_type, len(content))
        assert (told_of["sha256"], told_of["visibility"]) == (hashlib.sha256(content).hexdigest(), "internal")
        assert (await get(operator, f"/inquiries/{inquiry}/attachments"))["items"][-1] == told_of
        back = await operator.get(f"{API}/attachments/{told_of['id']}/content")
        assert (back.status_code, back.content, back.headers["content-type"]) == (200, content, served)
        assert back.headers["content-disposition"].startswith(f'attachment; filename="{told_of["id"]}.')
        policies = back.headers.get_list("content-security-policy")
        assert "sandbox" in policies
        assert any("default-src 'none'" in policy for policy in policies)
        assert (back.headers["x-content-type-options"], back.headers["cache-control"]) == ("nosniff", "no-store")


async def test_what_is_no_photo_pdf_or_text_under_a_plain_name_is_refused(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    inquiry = str((await accepted(operator))["id"])
    for name, content, code, because in REFUSED:
        answer = await attached(operator, inquiry, name, content)
        assert (answer.status_code, answer.json().get("code")) == (422, code), name
        assert answer.json().get("why", {}).get("because") == because, name
    assert (await get(operator, f"/inquiries/{inquiry}/attachments"))["items"] == []


async def test_size_number_and_place_are_limited(suite: RunningService, operator: httpx.AsyncClient) -> None:
    inquiry = str((await accepted(operator))["id"])
    largest = JPEG + bytes(LARGEST - len(JPEG))
    assert (await attached(operator, inquiry, "large.jpg", largest)).status_code == 201
    larger = await attached(operator, inquiry, "larger.jpg", largest + b"\x00")
    assert (larger.status_code, larger.json()["code"]) == (413, "body_too_large")
    unknown = await attached(operator, "inq_none", "a.jpg", JPEG)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "inquiry_unknown")
    nothing = await operator.get(f"{API}/attachments/att_none/content")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "attachment_unknown")
    assert (await operator.get(f"{API}/inquiries/inq_none/attachments")).json()["code"] == "inquiry_unknown"
    cast("HelpdeskSettings", suite.service.settings).attachments_of_inquiry = 4
    answers = await asyncio.gather(*[attached(operator, inquiry, f"{n}.jpg", JPEG) for n in range(6)])
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 3
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["why"]) == ("attachments_full", {"held": 4, "most": 4})
    japanese = await operator.post(
        f"{API}/attachments?inquiry_id={inquiry}&file_name=a.jpg", content=JPEG, headers={"Accept-Language": "ja"}
    )
    assert "上限" in japanese.json()["title"]


async def test_the_same_upload_twice_is_there_once(suite: RunningService, operator: httpx.AsyncClient) -> None:
    inquiry = str((await accepted(operator))["id"])
    path = f"{API}/attachments?inquiry_id={inquiry}&file_name=a.jpg"
    answers = [await operator.post(path, content=JPEG, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    other = await operator.post(path, content=PNG, headers={"Idempotency-Key": "k"})
    assert other.json()["code"] == "idempotency_key_reused"
    assert len((await get(operator, f"/inquiries/{inquiry}/attachments"))["items"]) == 1


async def test_a_partner_sees_shared_files_of_its_own(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(contract_id="ctr_ours", partner="itpartner"))
    ours = str((await accepted(operator, contract_id="ctr_ours"))["id"])
    internal = (await attached(operator, ours, "internal.jpg", JPEG)).json()["id"]
    shared = (await attached(operator, ours, "shared.jpg", JPEG, internal="false")).json()["id"]
    house = str((await accepted(operator))["id"])
    async with suite.client("partner", partner="itpartner") as partner:
        own = await attached(partner, ours, "own.png", PNG)
        assert (own.status_code, own.json()["visibility"]) == (201, "shared")
        seen = (await get(partner, f"/inquiries/{ours}/attachments"))["items"]
        assert [each["id"] for each in seen] == [shared, own.json()["id"]]
        lines = (await get(partner, f"/inquiries/{ours}/timeline"))["items"]
        named = [line["facts"]["attachment_id"] for line in lines if line["type"] == "Attachment"]
        assert named == [shared, own.json()["id"]]
        assert (await partner.get(f"{API}/attachments/{internal}/content")).status_code == 404
        assert (await partner.get(f"{API}/attachments/{shared}/content")).content == JPEG
        assert (await attached(partner, house, "a.jpg", JPEG)).json()["code"] == "inquiry_unknown"
    async with suite.client("partner", partner="rival") as rival:
        assert (await rival.get(f"{API}/attachments/{shared}/content")).json()["code"] == "attachment_unknown"


async def test_files_follow_a_merge_and_its_undoing(suite: RunningService, operator: httpx.AsyncClient) -> None:
    target, source = [str((await accepted(operator))["id"]) for _ in range(2)]
    file = (await attached(operator, source, "a.jpg", JPEG)).json()["id"]
    await post(operator, "/merges", {"source_id": source, "target_id": target})
    assert [each["id"] for each in (await get(operator, f"/inquiries/{target}/attachments"))["items"]] == [file]
    await post(operator, f"/inquiries/{source}/merge-undo")
    assert (await get(operator, f"/inquiries/{target}/attachments"))["items"] == []
    assert [each["id"] for each in (await get(operator, f"/inquiries/{source}/attachments"))["items"]] == [file]


async def test_files_go_with_their_subscriber(suite: RunningService, operator: httpx.AsyncClient) -> None:
    inquiry = str((await accepted(operator))["id"])
    file = (await attached(operator, inquiry, "花子さんの机.jpg", JPEG)).json()["id"]
    await told(suite, SubscriberErased(actor="sv-mori", subscriber_id=SUBSCRIBER), SUBSCRIBER, 1)
    gone = await operator.get(f"{API}/attachments/{file}/content")
    assert (gone.status_code, gone.json()["code"]) == (404, "attachment_erased")
    (kept,) = (await get(operator, f"/inquiries/{inquiry}/attachments"))["items"]
    assert (kept["id"], kept["file_name"], kept["erased"], kept["media_type"]) == (file, "", True, "image/jpeg")
    assert "花子" not in str(await get(operator, f"/inquiries/{inquiry}/timeline"))
