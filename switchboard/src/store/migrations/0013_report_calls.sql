-- The calls of a queue at a site, without reading those that it had at others: a page asks for each site by itself.
DROP INDEX report_calls_by_queue;
CREATE INDEX report_calls_by_queue ON report_calls (tenant_id, queue, site, at, call_id);
