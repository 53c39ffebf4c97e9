"""The HTTP edge of a service: what routes are written with."""

from common.http.access import AccessTable, Rule, TenantRule, allow, open_to_all, watched
from common.http.claims import Principal, Role
from common.http.edge import Caller, IfMatch, Now, Router, SettingsDep, Transactions, TxDep, answer
from common.http.schemas import Answer, Code, Command, IdText, Line, Moment, MomentIn, Page, PageOf, Paging, Prose, page

__all__ = [
    "AccessTable", "Answer", "Caller", "Code", "Command", "IdText", "IfMatch", "Line", "Moment",
    "MomentIn", "Now", "Page", "PageOf", "Paging", "Principal", "Prose", "Role", "Router", "Rule", "SettingsDep",
    "TenantRule", "Transactions", "TxDep", "allow", "answer", "open_to_all", "page", "watched",
]  # fmt: skip
