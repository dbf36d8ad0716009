-- Doors that rang in a queue and were opened without an answer.
ALTER TABLE report_sums ADD COLUMN opened BIGINT NOT NULL DEFAULT 0;
