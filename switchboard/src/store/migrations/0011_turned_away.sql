-- Callers whom a queue turned away or passed on. What the history knows of them is counted with everything else when this version first
-- starts.
ALTER TABLE report_sums ADD COLUMN found_closed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE report_sums ADD COLUMN found_full BIGINT NOT NULL DEFAULT 0;
ALTER TABLE report_sums ADD COLUMN overflowed BIGINT NOT NULL DEFAULT 0;
UPDATE report_state SET counted = 0 WHERE one = 1;
