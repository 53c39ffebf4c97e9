"""Why a file is not taken."""

from __future__ import annotations

from common.errors import DomainError, Invalid, NotFound


class AttachmentUnknown(NotFound):
    """There is no such attachment, or the caller may not know of it."""

    code = "attachment_unknown"
    en = "There is no such attachment."
    ja = "該当する添付ファイルがありません。"


class AttachmentErased(NotFound):
    """The file went with its subscriber."""

    code = "attachment_erased"
    en = "The content of this attachment was erased."
    ja = "この添付ファイルの内容は消去されました。"


class AttachmentEmpty(Invalid):
    """A file without a byte."""

    code = "attachment_empty"
    en = "The file is empty."
    ja = "ファイルが空です。"


class AttachmentTypeRefused(Invalid):
    """Neither a photo, nor a PDF, nor plain text; archives and programs are never taken."""

    code = "attachment_type_refused"
    en = "Files of this type are not taken; photos, PDF and plain text are."
    ja = "この種類のファイルは添付できません。写真、PDF、テキストのみ添付できます。"


class AttachmentNameRefused(Invalid):
    """The name is a path or plays a trick, or its ending is that of another type."""

    code = "attachment_name_refused"
    en = "This file name is not taken: it must be a plain name whose ending fits the content."
    ja = "ファイル名が正しくありません。内容に合った拡張子を持つ名前を指定してください。"


class AttachmentsFull(DomainError):
    """The case holds as many files as it may."""

    code = "attachments_full"
    en = "This inquiry holds as many attachments as it may."
    ja = "この問い合わせに添付できるファイル数の上限に達しました。"
