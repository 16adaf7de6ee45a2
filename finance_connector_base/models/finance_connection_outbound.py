from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import states
from ..engine.decision import credentials_key
from ..engine.errors import AuthNeededError


class FinanceConnection(models.Model):
    """Whether a connection may reach out of this database at all.

    A connection belongs to the database, and to the environment, that it was activated in. In a
    copy (another identity, another name, or neutralised) it reaches nothing until a connector
    administrator says so on the connection. Files that people bring are worked everywhere.
    """

    _inherit = "finance.connection"

    database_identity = fields.Char(readonly=True, copy=False, help="The database this connection was activated in.")
    activated_environment = fields.Char(readonly=True, copy=False)
    is_foreign = fields.Boolean(string="Of another database", compute="_compute_is_foreign")
    auth_reason = fields.Char(string="Stopped by", readonly=True, copy=False)
    auth_cause = fields.Char(string="Why it is stopped", compute="_compute_auth_cause")
    auth_remedy = fields.Text(string="What to do", compute="_compute_auth_cause")

    @api.depends("database_identity")
    def _compute_is_foreign(self):
        for connection in self:
            connection.is_foreign = connection._is_foreign()

    @api.depends("auth_needed", "auth_reason")
    def _compute_auth_cause(self):
        reasons = self.env["finance.reason"].search([("code", "in", self.mapped("auth_reason"))])
        by_code = {reason.code: reason for reason in reasons}
        for connection in self:
            reason = (
                by_code.get(connection.auth_reason, reasons.browse()) if connection.auth_needed else reasons.browse()
            )
            connection.auth_cause = reason.name
            connection.auth_remedy = reason.remedy

    @api.model
    def _current_identity(self):
        parameters = self.env["ir.config_parameter"].sudo()  # sudo: who we are is no secret
        identity = f"{parameters.get_param('database.uuid')}/{self.env.cr.dbname}"
        return f"{identity}/neutralized" if parameters.get_param("database.is_neutralized") else identity

    def _bind_to_database(self):
        for connection in self.sudo():  # sudo: protected fields; called by steps that checked the role, and the engine
            connection.write(
                {
                    "database_identity": self._current_identity(),
                    "activated_environment": connection.environment,
                }
            )

    def _is_foreign(self):
        """Say whether this connection came here with a copy of the database it was activated in."""
        self.ensure_one()
        if self.sudo().adapter in self.env and not self._adapter()._supports:  # sudo: the kind is no secret
            # it reaches nothing anywhere: files brought by people
            return False
        current = self._current_identity()
        if not self.sudo().database_identity:  # sudo: who we are is no secret
            # never active anywhere, but set up before the copy was made
            return current.endswith("/neutralized")
        return self.sudo().database_identity != current  # sudo: as above

    def _check_outbound(self):
        """Called before anything is said to the other side; EXTENDS by what else must be in order for it.

        :raise AuthNeededError: nothing may leave
        """
        self.ensure_one()
        connection = self.sudo()  # sudo: called by the engine, whoever's transaction needs it
        if connection._is_foreign():
            raise AuthNeededError(
                self.env._(
                    "This is a copy of the database in which %s was activated. Sending and fetching are off here.",
                    connection.name,
                ),
                reason="database_copy",
            )
        if connection.state != "draft" and connection.activated_environment != connection.environment:
            raise AuthNeededError(
                self.env._("%s was activated for another environment. Test and activate it again.", connection.name),
                reason="environment_changed",
            )

    def action_confirm_database(self):
        """Let a connection work in this copy of the database: as a draft, to be tested and activated here."""
        self._check_admin()
        for connection in self:
            if not connection.is_foreign:
                raise UserError(self.env._("%s belongs to this database already.", connection.name))
            before = connection.database_identity
            connection._bind_to_database()
            connection._set_connection_state("draft")
            connection.sudo().check_ok = False  # sudo: protected field, the role was checked
            connection._hold_outbound()
            connection._mended("database_copy")
            self.env["finance.audit"]._record(
                "connection.database_confirmed",
                connection,
                before={"database": before},
                after={"database": connection.database_identity},
            )

    def _hold_outbound(self):
        """What the original database was about to send is not sent by its copy, unless a person says so."""
        # sudo: messages are changed by nobody directly; the role was checked
        messages = self.env["finance.message"].sudo()
        mine = [("connection_id", "=", self.id), ("flow_id.direction", "=", "out"), ("kind", "=", "exchange")]
        waiting = messages.search([*mine, ("state", "in", [states.QUEUED, states.RETRY])])
        detail = self.env._("It waited in the database that this one is a copy of. Discard it, or retry it to send it.")
        waiting._set_state(
            states.HELD, note="database_copy", reason_code="database_copy", error_class="technical", detail=detail
        )
        for message in waiting:
            self.env["finance.exception"]._raise_for(
                message, reason="database_copy", error_class="technical", detail=detail
            )
        held = messages.search([*mine, ("state", "=", states.HELD)])
        # a passed test would let them go on
        held.write({"waiting_key": False})

    def _mended(self, *reasons):
        """Go on where one of these causes was all that stopped a connection."""
        # sudo: protected fields; called when the cause is gone, by whoever mended it
        stopped = self.sudo().filtered(lambda connection: connection.auth_needed and connection.auth_reason in reasons)
        for connection in stopped:
            connection.write({"auth_needed": False, "auth_reason": False})
            self.env["finance.message"]._resume_waiting(credentials_key(connection.id))
        return stopped

    def _void_credentials(self):
        """Delete what this connection logs in with, because it may be in the wrong hands; EXTENDS by modules
        that keep tokens of their own."""
        self.check_access("write")
        self.secret_ids.unlink()
        if self.state != "draft":
            self._set_connection_state("paused")
        # sudo: protected fields, the role was checked
        self.sudo().write({"check_ok": False, "auth_needed": True, "auth_reason": "secret_missing"})
