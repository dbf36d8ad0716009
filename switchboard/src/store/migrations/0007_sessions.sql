-- What a session is known by outside, where it was opened and last used, and whether somebody has ended it. Sessions of before go on:
-- their digest is as good an id, for it opens nothing.

ALTER TABLE sessions ADD COLUMN session_id TEXT   NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN browser    TEXT   NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN system     TEXT   NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN address    TEXT   NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN seen_at    BIGINT NOT NULL DEFAULT 0;
-- Kept until the session would have ended by itself: its page is told why, and its phone credentials stay void over a restart.
ALTER TABLE sessions ADD COLUMN revoked_at BIGINT;
UPDATE sessions SET session_id = token_digest, seen_at = created_at;
CREATE UNIQUE INDEX sessions_by_id ON sessions (session_id);
