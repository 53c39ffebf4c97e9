"""One document for each thing that can be found, written by triggers: nothing is found late, nothing is forgotten."""

from __future__ import annotations

from alembic import op

from common.folding import TEXTS
from common.migrations import tenant_table

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# The tokens narrow a search to newest documents, one kind of thing or one contract before a single row is read. They
# begin with a mark that folded text has lost.
TOKENS = """
CREATE FUNCTION search_tokens(number bigint, what text, kind text, contract_id text, folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
RETURN text_grams(folded)
    || array_remove(ARRAY['#e' || (number >> 12), '#w' || what, '#k' || kind, '#c' || contract_id], NULL)
"""
DOCUMENT = """
CREATE TABLE search_document (
    what text NOT NULL CONSTRAINT search_document_what
        CHECK (what IN ('inquiry', 'note', 'verdict', 'caller', 'subscriber')),
    id text NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT uq_search_document_number UNIQUE,
    partner text,
    shared boolean NOT NULL,
    inquiry_id text,
    contract_id text,
    subscriber_id text,
    kind text,
    at timestamptz NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    folded text NOT NULL GENERATED ALWAYS AS ('|' || text_fold(title) || '|' || text_fold(body) || '|') STORED,
    CONSTRAINT pk_search_document PRIMARY KEY (what, id)
)
"""
INDEXES = (
    """
    CREATE INDEX ix_search_document_tokens ON search_document
    USING gin (search_tokens(number, what, kind, contract_id, folded)) WITH (fastupdate = off)
    """,
    "CREATE INDEX ix_search_document_partner ON search_document (partner, number)",
    "CREATE INDEX ix_search_document_contract_id ON search_document (contract_id)",
)
_COLUMNS = "what, id, partner, shared, inquiry_id, contract_id, subscriber_id, kind, at, title, body"
_AGAIN = "ON CONFLICT (what, id) DO UPDATE SET at = excluded.at, title = excluded.title, body = excluded.body"
_INQUIRY = "'inquiry', {r}.id, {r}.partner, true, {r}.id, {r}.contract_id, {r}.subscriber_id, {r}.kind, \
{r}.received_at, {r}.summary, coalesce({r}.solution, '')"
_CALLER = "'caller', {r}.id, {r}.partner, false, {r}.id, {r}.contract_id, {r}.subscriber_id, {r}.kind, \
{r}.received_at, coalesce({r}.caller_name, ''), coalesce({r}.caller_phone, '')"
_CALLED = "({r}.caller_name IS NOT NULL OR {r}.caller_phone IS NOT NULL)"
_NOTE = "'note', {r}.id, i.partner, {r}.visibility = 'shared', i.id, {r}.contract_id, i.subscriber_id, i.kind, {r}.at, \
'', {r}.body"
_VERDICT = "'verdict', {r}.id, i.partner, true, i.id, {r}.contract_id, i.subscriber_id, i.kind, {r}.at, '', \
concat_ws(' ', {r}.evidence, {r}.failed_maker, {r}.failed_model, {r}.failed_serial)"
_SUBSCRIBER = "'subscriber', {r}.id, NULL, false, NULL, NULL, {r}.id, NULL, {r}.known_at, {r}.name, \
concat_ws(' ', {r}.name_kana, (SELECT string_agg(regexp_replace(p, '^[+]81', '0'), ' ') FROM unnest({r}.phones) p))"
# What hangs on an inquiry takes its tenant from it, holding it still: a contract that moves at this moment takes the
# new document along.
_FIND = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = helpdesk, pg_temp AS $$
BEGIN
    {body}
    RETURN NULL;
END $$
"""
FUNCTIONS = {
    "find_inquiry": f"""
    INSERT INTO search_document ({_COLUMNS}) SELECT {_INQUIRY} {_AGAIN};
    IF {_CALLED} THEN
        INSERT INTO search_document ({_COLUMNS}) SELECT {_CALLER} {_AGAIN};
    ELSIF TG_OP = 'UPDATE' THEN
        DELETE FROM search_document WHERE what = 'caller' AND id = NEW.id;
    END IF;""",
    "find_note": f"""
    INSERT INTO search_document ({_COLUMNS})
    SELECT {_NOTE} FROM inquiry i WHERE i.id = {{r}}.inquiry_id FOR SHARE;""",
    "find_verdict": f"""
    INSERT INTO search_document ({_COLUMNS})
    SELECT {_VERDICT} FROM inquiry i WHERE i.id = {{r}}.inquiry_id FOR SHARE;""",
    "find_subscriber": f"""
    IF TG_OP = 'DELETE' THEN
        DELETE FROM search_document WHERE what = 'subscriber' AND id = OLD.id;
    ELSE
        INSERT INTO search_document ({_COLUMNS}) SELECT {_SUBSCRIBER} {_AGAIN};
    END IF;""",
}
TRIGGERS = (
    "find_inquiry AFTER INSERT OR UPDATE OF summary, solution, caller_name, caller_phone ON inquiry",
    "find_note AFTER INSERT ON note",
    "find_verdict AFTER INSERT ON verdict",
    "find_subscriber AFTER INSERT OR UPDATE OR DELETE ON subscriber",
)
BEFORE = (
    f"{_INQUIRY} FROM inquiry r ORDER BY r.id",
    f"{_CALLER} FROM inquiry r WHERE {_CALLED} ORDER BY r.id",
    f"{_NOTE} FROM note r JOIN inquiry i ON i.id = r.inquiry_id ORDER BY r.id",
    f"{_VERDICT} FROM verdict r JOIN inquiry i ON i.id = r.inquiry_id ORDER BY r.id",
    f"{_SUBSCRIBER} FROM subscriber r ORDER BY r.id",
)


def upgrade() -> None:
    for statement in (*TEXTS, TOKENS, DOCUMENT, *INDEXES):
        op.execute(statement)
    for rows in BEFORE:
        op.execute(f"INSERT INTO search_document ({_COLUMNS}) SELECT {rows.format(r='r')}")
    for name, body in FUNCTIONS.items():
        op.execute(_FIND.format(name=name, body=body.format(r="NEW")))
    for trigger in TRIGGERS:
        op.execute(f"CREATE TRIGGER {trigger} FOR EACH ROW EXECUTE FUNCTION {trigger.split()[0]}()")
    tenant_table(op, "search_document", house="SELECT, UPDATE (partner)", partner="SELECT")
    op.execute(
        "CREATE POLICY shared ON search_document AS RESTRICTIVE TO helpdesk_partner USING (shared) WITH CHECK (shared)"
    )
