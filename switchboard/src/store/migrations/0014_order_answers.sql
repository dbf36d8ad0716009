-- What orders of pages were answered, for a while: one that is sent again after a restart is answered again and not done again.
CREATE TABLE order_answers (
    -- Digest of the session's token.
    session  TEXT   NOT NULL,
    -- The page's number of the order, in decimal.
    order_id TEXT   NOT NULL,
    -- JSON.
    answer   TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (session, order_id)
);
CREATE INDEX order_answers_by_age ON order_answers (at);
