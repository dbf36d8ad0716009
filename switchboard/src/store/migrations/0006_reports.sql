-- Reports: what each event counts as, added up once, in the transaction that writes the event.

-- A row per call that was answered, lost or missed by an agent: the calls behind the figures.
CREATE TABLE report_calls (
    -- The event that it was counted by.
    call_id     TEXT   NOT NULL PRIMARY KEY,
    tenant_id   TEXT   NOT NULL REFERENCES tenants (tenant_id),
    at          BIGINT NOT NULL,
    -- Days since 1970 at the site.
    day         BIGINT NOT NULL,
    contact     TEXT   NOT NULL,
    queue       TEXT   NOT NULL,
    agent       TEXT   NOT NULL,
    site        TEXT   NOT NULL,
    counted     TEXT   NOT NULL,
    in_time     BIGINT NOT NULL,
    waited_ms   BIGINT NOT NULL,
    -- Of the conversation and of the work after it; NULL before they end, or without any.
    talk_ms     BIGINT,
    work_ms     BIGINT,
    disposition TEXT   NOT NULL
);
CREATE INDEX report_calls_by_site ON report_calls (tenant_id, site, at, call_id);
CREATE INDEX report_calls_by_queue ON report_calls (tenant_id, queue, at, call_id);
CREATE INDEX report_calls_by_agent ON report_calls (tenant_id, agent, at, call_id);
CREATE INDEX report_calls_by_contact ON report_calls (tenant_id, contact);

-- Append-only: what agents did from when on.
CREATE TABLE agent_states (
    state_id  TEXT   NOT NULL PRIMARY KEY,
    tenant_id TEXT   NOT NULL REFERENCES tenants (tenant_id),
    user_name TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    state     TEXT   NOT NULL,
    reason    TEXT   NOT NULL,
    site      TEXT   NOT NULL,
    zone      TEXT   NOT NULL
);
CREATE INDEX agent_states_by_agent ON agent_states (tenant_id, user_name, at, state_id);

-- The last of them for each agent, which still lasts: it is added up when it ends.
CREATE TABLE agent_states_open (
    tenant_id TEXT   NOT NULL REFERENCES tenants (tenant_id),
    user_name TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    state     TEXT   NOT NULL,
    reason    TEXT   NOT NULL,
    site      TEXT   NOT NULL,
    zone      TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, user_name)
);

-- The sums, by quarters of an hour (start: UTC ms) and by days of the site (start: days since 1970).
CREATE TABLE report_sums (
    tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id),
    -- 'queue', 'agent', 'reason' or 'disposition'; what does not distinguish its rows is empty.
    subject    TEXT   NOT NULL,
    grain      TEXT   NOT NULL,
    start      BIGINT NOT NULL,
    site       TEXT   NOT NULL,
    queue      TEXT   NOT NULL,
    agent      TEXT   NOT NULL,
    word       TEXT   NOT NULL,
    answered   BIGINT NOT NULL,
    in_time    BIGINT NOT NULL,
    lost       BIGINT NOT NULL,
    short      BIGINT NOT NULL,
    handed_on  BIGINT NOT NULL,
    missed     BIGINT NOT NULL,
    waited_ms  BIGINT NOT NULL,
    talk_ms    BIGINT NOT NULL,
    work_ms    BIGINT NOT NULL,
    pauses     BIGINT NOT NULL,
    paused_ms  BIGINT NOT NULL,
    ready_ms   BIGINT NOT NULL,
    unready_ms BIGINT NOT NULL,
    ringing_ms BIGINT NOT NULL,
    on_call_ms BIGINT NOT NULL,
    wrap_up_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, subject, grain, start, site, queue, agent, word)
);

-- Whether the history of before has been counted, and when the server was last known to run.
CREATE TABLE report_state (
    one      BIGINT NOT NULL PRIMARY KEY,
    counted  BIGINT NOT NULL,
    alive_at BIGINT NOT NULL
);
INSERT INTO report_state (one, counted, alive_at) VALUES (1, 0, 0);
