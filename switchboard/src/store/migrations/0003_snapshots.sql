-- Pictures of doors that a site keeps for a while: when a station rang, when a door was opened.

CREATE TABLE snapshots (
    snapshot_id TEXT   NOT NULL PRIMARY KEY,
    tenant_id   TEXT   NOT NULL REFERENCES tenants (tenant_id),
    site        TEXT   NOT NULL,
    door        TEXT   NOT NULL,
    -- The contact that it belongs to, the release: empty where there is none.
    contact     TEXT   NOT NULL,
    release_id  TEXT   NOT NULL,
    taken_at    BIGINT NOT NULL,
    erase_at    BIGINT NOT NULL,
    -- JPEG, sealed with the server key.
    picture     TEXT   NOT NULL
);
CREATE INDEX snapshots_by_contact ON snapshots (tenant_id, contact);
CREATE INDEX snapshots_by_release ON snapshots (tenant_id, release_id);
CREATE INDEX snapshots_by_erasure ON snapshots (erase_at);
