-- The access log reads the rows of two actions: among millions of others they have indexes of their own. A query says the same condition.
CREATE INDEX log_by_release ON log (tenant_id, seq) WHERE canonical LIKE '%"action":"door_release"%';
CREATE INDEX log_by_ring ON log (tenant_id, seq) WHERE canonical LIKE '%"action":"door_ring"%';
