"""The start notice as a page to print, in Japanese or English."""

from __future__ import annotations

from html import escape

from contracts.usecases.start_notice import StartNotice

_WORDS = {
    "ja": {
        "title": "サービス開始のご案内", "to": "様", "support_number": "サポート番号", "service_id": "ID",
        "centre": "お問い合わせ先", "phone": "電話番号", "starts_on": "ご利用開始日", "fee_month": "料金月の開始日",
        "day": "日", "plan": "プラン・オプション", "price": "月額(税込)", "yen": "円", "inquiries": "お問い合わせ回数",
        "per_month": "回/月まで", "seats": "IT運用管理ツール", "devices": "台まで", "address": "契約者住所",
        "documents": "ご同意いただいた文書",
    },
    "en": {
        "title": "Your service begins", "to": "", "support_number": "Support number", "service_id": "ID",
        "centre": "Support centre", "phone": "Telephone", "starts_on": "First day",
        "fee_month": "Fee month begins on day",
        "day": "", "plan": "Plan and options", "price": "A month, tax included", "yen": " yen",
        "inquiries": "Inquiries", "per_month": " a month", "seats": "Management tool", "devices": " devices",
        "address": "Contract address", "documents": "Documents you accepted",
    },
}  # fmt: skip
_STYLE = (
    "body{font-family:sans-serif;max-width:42em;margin:2em auto;line-height:1.6}"
    "th{text-align:left;padding-right:2em;vertical-align:top;white-space:nowrap}"
    "td,th{border-bottom:1px solid #ccc;padding-top:.4em;padding-bottom:.4em}table{border-collapse:collapse;width:100%}"
    "@page{size:A4;margin:20mm}"
)


def page(notice: StartNotice, *, language: str, phone: str | None) -> str:
    """A whole HTML document."""
    words = _WORDS[language]
    japanese = language == "ja"
    rows = [
        (words["support_number"], notice.support_number or "—"),
        (words["service_id"], notice.service_id),
        (words["centre"], notice.centre_ja if japanese else notice.centre_en),
        *([(words["phone"], phone)] if phone else []),
        (words["starts_on"], notice.starts_on.isoformat()),
        (words["fee_month"], f"{notice.fee_month_start_day}{words['day']}"),
        *(
            (
                words["plan"] if n == 0 else "",
                (line.name_ja if japanese else line.name_en)
                + f": {line.monthly_price:,}{words['yen']} ({words['price']})",
            )
            for n, line in enumerate(notice.lines)
        ),
        *([(words["inquiries"], f"{notice.inquiry_limit}{words['per_month']}")] if notice.inquiry_limit else []),
        *([(words["seats"], f"{notice.seats}{words['devices']}")] if notice.seats else []),
        (words["address"], notice.address),
        (words["documents"], ", ".join(f"{document} {version}" for document, version in notice.documents)),
    ]
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    title = escape(f"{notice.service_ja if japanese else notice.service_en} — {words['title']}")
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><p>{notice.noticed_on.isoformat()}</p>"
        f"<p>{escape(notice.holder)} {words['to']}</p><h1>{title}</h1><table>{cells}</table></body></html>"
    )
