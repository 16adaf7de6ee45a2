from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import STEWARD
from ..engine.notice import notice


class FinanceMappingUnmapped(models.Model):
    """Codes that held messages lack a mapping for, one row a code and connection, as the open exceptions have them."""

    _name = "finance.mapping.unmapped"
    _description = "Code without Mapping"
    _auto = False
    _order = "message_count desc, id"
    _rec_name = "code"
    _depends = {
        "finance.exception": ["state", "reason_code", "params", "message_id", "company_id"],
        "finance.message": ["state"],
        "finance.mapping": ["state", "domain_id", "connection_id", "code"],
        "finance.mapping.domain": ["code"],
    }

    domain_id = fields.Many2one("finance.mapping.domain", string="Kind", readonly=True)
    code = fields.Char(string="External code", readonly=True)
    label = fields.Char(string="External name", readonly=True)
    connection_id = fields.Many2one("finance.connection", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    message_count = fields.Integer(string="Messages", readonly=True)
    first_at = fields.Datetime(string="First seen", readonly=True)
    last_at = fields.Datetime(string="Last seen", readonly=True)
    amount = fields.Float(digits=(16, 2), readonly=True, aggregator=None, help="Sum, where the messages say it.")
    currency = fields.Char(readonly=True)
    pending_id = fields.Many2one("finance.mapping", string="Started", readonly=True, help="Draft or proposal of it.")
    pending_state = fields.Selection(related="pending_id.state", string="State of it")
    res_model = fields.Char(related="domain_id.res_model")
    suggested_id = fields.Many2oneReference(string="Suggestion", model_field="res_model", compute="_compute_suggestion")
    suggestion = fields.Char(compute="_compute_suggestion", string="Suggested record")
    suggestion_reason = fields.Char(compute="_compute_suggestion", string="Why")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT u.*, p.id AS pending_id
              FROM (SELECT min(e.id) AS id, d.id AS domain_id, e.params->>'code' AS code,
                           max(e.params->>'label') AS label, e.connection_id, e.company_id,
                           count(*) AS message_count, min(m.create_date) AS first_at, max(m.create_date) AS last_at,
                           CASE WHEN count(DISTINCT COALESCE(e.params->>'currency', '')) = 1
                                THEN sum(CASE WHEN jsonb_typeof(e.params->'amount') = 'number'
                                              THEN (e.params->>'amount')::numeric END)
                                END AS amount,
                           CASE WHEN count(DISTINCT COALESCE(e.params->>'currency', '')) = 1
                                THEN max(e.params->>'currency') END AS currency
                      FROM finance_exception e
                      JOIN finance_message m ON m.id = e.message_id AND m.state = 'held'
                      JOIN finance_mapping_domain d ON d.code = e.params->>'domain'
                     WHERE e.state = 'open'
                       -- a module with a cause for each kind of code marks them
                       AND (e.reason_code = 'mapping_missing' OR e.params ? 'unmapped')
                     GROUP BY d.id, e.params->>'code', e.connection_id, e.company_id) u
              LEFT JOIN LATERAL (
                   SELECT f.id FROM finance_mapping f
                    WHERE f.state IN ('draft', 'proposed') AND f.domain_id = u.domain_id AND f.operation = 'equals'
                      AND f.code = u.code AND COALESCE(f.connection_id, u.connection_id) = u.connection_id
                      AND COALESCE(f.company_id, u.company_id) = u.company_id
                    ORDER BY f.id LIMIT 1) p ON TRUE
            """
        )

    @api.depends("code", "label", "domain_id", "connection_id")
    def _compute_suggestion(self):
        offers = self._offers()
        for row in self:
            offer = offers.get(row.id)
            row.suggested_id = offer["res_id"] if offer else False
            row.suggestion = f"{offer['name']} ({offer['score']} %)" if offer else False
            row.suggestion_reason = offer["reason"] if offer else False

    def _offers(self):
        """:return: dict id -> the best offer; names are read once a kind and connection"""
        offers = {}
        for (domain, connection), rows in self.grouped(lambda row: (row.domain_id, row.connection_id)).items():
            found = self.env["finance.mapping"]._suggest_each(
                domain, connection, [(row.code, row.label) for row in rows], limit=1
            )
            offers |= {row.id: best[0] for row, best in zip(rows, found, strict=True) if best}
        return offers

    # -- actions -------------------------------------------------------------------------------

    def action_propose(self):
        """Propose the best suggestion for each code; several are one change set."""
        self.env["finance.message"]._check_role(STEWARD)
        self.check_access("read")
        offers = self._offers()
        ready = self.filtered(lambda row: row.id in offers and not row.pending_id)
        if not ready:
            raise UserError(
                self.env._(
                    "None of these codes has a suggestion that is not proposed yet. Choose the record with Map "
                    "the code."
                )
            )
        drafts = self.env["finance.mapping"].create([row._mapping_values(offers[row.id]) for row in ready])
        sets = drafts._sets_of_import(self.env._("Codes without mapping"))
        alone = drafts.filtered(lambda draft: not draft.set_id)
        if sets:
            sets.action_propose()
        if alone:
            alone.action_propose()
        self.invalidate_recordset(["pending_id"])
        return self._told(ready, sets, alone)

    def _mapping_values(self, offer):
        return {
            "domain_id": self.domain_id.id,
            "connection_id": self.connection_id.id,
            "code": self.code,
            "label": self.label,
            "res_id": offer["res_id"],
        }

    def _told(self, ready, sets, alone):
        """:return: action that shows what was proposed, and says what was left out"""
        if len(sets) == 1 and not alone:
            action = sets._open(sets)
        elif len(alone) == 1 and not sets:
            action = alone._open(alone)
        else:
            action = {
                "type": "ir.actions.act_window",
                "name": self.env._("Proposed"),
                "res_model": "finance.mapping",
                "view_mode": "list,form",
                "views": [(False, "list"), (False, "form")],
                "domain": [("id", "in", (alone | sets.mapping_ids).ids)],
            }
        left = self - ready
        if not left:
            return action
        return notice(
            self.env._(
                "Proposed: %(count)s. Left out, without suggestion or proposed already: %(codes)s",
                count=len(ready),
                codes=", ".join(left.mapped("code")[:20]),
            ),
            "warning",
            then={"views": [(False, "form")], **action},
        )

    def action_map(self):
        """Map one code by hand."""
        self.ensure_one()
        self.env["finance.message"]._check_role(STEWARD)
        self.check_access("read")
        return self.env["finance.mapping"]._action_map(
            {
                "domain": self.domain_id.code,
                "code": self.code,
                "label": self.label,
                "connection_id": self.connection_id.id,
            }
        )

    def action_view_messages(self):
        """Show the messages that wait for these codes."""
        self.check_access("read")
        keys = [
            self.env["finance.mapping"]._waiting_key(row.connection_id, row.domain_id.code, row.code) for row in self
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Messages that wait for it"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("state", "=", "held"), ("waiting_key", "in", keys)],
        }
