"""The tables of this service: rows without behaviour.

A row belongs to the partner that owns its contract. Tables whose rows may change carry the tenant in `partner`;
tables that are only ever added to have no such column: there the contract decides, through `entitlement` (see the
migration).
"""

from __future__ import annotations

from helpdesk.storage.article_tables import article, article_version, article_vote
from helpdesk.storage.attachment_tables import attachment
from helpdesk.storage.booking_tables import remote_booking, remote_capacity, remote_capacity_day
from helpdesk.storage.call_tables import call, callback, pbx_connection
from helpdesk.storage.case_tables import (
    case_entry,
    case_unsealed,
    inquiry,
    note,
    onsite_request,
    remote_session,
    triage,
    verdict,
)
from helpdesk.storage.columns import metadata
from helpdesk.storage.desk_tables import desk_group, desk_member, desk_operator, escalation
from helpdesk.storage.goal_tables import goal_review, service_goal
from helpdesk.storage.outage_tables import outage, outage_link, outage_notice, outage_update
from helpdesk.storage.product_tables import supported_product, supported_product_version
from helpdesk.storage.quota_tables import quota_counter, quota_ledger, refusal
from helpdesk.storage.record_tables import credential, credential_reveal, record_entry, record_kind, record_version
from helpdesk.storage.referral_tables import referral, referral_follow_up
from helpdesk.storage.report_tables import report
from helpdesk.storage.search_tables import search_document
from helpdesk.storage.told_tables import (
    catalogue_part,
    device,
    entitlement,
    loan,
    subscriber,
    visit,
    visit_request,
)
from helpdesk.storage.triage_tables import triage_run, triage_tree

__all__ = [
    "RETENANTED",
    "article",
    "article_version",
    "article_vote",
    "attachment",
    "call",
    "callback",
    "case_entry",
    "case_unsealed",
    "catalogue_part",
    "credential",
    "credential_reveal",
    "desk_group",
    "desk_member",
    "desk_operator",
    "device",
    "entitlement",
    "escalation",
    "goal_review",
    "inquiry",
    "loan",
    "metadata",
    "note",
    "onsite_request",
    "outage",
    "outage_link",
    "outage_notice",
    "outage_update",
    "pbx_connection",
    "quota_counter",
    "quota_ledger",
    "record_entry",
    "record_kind",
    "record_version",
    "referral",
    "referral_follow_up",
    "refusal",
    "remote_booking",
    "remote_capacity",
    "remote_capacity_day",
    "remote_session",
    "report",
    "search_document",
    "service_goal",
    "subscriber",
    "supported_product",
    "supported_product_version",
    "triage",
    "triage_run",
    "triage_tree",
    "verdict",
    "visit",
    "visit_request",
]

RETENANTED = (
    visit_request,
    visit,
    loan,
    device,
    inquiry,
    remote_session,
    onsite_request,
    triage_run,
    referral,
    escalation,
    remote_booking,
    outage_link,
    report,
    service_goal,
    quota_counter,
    search_document,
)
"""Tables whose rows follow their contract to another partner, in the order in which they are locked."""
