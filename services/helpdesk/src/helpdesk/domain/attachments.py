"""What may be attached to a case: photos, scans and logs, under names that are only names.

What a file is, its bytes say; its name must fit. Archives are refused whole, so nothing ever has to be unpacked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import puremagic

from helpdesk.domain.attachment_refusals import AttachmentEmpty, AttachmentNameRefused, AttachmentTypeRefused

LARGEST = 10 * 1024 * 1024
"""Bytes of one attachment."""
TEXT = "text/plain"
ENDINGS: Mapping[str, frozenset[str]] = {
    "image/jpeg": frozenset({"jpg", "jpeg", "jpe", "jfif"}),
    "image/png": frozenset({"png"}),
    "image/gif": frozenset({"gif"}),
    "image/webp": frozenset({"webp"}),
    "image/heif": frozenset({"heic", "heif"}),
    "application/pdf": frozenset({"pdf"}),
    TEXT: frozenset({"txt", "log", "csv", "json", "xml", "ini", "conf", "md", "eml"}),
}
"""The types that are taken, and how their names may end."""
_ENCODINGS = ("utf-8-sig", "cp932")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")  # line ends, tabs, form feeds and colours are
_LONGEST_NAME = 150
_SEPARATORS = frozenset('/\\:*?"<>|')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file on a case, without its bytes; `internal` ones are not for partners."""

    id: str
    inquiry_id: str
    contract_id: str
    visibility: str
    file_name: str
    media_type: str
    size: int
    sha256: str
    actor: str
    at: datetime
    erased: bool = False


def checked_name(file_name: str, media_type: str) -> str:
    """The name as it is kept; raises `AttachmentNameRefused` for a path, a trick, or an ending of another type."""
    name = unicodedata.normalize("NFC", file_name)
    because = _trick_in(name)
    stem, _, ending = name.rpartition(".")
    if because is None and (not stem or ending.lower() not in ENDINGS[media_type]):
        because = "ending"
    if because is not None:
        allowed = sorted(ENDINGS[media_type])
        raise AttachmentNameRefused(file_name=file_name, because=because, media_type=media_type, endings=allowed)
    return name


def _trick_in(name: str) -> str | None:
    if not name or len(name) > _LONGEST_NAME:
        return "length"
    if not _SEPARATORS.isdisjoint(name):
        return "path"
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for sign in name):
        return "invisible_characters"
    if name != name.strip(". ") or ".." in name:
        return "dots"
    return "device_name" if _DEVICES.fullmatch(name) else None


def media_type_of(content: bytes) -> str:
    """What the bytes are; raises `AttachmentEmpty`, `AttachmentTypeRefused` for what is not taken."""
    if not content:
        raise AttachmentEmpty
    found = _signature_of(content)
    if found in ENDINGS and found != TEXT:
        return found
    if _is_text(content):
        return TEXT
    raise AttachmentTypeRefused(found=found or "unknown", allowed=sorted(ENDINGS))


def _signature_of(content: bytes) -> str:
    try:
        return str(puremagic.magic_string(content)[0].mime_type)
    except puremagic.PureError:
        return ""


def _is_text(content: bytes) -> bool:
    encodings = ("utf-16",) if content.startswith(_WIDE_MARKS) else _ENCODINGS
    for encoding in encodings:
        try:
            return not _NO_TEXT.search(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    return False
