-- Queues: what a contact came through, what agents want, who has a place.

-- Name of the queue that a contact came through; empty where it came through none.
ALTER TABLE contact_events ADD COLUMN queue TEXT NOT NULL DEFAULT '';
CREATE INDEX contact_events_by_queue ON contact_events (tenant_id, queue, at, event_id);

-- What an agent wants and has to finish, as the queue engine's own JSON.
CREATE TABLE agents (
    tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id),
    user_name  TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_name)
);

-- Places of callers who wait, loaded at start: whoever calls again soon keeps theirs.
CREATE TABLE queue_places (
    tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id),
    caller     TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, caller)
);
