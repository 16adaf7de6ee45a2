from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..const import ADMIN, OPERATOR
from ..engine.stop import COVERING

_COVERS = f"SELECT EXISTS ({COVERING.format(flow='%(flow)s', connection='%(connection)s', company='%(company)s')})"


class FinanceStop(models.Model):
    """An emergency stop: nothing it covers is worked until somebody releases it.

    One row is all there is: no flow or connection is changed by it, so it can neither be held
    up by work in progress nor be undone by somebody who resumes a flow. Rows are made and
    released by the dialogs and never deleted.
    """

    _name = "finance.stop"
    _description = "Emergency Stop"
    _order = "id desc"
    _allow_sudo_commands = False

    scope = fields.Selection(
        [
            ("flow", "One flow"),
            ("connection", "One connection"),
            ("company", "One company"),
            ("everything", "Everything"),
        ],
        required=True,
        readonly=True,
    )
    flow_id = fields.Many2one("finance.flow", readonly=True, ondelete="restrict")
    connection_id = fields.Many2one("finance.connection", readonly=True, ondelete="restrict", index="btree_not_null")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict", help="Empty: all companies.")
    covers_production = fields.Boolean(readonly=True, help="Only another person than the one who stopped may release.")
    reason = fields.Text(required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Stopped by", required=True, readonly=True)
    stopped_at = fields.Datetime(string="Stopped", required=True, readonly=True)
    released_at = fields.Datetime(string="Released", readonly=True)
    released_by_id = fields.Many2one("res.users", readonly=True)
    release_reason = fields.Text(readonly=True)
    state = fields.Selection([("stopped", "Stopped"), ("released", "Released")], compute="_compute_state")

    _open = models.Index("(id) WHERE released_at IS NULL")
    _reasons_given = models.Constraint(
        "CHECK (btrim(reason) <> '' AND (released_at IS NULL OR COALESCE(btrim(release_reason), '') <> ''))",
        "A stop and its release need a reason.",
    )

    @api.depends("scope", "flow_id", "connection_id", "company_id")
    def _compute_display_name(self):
        for stop in self:
            # sudo: a stop is seen by whoever it covers, its name tells no more than that
            covered = stop.sudo()[f"{stop.scope}_id"].display_name if stop.scope not in (False, "everything") else ""
            stop.display_name = covered or self.env._("Everything")

    @api.depends("released_at")
    def _compute_state(self):
        for stop in self:
            stop.state = "released" if stop.released_at else "stopped"

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("A stop is released in its dialog and not changed otherwise."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Emergency stops are kept: they are evidence."))

    # -- who may ---------------------------------------------------------------------------

    @api.model
    def _steering_groups(self):
        """Groups that may stop and release; EXTENDS by modules with roles of their own."""
        return (OPERATOR, ADMIN)

    @api.model
    def _check_steering(self):
        self.env["finance.message"]._check_role(*self._steering_groups())

    # -- stop ------------------------------------------------------------------------------

    @api.model
    def _stop(self, scope, reason, *, flow=None, connection=None, company=None):
        """Stop at once everything in the scope.

        :param record flow, connection, company: the one that the scope names
        :raise AccessError: without the role, or for a company that is not the user's
        :return: the stop
        """
        self._check_steering()
        record = {"flow": flow, "connection": connection, "company": company}.get(scope)
        if scope != "everything":
            if not record:
                raise UserError(self.env._("Say what is to be stopped."))
            record.check_access("read")
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason of the stop."))
        values = {"scope": scope}
        if scope == "company":
            values["company_id"] = company.id
        elif scope != "everything":
            values |= {f"{scope}_id": record.id, "company_id": record.company_id.id}
        self._check_companies(values.get("company_id"))
        # sudo: rows are made here alone; the role was checked
        stop = self.sudo().create(
            {**values, "reason": reason.strip(), "user_id": self.env.uid, "stopped_at": self.env.cr.now()}
        )
        stop.covers_production = stop._is_production()
        self.env["finance.audit"]._record(
            "stop.set", stop, reason=reason, after={"scope": scope, "covers": stop.display_name}
        )
        stop._tell(self.env._("Emergency stop by %(name)s: %(reason)s", name=self.env.user.name, reason=reason))
        return stop.sudo(False)

    @api.model
    def _check_companies(self, company_id):
        """Nobody stops what belongs to a company that is not theirs."""
        if self.env.su:
            return
        if company_id:
            companies = self.env["res.company"].browse(company_id)
        else:
            # sudo: which companies there are, nothing of them
            companies = self.env["finance.connection"].sudo().search(Domain.TRUE).company_id
        if companies - self.env.user.company_ids:
            raise AccessError(self.env._("You may stop only what belongs to your companies."))

    def _is_production(self):
        self.ensure_one()
        return "production" in self._covered_connections().mapped("environment")

    def _covered_connections(self):
        self.ensure_one()
        # sudo: the stop covers connections whoever looks at it
        stop = self.sudo()
        if stop.scope == "flow":
            return stop.flow_id.connection_id
        if stop.scope == "connection":
            return stop.connection_id
        connections = stop.env["finance.connection"].with_context(active_test=False)
        companies = stop.company_id or stop.env["res.company"].search(Domain.TRUE)
        return connections.search([("company_id", "in", companies.ids)])

    def _tell(self, text):
        """Put it where people look for what happened to a connection."""
        for connection in self._covered_connections():
            connection.message_post(body=text)

    # -- release ---------------------------------------------------------------------------

    def action_release(self):
        """Open the dialog that asks for the reason of the release."""
        self.ensure_one()
        self._check_steering()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release the emergency stop"),
            "res_model": "finance.stop.release.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_stop_id": self.id},
        }

    def _release(self, reason):
        """End the stop; what waited goes on in order.

        :raise AccessError: for whoever stopped it, where production is covered
        """
        self.ensure_one()
        self._check_steering()
        self.check_access("read")
        stop = self.sudo()  # sudo: rows are changed here alone; role and company were checked
        self._check_companies(stop.company_id.id)
        if stop.released_at:
            raise UserError(self.env._("This stop has been released already."))
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason of the release."))
        is_same_person = self.env.uid == stop.user_id.id or self.env.user.partner_id == stop.user_id.partner_id
        if is_same_person and (stop.covers_production or stop._is_production()):
            raise AccessError(
                self.env._("It covers production: another person than the one who stopped has to release it.")
            )
        stop.write({"released_at": self.env.cr.now(), "released_by_id": self.env.uid, "release_reason": reason.strip()})
        self.env["finance.audit"]._record(
            "stop.released",
            stop,
            reason=reason,
            before={"stopped_by": stop.user_id.id},
            after={"covers": stop.display_name},
        )
        stop._tell(
            self.env._("Emergency stop released by %(name)s: %(reason)s", name=self.env.user.name, reason=reason)
        )
        self.env["finance.dispatcher"]._wake()

    # -- what screens ask ------------------------------------------------------------------

    @api.model
    def _open_stops(self):
        return self.search([("released_at", "=", False)])

    @api.model
    def get_banner(self):
        """What the red banner says; asked by the web client on every screen of the suite.

        :return: list of dicts with ``id``, ``name``, ``reason``, ``since`` and ``by``
        """
        self.check_access("read")
        return [
            {
                "id": stop.id,
                "name": stop.display_name,
                "reason": stop.reason,
                "since": fields.Datetime.to_string(stop.stopped_at),
                # sudo: the name of a colleague in another company
                "by": stop.sudo().user_id.name,
            }
            for stop in self._open_stops()
        ]

    @api.model
    def _covers(self, flow_id, connection_id, company_id):
        """:return: True while a stop covers the flow; one look into an index that is nearly always empty"""
        self.flush_model()
        self.env.cr.execute(
            _COVERS,
            {"flow": flow_id, "connection": connection_id, "company": company_id},
        )
        return self.env.cr.fetchone()[0]


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    is_stopped = fields.Boolean(compute="_compute_is_stopped", help="An emergency stop covers it.")

    def _compute_is_stopped(self):
        stops = self.env["finance.stop"]
        # sudo: whether it is covered, whoever may see the stop
        is_any_open = bool(stops.sudo()._open_stops())
        for connection in self:
            connection.is_stopped = is_any_open and stops._covers(None, connection.id, connection.company_id.id)

    def action_emergency_stop(self):
        """Open the dialog that stops this connection."""
        self.ensure_one()
        self.check_access("read")
        return self.env["finance.stop.wizard"]._open(scope="connection", connection=self)


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    is_stopped = fields.Boolean(compute="_compute_is_stopped", help="An emergency stop covers it.")

    def _compute_is_stopped(self):
        stops = self.env["finance.stop"]
        # sudo: whether it is covered, whoever may see the stop
        is_any_open = bool(stops.sudo()._open_stops())
        for flow in self:
            flow.is_stopped = is_any_open and stops._covers(flow.id, flow.connection_id.id, flow.company_id.id)

    def action_emergency_stop(self):
        """Open the dialog that stops this flow."""
        self.ensure_one()
        self.check_access("read")
        return self.env["finance.stop.wizard"]._open(scope="flow", flow=self)
