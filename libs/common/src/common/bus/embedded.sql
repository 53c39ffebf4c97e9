-- The embedded bus: a log in PostgreSQL. Services may only execute its functions. A topic has one partition; only the relay
-- of the owning service appends to it, under the topic's row lock, so the order of offsets is the order of commits and a
-- plain "offset >= next" read is exact.
CREATE TABLE IF NOT EXISTS bus.topic (
    name text PRIMARY KEY,
    owner text NOT NULL,
    compacted boolean NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    next_offset bigint NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS bus.record (
    topic text NOT NULL REFERENCES bus.topic (name),
    "offset" bigint NOT NULL,
    key text NOT NULL,
    headers jsonb NOT NULL,
    value bytea NOT NULL,
    appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, "offset")
);
CREATE INDEX IF NOT EXISTS record_key ON bus.record (topic, key);

CREATE TABLE IF NOT EXISTS bus.position (
    group_name text NOT NULL,
    topic text NOT NULL REFERENCES bus.topic (name),
    next_offset bigint NOT NULL DEFAULT 0,
    holder text,
    held_until timestamptz,
    PRIMARY KEY (group_name, topic)
);

CREATE OR REPLACE FUNCTION bus.append(p_epoch bigint, p_topics text[], p_keys text[], p_headers text[], p_values bytea[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
DECLARE
    t record;
    unknown text;
BEGIN
    SELECT u INTO unknown FROM unnest(p_topics) u WHERE NOT EXISTS (SELECT FROM topic WHERE name = u) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'unknown topic %', unknown USING ERRCODE = 'AN002', DETAIL = unknown;
    END IF;
    FOR t IN SELECT name, owner, epoch FROM topic WHERE name = ANY (p_topics) ORDER BY name FOR UPDATE LOOP
        IF t.owner <> session_user THEN
            RAISE EXCEPTION 'topic % belongs to %', t.name, t.owner
                USING ERRCODE = 'insufficient_privilege', DETAIL = t.name;
        END IF;
        IF t.epoch > p_epoch THEN
            RAISE EXCEPTION 'fenced: topic % is at epoch %', t.name, t.epoch USING ERRCODE = 'AN001';
        END IF;
    END LOOP;
    INSERT INTO record (topic, "offset", key, headers, value)
    SELECT i.topic, t2.next_offset + row_number() OVER (PARTITION BY i.topic ORDER BY i.n) - 1, i.key, i.headers::jsonb, i.value
    FROM unnest(p_topics, p_keys, p_headers, p_values) WITH ORDINALITY AS i (topic, key, headers, value, n)
    JOIN topic t2 ON t2.name = i.topic
    ORDER BY i.n;
    UPDATE topic SET epoch = p_epoch, next_offset = next_offset + c.n
    FROM (SELECT u AS name, count(*) AS n FROM unnest(p_topics) u GROUP BY u) c
    WHERE topic.name = c.name;
    -- A compacted topic keeps the newest record of each key.
    DELETE FROM record r USING topic t3, (SELECT DISTINCT u.topic, u.key FROM unnest(p_topics, p_keys) AS u (topic, key)) k
    WHERE t3.compacted AND t3.name = r.topic AND r.topic = k.topic AND r.key = k.key
      AND r."offset" < (SELECT max(n."offset") FROM record n WHERE n.topic = r.topic AND n.key = r.key);
END $$;

CREATE OR REPLACE FUNCTION bus.take_over(p_epoch bigint)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
DECLARE
    newest bigint;
BEGIN
    PERFORM 1 FROM topic WHERE owner = session_user ORDER BY name FOR UPDATE;
    SELECT max(epoch) INTO newest FROM topic WHERE owner = session_user;
    IF newest > p_epoch THEN
        RAISE EXCEPTION 'fenced: epoch % is in force', newest USING ERRCODE = 'AN001';
    END IF;
    UPDATE topic SET epoch = p_epoch WHERE owner = session_user;
END $$;

CREATE OR REPLACE FUNCTION bus.check_group(p_group text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF replace(split_part(p_group, '.', 1), '-', '_') <> session_user THEN
        RAISE EXCEPTION 'group % is not of %', p_group, session_user USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

DROP FUNCTION IF EXISTS bus.fetch(text, text, text[], integer, interval);

-- p_next: where this member goes on in each topic, before what it has in hand is committed.
CREATE OR REPLACE FUNCTION bus.fetch(
    p_group text, p_member text, p_topics text[], p_next bigint[], p_most integer, p_lease interval)
RETURNS TABLE (topic text, "offset" bigint, key text, headers jsonb, value bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
#variable_conflict use_column
DECLARE
    at timestamptz := clock_timestamp();
BEGIN
    PERFORM check_group(p_group);
    INSERT INTO position (group_name, topic) SELECT p_group, t.name FROM topic t WHERE t.name = ANY (p_topics)
        AND NOT EXISTS (SELECT FROM position p WHERE p.group_name = p_group AND p.topic = t.name)
    ON CONFLICT DO NOTHING;
    -- Take what is free and renew what is half used up: a member that only waits writes nothing.
    UPDATE position p SET holder = p_member, held_until = at + p_lease
    FROM (
        SELECT q.topic FROM position q WHERE q.group_name = p_group AND q.topic = ANY (p_topics)
            AND (q.holder IS NULL OR q.held_until < at OR (q.holder = p_member AND q.held_until < at + p_lease / 2))
        ORDER BY q.topic FOR UPDATE SKIP LOCKED
    ) mine
    WHERE p.group_name = p_group AND p.topic = mine.topic;
    -- Topic by topic in turn: a long one keeps no other waiting.
    RETURN QUERY
    SELECT r.topic, r."offset", r.key, r.headers, r.value
    FROM unnest(p_topics, p_next) AS i (topic, next_offset) JOIN position p USING (topic) CROSS JOIN LATERAL (
        SELECT * FROM record r0 WHERE r0.topic = p.topic AND r0."offset" >= greatest(p.next_offset, i.next_offset)
        ORDER BY r0."offset" LIMIT p_most
    ) r
    WHERE p.group_name = p_group AND p.holder = p_member AND p.held_until >= at
    ORDER BY row_number() OVER (PARTITION BY r.topic ORDER BY r."offset"), r.topic LIMIT p_most;
END $$;

CREATE OR REPLACE FUNCTION bus.commit(p_group text, p_member text, p_topics text[], p_next bigint[])
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
DECLARE
    moved integer;
BEGIN
    PERFORM check_group(p_group);
    UPDATE position p SET next_offset = i.next_offset
    FROM unnest(p_topics, p_next) AS i (topic, next_offset)
    WHERE p.group_name = p_group AND p.topic = i.topic AND p.holder = p_member AND p.next_offset <= i.next_offset;
    GET DIAGNOSTICS moved = ROW_COUNT;
    RETURN moved;
END $$;

CREATE OR REPLACE FUNCTION bus.leave(p_group text, p_member text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
BEGIN
    PERFORM check_group(p_group);
    UPDATE position SET holder = NULL, held_until = NULL WHERE group_name = p_group AND holder = p_member;
END $$;

CREATE OR REPLACE FUNCTION bus.lag(p_group text, p_topics text[])
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
    SELECT coalesce(sum(t.next_offset - coalesce(p.next_offset, 0)), 0)::bigint
    FROM bus.topic t LEFT JOIN bus.position p ON p.topic = t.name AND p.group_name = p_group
    WHERE t.name = ANY (p_topics)
$$;
