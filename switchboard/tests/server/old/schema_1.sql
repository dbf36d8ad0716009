-- A SQLite database of schema 1 with one call in its history, as a dump.
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE calls (
    call_id    TEXT   NOT NULL PRIMARY KEY,
    tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id),
    state      TEXT   NOT NULL,
    updated_at BIGINT NOT NULL
);
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
INSERT INTO "contact_events" VALUES('0198c0de-0000-7000-8000-000000000200','0198c0de-0000-7000-8000-000000000001','0123456789abcdef0123456789abcdef','offered',1764000001000,'agent1','agent2','{"from_display":"Agent One","to_display":"Agent Two"}');
INSERT INTO "contact_events" VALUES('0198c0de-0000-7000-8000-000000000201','0198c0de-0000-7000-8000-000000000001','0123456789abcdef0123456789abcdef','ringing',1764000001200,'agent1','agent2','{"from_display":"Agent One","to_display":"Agent Two"}');
INSERT INTO "contact_events" VALUES('0198c0de-0000-7000-8000-000000000202','0198c0de-0000-7000-8000-000000000001','0123456789abcdef0123456789abcdef','answered',1764000004000,'agent1','agent2','{"from_display":"Agent One","to_display":"Agent Two"}');
INSERT INTO "contact_events" VALUES('0198c0de-0000-7000-8000-000000000203','0198c0de-0000-7000-8000-000000000001','0123456789abcdef0123456789abcdef','ended',1764000064000,'agent1','agent2','{"from_display":"Agent One","to_display":"Agent Two"}');
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
CREATE TABLE log (
    seq        BIGINT NOT NULL PRIMARY KEY,
    tenant_id  TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    -- Canonical JSON: what the chain covers.
    canonical  TEXT   NOT NULL,
    mac        TEXT   NOT NULL
);
CREATE TABLE log_head (
    one BIGINT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    mac TEXT   NOT NULL
);
INSERT INTO "log_head" VALUES(1,0,'');
CREATE TABLE log_personal (
    seq        BIGINT NOT NULL,
    tenant_id  TEXT   NOT NULL,
    field      TEXT   NOT NULL,
    value      TEXT   NOT NULL,
    salt       TEXT   NOT NULL,
    PRIMARY KEY (seq, field)
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
INSERT INTO "people" VALUES('0198c0de-0000-7000-8000-000000000100','0198c0de-0000-7000-8000-000000000001','agent1','Agent One',1764000000000,NULL);
INSERT INTO "people" VALUES('0198c0de-0000-7000-8000-000000000101','0198c0de-0000-7000-8000-000000000001','agent2','Agent Two',1764000000000,NULL);
CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY, at BIGINT NOT NULL);
INSERT INTO "schema_version" VALUES(1,1764000000000);
CREATE TABLE sessions (
    token_digest TEXT   NOT NULL PRIMARY KEY,
    tenant_id    TEXT   NOT NULL REFERENCES tenants (tenant_id),
    person_id    TEXT   NOT NULL REFERENCES people (person_id),
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE TABLE tenants (
    tenant_id   TEXT   NOT NULL PRIMARY KEY,
    name        TEXT   NOT NULL UNIQUE,
    -- SIP domain and digest realm: fixed at creation, because stored HA1 values contain it.
    domain      TEXT   NOT NULL UNIQUE,
    created_at  BIGINT NOT NULL
);
INSERT INTO "tenants" VALUES('0198c0de-0000-7000-8000-000000000001','demo','portico.test',1764000000000);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX device_passwords_by_user ON device_passwords (tenant_id, auth_user);
CREATE INDEX contact_events_by_caller ON contact_events (tenant_id, kind, from_user, at, event_id);
CREATE INDEX contact_events_by_callee ON contact_events (tenant_id, kind, to_user, at, event_id);
CREATE INDEX contact_events_by_time ON contact_events (kind, at);
CREATE INDEX contact_events_by_contact ON contact_events (tenant_id, contact, at, event_id);
CREATE INDEX log_by_tenant ON log (tenant_id, seq);
COMMIT;
