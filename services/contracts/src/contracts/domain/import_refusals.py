"""What is said no to where files of old contracts are read, by name."""

from __future__ import annotations

from common.errors import Invalid

_CLOSED_PLANS = ("R-SALE-WINDOW",)


class ImportColumnsUnreadable(Invalid):
    """The first line of the file does not name the columns of old contracts."""

    code = "import_columns_unreadable"
    rule_ids = _CLOSED_PLANS
    en = "The columns of the file are not those of old contracts."
    ja = "ファイルの見出し行を認識できません。"


class ImportEncodingUnknown(Invalid):
    """Files are read in UTF-8 or cp932, the Shift_JIS of Windows."""

    code = "import_encoding_unknown"
    rule_ids = _CLOSED_PLANS
    en = "The encoding must be utf-8 or cp932."
    ja = "文字コードは utf-8 または cp932 を指定してください。"


class ImportFileEmpty(Invalid):
    """A file without a byte."""

    code = "import_file_empty"
    rule_ids = _CLOSED_PLANS
    en = "The file is empty."
    ja = "ファイルが空です。"


class ImportFileCutOff(Invalid):
    """A JSON array whose closing bracket is missing: the rest of it was lost on the way."""

    code = "import_file_cut_off"
    rule_ids = _CLOSED_PLANS
    en = "The JSON array does not end: the file was cut off."
    ja = "JSON配列の終わりがありません。ファイルが途中で切れています。"
