-- Wrong passwords below the limit are kept as well: how many there were. What was written before are lock-outs.
ALTER TABLE lockouts ADD COLUMN tries BIGINT NOT NULL DEFAULT 4294967295;
