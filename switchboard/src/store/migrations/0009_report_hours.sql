-- Sums of whole hours: a report by hours reads a quarter of the rows, and of agents, whose hours are those of all
-- queues together, an eighth. Those of before are made of their quarters.

INSERT INTO report_sums (tenant_id, subject, grain, start, site, queue, agent, word, answered, in_time, lost, short, handed_on, missed,
                         waited_ms, talk_ms, work_ms, pauses, paused_ms, ready_ms, unready_ms, ringing_ms, on_call_ms, wrap_up_ms)
SELECT tenant_id, subject, 'hour', start - start % 3600000, site, CASE WHEN subject = 'agent' THEN '' ELSE queue END,
       agent, word, SUM(answered), SUM(in_time), SUM(lost), SUM(short),
       SUM(handed_on), SUM(missed), SUM(waited_ms), SUM(talk_ms), SUM(work_ms), SUM(pauses), SUM(paused_ms), SUM(ready_ms),
       SUM(unready_ms), SUM(ringing_ms), SUM(on_call_ms), SUM(wrap_up_ms)
FROM report_sums WHERE grain = 'quarter' GROUP BY 1, 2, 4, 5, 6, 7, 8;
