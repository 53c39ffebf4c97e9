"""Articles and saved replies in two languages, every version of them, and who found them useful."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, house_table

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_WORDS = """
    kind text NOT NULL CONSTRAINT {table}_kind CHECK (kind IN ('article', 'reply')),
    status text NOT NULL CONSTRAINT {table}_status CHECK (status IN ('draft', 'published', 'retired')),
    title_ja text NOT NULL,
    title_en text NOT NULL,
    body_ja text NOT NULL,
    body_en text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL
"""
TABLES = (
    f"""
    CREATE TABLE article (
        id text CONSTRAINT pk_article PRIMARY KEY,
        version int NOT NULL,
        {_WORDS.format(table="article").strip()}
    )
    """,
    f"""
    CREATE TABLE article_version (
        article_id text NOT NULL CONSTRAINT fk_article_version_article_id REFERENCES article,
        version int NOT NULL,
        {_WORDS.format(table="article_version").strip()},
        CONSTRAINT pk_article_version PRIMARY KEY (article_id, version)
    )
    """,
    """
    CREATE TABLE article_vote (
        article_id text NOT NULL CONSTRAINT fk_article_vote_article_id REFERENCES article,
        person text NOT NULL,
        useful boolean NOT NULL,
        at timestamptz NOT NULL,
        CONSTRAINT pk_article_vote PRIMARY KEY (article_id, person)
    )
    """,
)
# What is published is found; a new text of it at once, a retired one no more.
SEARCH = (
    "ALTER TABLE search_document DROP CONSTRAINT search_document_what",
    """
    ALTER TABLE search_document ADD CONSTRAINT search_document_what
        CHECK (what IN ('inquiry', 'note', 'verdict', 'caller', 'subscriber', 'article'))
    """,
    """
    CREATE FUNCTION find_article() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = helpdesk, pg_temp AS $$
    BEGIN
        IF NEW.status = 'published' THEN
            INSERT INTO search_document (what, id, shared, at, title, body)
            SELECT 'article', NEW.id, false, NEW.at, NEW.title_ja || ' / ' || NEW.title_en,
                   NEW.body_ja || ' / ' || NEW.body_en
            ON CONFLICT (what, id) DO UPDATE SET at = excluded.at, title = excluded.title, body = excluded.body;
        ELSE
            DELETE FROM search_document WHERE what = 'article' AND id = NEW.id;
        END IF;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER find_article AFTER INSERT OR UPDATE ON article FOR EACH ROW EXECUTE FUNCTION find_article()",
)


def upgrade() -> None:
    for statement in (*TABLES, *SEARCH):
        op.execute(statement)
    house_table(op, "article", house="SELECT, INSERT, UPDATE")
    house_table(op, "article_version", house="SELECT, INSERT")
    append_only(op, "article_version")
    house_table(op, "article_vote", house="SELECT, INSERT, UPDATE")
