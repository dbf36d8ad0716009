-- Messages of whoever is in charge that have not been read. One that is read goes.
CREATE TABLE unread (
    tenant_id TEXT   NOT NULL,
    user_name TEXT   NOT NULL,
    -- The number by which it is said to be read; grows.
    told_id   BIGINT NOT NULL,
    -- JSON.
    told      TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, user_name, told_id)
);
