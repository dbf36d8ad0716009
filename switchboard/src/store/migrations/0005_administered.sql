-- What administrators wrote: each row counts instead of what the configuration file says under the same name.
CREATE TABLE administered (
    tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id),
    -- person, queue or reason
    kind       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    -- JSON as it was written; empty where it was removed.
    record     TEXT   NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT   NOT NULL REFERENCES people (person_id),
    PRIMARY KEY (tenant_id, kind, name)
);

-- Passwords that were set here, each instead of the file's hash of that person.
CREATE TABLE passwords (
    person_id  TEXT   NOT NULL PRIMARY KEY REFERENCES people (person_id),
    tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id),
    -- Argon2 in PHC form.
    hash       TEXT   NOT NULL,
    -- Set where it is good for one sign-in, and until when.
    once_until BIGINT,
    set_at     BIGINT NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person_id);
