from odoo import api, models

from ..engine.completion import columns

# One statement for one message or for a thousand; the attempt id fences it.
COMPLETE = """
    WITH o AS (
        SELECT * FROM unnest(
            %(id)s::int[], %(attempt_id)s::int[], %(state)s::text[], %(outcome)s::text[], %(result)s::text[],
            %(reason)s::text[], %(detail)s::text[], %(trace)s::text[], %(error_class)s::text[],
            %(waiting_key)s::text[], %(next_in)s::float8[], %(uncount)s::int[], %(versions)s::text[])
        AS t(id, attempt_id, state, outcome, result, reason, detail, trace, error_class, waiting_key, next_in,
             uncount, versions)
    ), closed AS (
        UPDATE finance_message m
           SET state = o.state, worker_id = NULL, result = COALESCE(o.result::jsonb, m.result),
               reason_code = o.reason, detail = o.detail, error_class = o.error_class, waiting_key = o.waiting_key,
               mapping_versions = COALESCE(o.versions::jsonb, m.mapping_versions),
               next_at = COALESCE((clock_timestamp() AT TIME ZONE 'UTC') + o.next_in * interval '1 second', m.next_at),
               attempt_count = m.attempt_count - o.uncount,
               closed_at = CASE WHEN o.state IN ('done', 'ignored') THEN clock_timestamp() AT TIME ZONE 'UTC' END,
               write_date = clock_timestamp() AT TIME ZONE 'UTC'
          FROM o
         WHERE m.id = o.id AND m.attempt_id = o.attempt_id AND m.state = 'processing'
        RETURNING m.id, m.flow_id
    ), ended AS (
        UPDATE finance_message_attempt a
           SET ended_at = clock_timestamp() AT TIME ZONE 'UTC', outcome = o.outcome,
               duration_ms = extract(epoch FROM (clock_timestamp() AT TIME ZONE 'UTC') - a.started_at) * 1000,
               error_class = o.error_class, reason_code = o.reason, detail = COALESCE(o.trace, o.detail)
          FROM o JOIN closed ON closed.id = o.id
         WHERE a.id = o.attempt_id
    )
    INSERT INTO finance_message_transition (message_id, flow_id, before, after, at, note)
    SELECT closed.id, closed.flow_id, 'processing', o.state, clock_timestamp() AT TIME ZONE 'UTC', o.reason
      FROM o JOIN closed ON closed.id = o.id
    RETURNING message_id
"""


class LeaseLost(Exception):
    """Another worker owns the message now; whatever was done here must be rolled back."""


class FinanceDispatcher(models.AbstractModel):
    """Ends attempts."""

    _inherit = "finance.dispatcher"

    @api.model
    def _complete(self, completions, *, all_or_nothing=True):
        """Write outcomes, each fenced by its attempt id.

        :raise LeaseLost: when another worker has claimed one of the messages since
        """
        # details and results may quote payloads: a failing statement is not written to the log
        self.env.cr.execute(COMPLETE, columns(completions), log_exceptions=False)
        if all_or_nothing and len(self.env.cr.fetchall()) < len(completions):
            raise LeaseLost

    @api.model
    def _link_documents(self, message_id, documents):
        if documents:
            self.env.cr.execute_values(
                "INSERT INTO finance_message_document (message_id, res_model, res_id) VALUES %s ON CONFLICT DO NOTHING",
                [(message_id, model, res_id) for model, res_id in documents],
            )
