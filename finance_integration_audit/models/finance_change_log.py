import json

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.models.finance_governed import difference_table

#: what audit entries tell of configuration; money and messages have lists of their own
EVENTS = (
    "config.%",
    "connection.%",
    "flow.%",
    "mapping.%",
    "definition.%",
    "ownership.%",
    "routing.%",
    "payment.rule.%",
    "policy.%",
    "expense.policy.%",
    "host.%",
    "secret.%",
    "key.%",
    "calendar.%",
    "promotion.%",
    "subscription.%",
)


class FinanceChangeLog(models.Model):
    """What changed by date (A-17): decisions on governed changes, and what the audit trail tells of configuration."""

    _name = "finance.change.log"
    _description = "Change of Mappings, Schemas, Connections"
    _auto = False
    _order = "at desc, id desc"
    _rec_name = "name"

    at = fields.Datetime(string="When", readonly=True)
    name = fields.Char(string="What", readonly=True)
    event = fields.Char(string="Change", readonly=True)
    res_model = fields.Char(string="Model", readonly=True)
    kind = fields.Char(compute="_compute_kind")
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    user_id = fields.Many2one("res.users", string="Who", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    reason = fields.Text(readonly=True)
    change_id = fields.Many2one("finance.change", string="Decision", readonly=True)
    entry_id = fields.Many2one("finance.audit.entry", string="Audit entry", readonly=True)
    difference = fields.Html(compute="_compute_difference", string="Before and after", sanitize=False)
    difference_text = fields.Text(compute="_compute_difference", string="What changed")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT 2 * id AS id, decided_at AS at, name, event::text AS event, res_model, res_id,
                   decided_by_id AS user_id, company_id, reason, id AS change_id, NULL::integer AS entry_id
              FROM finance_change
             UNION ALL
            SELECT 2 * id + 1, at, record_name, event, model, res_id, NULLIF(user_ref, 0), NULLIF(company_ref, 0),
                   reason, NULL, id
              FROM finance_audit_entry
             WHERE event LIKE ANY(%s)
            """,
            list(EVENTS),
        )

    @api.depends("res_model")
    def _compute_kind(self):
        for row in self:
            row.kind = self.env["ir.model"]._get(row.res_model).name or row.res_model

    @api.depends("change_id", "entry_id")
    def _compute_difference(self):
        for row in self:
            # sudo: who reads this list reads what it is made of
            before, after = row.sudo()._facts()
            names = [*before, *(name for name in after if name not in before)]
            changes = [(n, before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)]
            row.difference = difference_table(self.env, changes) if changes else Markup("")
            row.difference_text = "\n".join(f"{name}: {_told(old)} → {_told(new)}" for name, old, new in changes)

    def _facts(self):
        """:return: complete facts before and after"""
        if self.change_id:
            return self.change_id.before or {}, self.change_id.after or {}
        return _parsed(self.entry_id.before), _parsed(self.entry_id.after)


def _parsed(text):
    """:return: the facts of an audit entry"""
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {"": found}


def _told(value):
    return "-" if value is None or value is False else str(value)
