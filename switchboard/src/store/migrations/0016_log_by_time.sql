-- A call's timeline asks for the releases of a while.
CREATE INDEX log_releases_by_time ON log (tenant_id, at) WHERE canonical LIKE '%"action":"door_release"%';
