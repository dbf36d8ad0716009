-- Lock-outs after wrong passwords, until they end or are lifted. One is of the whole switchboard: an address, or a name that may be nobody's.
CREATE TABLE lockouts (
    lockout_id TEXT   NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL,
    -- What is counted, in JSON.
    counted    TEXT   NOT NULL,
    -- JSON array of ids.
    people     TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    began_at   BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL
);
