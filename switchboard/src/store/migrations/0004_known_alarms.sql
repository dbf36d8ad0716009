-- Alarms of the floor that somebody has acknowledged, until their cause is gone.
CREATE TABLE known_alarms (
    tenant_id TEXT   NOT NULL REFERENCES tenants (tenant_id),
    queue     TEXT   NOT NULL,
    alarm     TEXT   NOT NULL,
    by_name   TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, queue, alarm)
);
