from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import routing
from ..engine.errors import RejectedError
from ..engine.notice import notice


class Route(NamedTuple):
    """What a table decided.

    :param flow: ``finance.flow`` or empty
    :param connection: ``finance.connection`` or empty
    :param value: the text of the row, for outcomes that are neither
    :param why: the decision line by line
    """

    flow: models.Model
    connection: models.Model
    value: str
    row: models.Model
    version: int
    why: list


class FinanceRouting(models.Model):
    """A decision table: which flow, connection or value a case goes to, by what it contains (B-38).

    The first row whose conditions all hold decides; the last one is the default. Versions are
    approved as mappings are, and only when every test case of the table comes out as written.
    """

    _name = "finance.routing"
    _description = "Routing Table"
    _inherit = ["finance.governed"]
    _order = "code, version desc"
    _governed_event = "routing"

    name = fields.Char(required=True, translate=False)
    code = fields.Char(required=True, help="What the modules ask for, e.g. payment.channel.")
    company_id = fields.Many2one("res.company", index=True, help="Empty: for companies without a table of their own.")
    description = fields.Text()
    row_ids = fields.One2many("finance.routing.row", "routing_id", string="Rows", copy=True)
    case_ids = fields.One2many("finance.routing.case", "routing_id", string="Test cases", copy=True)
    failed_count = fields.Integer(compute="_compute_failed_count", string="Failed test cases")
    replaces_id = fields.Many2one("finance.routing", readonly=True, copy=False)
    origin_id = fields.Many2one("finance.routing", string="First version", readonly=True, copy=False, index=True)
    approvals = fields.Integer(readonly=True, copy=False)

    _active_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0), COALESCE(valid_from, '0001-01-01')) WHERE state = 'active'",
        "This table is in use already. Make a new version of it instead.",
    )

    @api.model
    def _route(self, code, facts, company, *, date=None):
        """Decide a case.

        :param str code: which table
        :param dict facts: what is known, nested as it likes: ``{"currency": "EUR", "bank": {"bic": ...}}``
        :param company: whose case it is; its own table before the shared one
        :param date: day that counts, default today
        :raise RejectedError: there is no approved table
        :return: a :class:`Route`
        """
        day = date or fields.Date.context_today(self)
        # sudo: asked by the engine, limited to one company
        tables = self.sudo().search(
            [("code", "=", code), ("state", "=", "active"), ("company_id", "in", [company.id, False])]
        )
        valid = tables.filtered(lambda table: table._valid_on(day))
        table = valid.sorted(lambda table: (not table.company_id, -table.id))[:1]
        if not table:
            raise RejectedError(
                self.env._(
                    "There is no approved routing table %(code)s for %(company)s.", code=code, company=company.name
                ),
                reason="routing_missing",
            )
        return table._decide(facts)

    def _decide(self, facts):
        self.ensure_one()
        decision = routing.decide(self._rows(), facts)
        row = decision.row.outcome
        return Route(row.flow_id, row.connection_id, row.value or "", row, self.version, decision.lines())

    def _rows(self):
        return [row._as_row() for row in self.row_ids.sorted(lambda row: (row.sequence, row.id))]

    @api.depends("row_ids.condition", "row_ids.sequence", "case_ids.facts", "case_ids.row_name")
    def _compute_failed_count(self):
        for table in self:
            table.failed_count = len(table.case_ids.filtered(lambda case: not case.passed))

    def action_check(self):
        """Run the test cases and say how they came out."""
        self.ensure_one()
        self.check_access("read")
        self._governed_check()
        return notice(self.env._("%s test case(s) passed.", len(self.case_ids)), "success")

    # -- governance (see finance.governed) -----------------------------------------------------

    def _governed_check(self):
        words = {
            "no_default": self.env._("The table needs a last row without conditions: what happens to everything else."),
            "defaults": self.env._("Only the last row may be without conditions; there are several."),
            "default_first": self.env._("The row without conditions has to be the last one."),
        }
        for table in self:
            rows = table._rows()
            try:
                routing.check(rows)
            except routing.TableError as error:
                raise UserError(words[str(error)]) from error
            dead = routing.unreachable(rows)
            if dead:
                raise UserError(
                    self.env._("Row %s never decides: an earlier row asks for no more than it does.", dead[0].name)
                )
            empty = table.row_ids.filtered(lambda row: not (row.flow_id or row.connection_id or row.value))
            if empty:
                raise UserError(self.env._("Row %s says nothing about where to go.", empty[0].name))
            if not table.case_ids:
                raise UserError(self.env._("Write at least one test case: what must come out of the table."))
            failed = table.case_ids.filtered(lambda case: not case.passed)
            if failed:
                raise UserError(
                    self.env._("Test case %(case)s fails: %(result)s.", case=failed[0].name, result=failed[0].result)
                )

    def _governed_siblings(self):
        self.ensure_one()
        return [("code", "=", self.code), ("company_id", "=", self.company_id.id)]

    def _governed_lock(self):
        # sudo: what collides may belong to a company the steward does not see
        self._governed_serialise(self.sudo().search([("code", "in", self.mapped("code"))]))

    def _facts(self):
        self.ensure_one()
        table = self.sudo()  # sudo: the same facts for every steward, whatever else he may read
        return {
            "code": table.code,
            "name": table.name,
            "company": table.company_id.name or None,
            "rows": [row._told() for row in table.row_ids.sorted(lambda row: (row.sequence, row.id))],
            "cases": [case._told() for case in table.case_ids.sorted("id")],
            "valid_from": fields.Date.to_string(table.valid_from) if table.valid_from else None,
            "valid_to": fields.Date.to_string(table.valid_to) if table.valid_to else None,
        }
