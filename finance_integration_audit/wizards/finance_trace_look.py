from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date, format_datetime

from ..lineage import hops


class FinanceTraceLook(models.TransientModel):
    """The screen of a trace: a reference to search, what was found, the way of the money as a picture and in order."""

    _name = "finance.trace.look"
    _description = "Trace"
    _rec_name = "title"

    term = fields.Char(
        string="Reference",
        help="Number of an invoice, reference of a payment, end-to-end id, UETR, message id, correlation id, id in "
        "another system, name of a file.",
    )
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    title = fields.Char(readonly=True, default=lambda self: self.env._("Trace"))
    hit_ids = fields.One2many("finance.trace.hit", "look_id", string="Found")
    hit_count = fields.Integer(compute="_compute_hit_count")
    summary_html = fields.Html(compute="_compute_trace", sanitize=False)
    picture_html = fields.Html(compute="_compute_trace", sanitize=False)
    steps_html = fields.Html(compute="_compute_trace", sanitize=False)

    @api.depends("hit_ids")
    def _compute_hit_count(self):
        for look in self:
            look.hit_count = len(look.hit_ids)

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_trace(self):
        for look in self:
            trace = look._trace()
            for name, template in (
                ("summary_html", "finance_trace_summary"),
                ("picture_html", "finance_trace_picture"),
                ("steps_html", "finance_trace_steps"),
            ):
                look[name] = trace and look._rendered(template, trace)

    def _trace(self):
        """:return: the trace, or False while nothing was chosen"""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env["finance.trace.source"]._all():
            return False
        return self.env["finance.trace"]._build_from([(self.res_model, self.res_id)])

    def _rendered(self, template, trace):
        return self.env["ir.qweb"]._render(
            f"finance_integration_audit.{template}", {"trace": trace, "look": self, "env": self.env}
        )

    # -- how things are told -------------------------------------------------------------------

    def _when(self, hop):
        """:return: when a hop was, as the reader's clock says"""
        if not hop.at:
            return ""
        return format_date(self.env, hop.at.date()) if hop.is_day else format_datetime(self.env, hop.at)

    def _since(self, step):
        """:return: the time since the hop before"""
        return f"+ {self._long(step.since)}" if step.since is not None else ""

    def _long(self, duration):
        unit, number, rest = hops.spoken(duration.total_seconds())
        return {
            "ms": self.env._("%(number)s ms", number=number),
            "s": self.env._("%(number)s s", number=number),
            "min": self.env._("%(number)s min %(rest)s s", number=number, rest=rest),
            "h": self.env._("%(number)s h %(rest)s min", number=number, rest=rest),
            "d": self.env._("%(number)s d %(rest)s h", number=number, rest=rest),
        }[unit]

    def _until(self, missing):
        """:return: until when a gap should have been closed"""
        return format_datetime(self.env, missing.gap.due) if missing.gap.due else ""

    @api.model
    def _link(self, key):
        return f"/odoo/{key[0]}/{key[1]}"

    @api.model
    def _short(self, text, size=24):
        return text if len(text) <= size else f"{text[: size - 1]}…"

    # -- opening -------------------------------------------------------------------------------

    @api.model
    def _open_record(self, record):
        look = self.create(
            {"res_model": record._name, "res_id": record.id, "title": self.env._("Trace: %s", record.display_name)}
        )
        return look._shown()

    def _shown(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.title or self.env._("Trace"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "current",
            "context": {"form_view_initial_mode": "edit"},
        }

    def action_search(self):
        """Find what the reference names: one hit is shown, several are a choice."""
        self.ensure_one()
        self.env["finance.trace"]._check_reader()
        self.check_access("read")
        found = self.env["finance.trace"]._search_reference(self.term)
        if not found:
            raise UserError(self.env._("Nothing that you may see has the reference %s.", self.term or ""))
        if len(found) == 1:
            return self.env["finance.trace"]._action(found[0])
        source = self.env["finance.trace.source"]
        self.write(
            {
                "res_model": False,
                "res_id": False,
                "hit_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "res_model": record._name,
                                "res_id": record.id,
                                "kind": source._kind(record._name),
                                "name": record.display_name,
                                "company_id": record.company_id.id,
                            }
                        )
                        for record in found
                    ),
                ],
            }
        )
        return self._shown()

    def action_print(self):
        """The trace on paper, as this reader sees it."""
        self.ensure_one()
        self.env["finance.trace"]._check_reader()
        self.check_access("read")
        return self.env.ref("finance_integration_audit.finance_trace_look_report").report_action(self)
