-- Links to the wallboard, until they end or are revoked. Only the digest of a token is kept.
CREATE TABLE wall_links (
    link_id      TEXT   NOT NULL PRIMARY KEY,
    tenant_id    TEXT   NOT NULL REFERENCES tenants (tenant_id),
    token_digest TEXT   NOT NULL UNIQUE,
    name         TEXT   NOT NULL,
    -- JSON array of names of queues.
    queues       TEXT   NOT NULL,
    made_by      TEXT   NOT NULL REFERENCES people (person_id),
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT
);
CREATE INDEX wall_links_by_tenant ON wall_links (tenant_id, link_id);
