-- The first schema. Written for SQLite and PostgreSQL alike: ids are UUIDv7 texts, instants BIGINT UTC milliseconds, JSON is TEXT.
-- Every table carries tenant_id; the chained log and its side table too.

CREATE TABLE tenants (
    tenant_id   TEXT   NOT NULL PRIMARY KEY,
    name        TEXT   NOT NULL UNIQUE,
    -- SIP domain and digest realm: fixed at creation, because stored HA1 values contain it.
    domain      TEXT   NOT NULL UNIQUE,
    created_at  BIGINT NOT NULL
);

CREATE TABLE people (
    person_id    TEXT   NOT NULL PRIMARY KEY,
    tenant_id    TEXT   NOT NULL REFERENCES tenants (tenant_id),
    user_name    TEXT   NOT NULL,
    display_name TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    -- Set while the configuration does not name the person: history keeps its owner, nobody can sign in.
    removed_at   BIGINT,
    UNIQUE (tenant_id, user_name)
);

CREATE TABLE sessions (
    token_digest TEXT   NOT NULL PRIMARY KEY,
    tenant_id    TEXT   NOT NULL REFERENCES tenants (tenant_id),
    person_id    TEXT   NOT NULL REFERENCES people (person_id),
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE device_passwords (
    device_id    TEXT   NOT NULL PRIMARY KEY,
    tenant_id    TEXT   NOT NULL REFERENCES tenants (tenant_id),
    person_id    TEXT   NOT NULL REFERENCES people (person_id),
    label        TEXT   NOT NULL,
    -- Digest user name; the realm is the tenant's domain.
    auth_user    TEXT   NOT NULL,
    -- HA1 per algorithm, sealed with the server key.
    ha1_md5        TEXT NOT NULL,
    ha1_sha256     TEXT NOT NULL,
    ha1_sha512_256 TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    revoked_at   BIGINT
);
CREATE INDEX device_passwords_by_user ON device_passwords (tenant_id, auth_user);

-- Append-only: call rows and reports are derived from these events.
CREATE TABLE contact_events (
    event_id   TEXT   NOT NULL PRIMARY KEY,
    tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id),
    -- The caller's half of the session identifier (RFC 7989), which all legs share.
    contact    TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    -- User names in the tenant; empty where a side is nobody of ours.
    from_user  TEXT   NOT NULL,
    to_user    TEXT   NOT NULL,
    data       TEXT   NOT NULL
);
CREATE INDEX contact_events_by_caller ON contact_events (tenant_id, kind, from_user, at, event_id);
CREATE INDEX contact_events_by_callee ON contact_events (tenant_id, kind, to_user, at, event_id);
CREATE INDEX contact_events_by_time ON contact_events (kind, at);
CREATE INDEX contact_events_by_contact ON contact_events (tenant_id, contact, at, event_id);

-- Confirmed calls with both dialogs, loaded at start.
CREATE TABLE calls (
    call_id    TEXT   NOT NULL PRIMARY KEY,
    tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id),
    state      TEXT   NOT NULL,
    updated_at BIGINT NOT NULL
);

-- The access and audit log: one chain. The row that is written last is named by log_head, and by a file beside the key.
CREATE TABLE log (
    seq        BIGINT NOT NULL PRIMARY KEY,
    tenant_id  TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    -- Canonical JSON: what the chain covers.
    canonical  TEXT   NOT NULL,
    mac        TEXT   NOT NULL
);
CREATE INDEX log_by_tenant ON log (tenant_id, seq);

-- Personal values of log rows. Erasing a row here leaves the chain valid: the chain covers a keyed, salted digest of the value.
CREATE TABLE log_personal (
    seq        BIGINT NOT NULL,
    tenant_id  TEXT   NOT NULL,
    field      TEXT   NOT NULL,
    value      TEXT   NOT NULL,
    salt       TEXT   NOT NULL,
    PRIMARY KEY (seq, field)
);

CREATE TABLE log_head (
    one BIGINT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    mac TEXT   NOT NULL
);
INSERT INTO log_head (one, seq, mac) VALUES (1, 0, '');
