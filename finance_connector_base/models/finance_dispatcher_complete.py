from odoo import api, models

from ..engine.completion import COLUMNS, columns, row

_KINDS = {name: "text" for name in COLUMNS} | {"id": "int", "attempt_id": "int", "next_in": "float8", "uncount": "int"}
_CLOCK = "clock_timestamp() AT TIME ZONE 'UTC'"


def _statement(given, opening="", one="", more=""):
    """The statement that ends attempts.

    The attempt id fences it: a message that another worker has claimed since is left alone.

    :param given: says where the value of a column comes from
    :param one: what to update from, :param more: the same beside the rows closed
    """
    return f"""
        WITH {opening} closed AS (
            UPDATE finance_message m
               SET state = {given("state")}, worker_id = NULL, result = COALESCE({given("result")}::jsonb, m.result),
                   reason_code = {given("reason")}, detail = {given("detail")}, error_class = {given("error_class")},
                   waiting_key = {given("waiting_key")},
                   mapping_versions = COALESCE({given("versions")}::jsonb, m.mapping_versions),
                   mapping_asked = COALESCE({given("asked")}::jsonb, m.mapping_asked),
                   next_at = COALESCE(({_CLOCK}) + {given("next_in")} * interval '1 second', m.next_at),
                   attempt_count = m.attempt_count - {given("uncount")},
                   closed_at = CASE WHEN {given("state")} IN ('done', 'ignored') THEN {_CLOCK} END,
                   write_date = {_CLOCK}
              {one}
             WHERE m.id = {given("id")} AND m.attempt_id = {given("attempt_id")} AND m.state = 'processing'
            RETURNING m.id, m.flow_id
        ), ended AS (
            UPDATE finance_message_attempt a
               SET ended_at = {_CLOCK}, outcome = {given("outcome")},
                   duration_ms = extract(epoch FROM ({_CLOCK}) - a.started_at) * 1000,
                   error_class = {given("error_class")}, reason_code = {given("reason")},
                   detail = COALESCE({given("trace")}, {given("detail")})
              FROM closed {more}
             WHERE a.id = {given("attempt_id")}
        )
        INSERT INTO finance_message_transition (message_id, flow_id, before, after, at, note)
        SELECT closed.id, closed.flow_id, 'processing', {given("state")}, {_CLOCK}, {given("reason")}
          FROM closed {more}
        RETURNING message_id
    """


# For one message the values stand in the statement itself: that halves the time it is planned.
COMPLETE_ONE = _statement(lambda name: f"%({name})s::{_KINDS[name]}")
COMPLETE_MANY = _statement(
    lambda name: f"o.{name}",
    opening="o AS (SELECT * FROM unnest({}) AS t({})),".format(
        ", ".join(f"%({name})s::{kind}[]" for name, kind in _KINDS.items()), ", ".join(_KINDS)
    ),
    one="FROM o",
    more="JOIN o ON o.id = closed.id",
)


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
        if len(completions) == 1:
            self.env.cr.execute(COMPLETE_ONE, row(completions[0]), log_exceptions=False)
        else:
            self.env.cr.execute(COMPLETE_MANY, columns(completions), log_exceptions=False)
        if all_or_nothing and len(self.env.cr.fetchall()) < len(completions):
            raise LeaseLost

    @api.model
    def _link_documents(self, message_id, documents):
        if documents:
            self.env.cr.execute_values(
                "INSERT INTO finance_message_document (message_id, res_model, res_id) VALUES %s ON CONFLICT DO NOTHING",
                [(message_id, model, res_id) for model, res_id in documents],
            )
