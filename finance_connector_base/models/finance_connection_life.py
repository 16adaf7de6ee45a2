from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..const import ADMIN, OPERATOR
from ..engine.decision import credentials_key
from ..engine.errors import FinanceError
from ..engine.notice import notice
from ..engine.work import noting_reached
from ..transports.vault_secrets import VAULT

#: written by the steps below and by nobody else; the value is what a new connection has
PROTECTED = {
    "state": "draft",
    "check_ok": False,
    "check_result": False,
    "checked_at": False,
    "hold_until": False,
    "auth_needed": False,
    "auth_reason": False,
    "database_identity": False,
    "activated_environment": False,
}


class FinanceConnection(models.Model):
    """From draft to active and back: the steps, who may take them, and what they need."""

    _inherit = "finance.connection"

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # given or smuggled in as a default of the context: a connection begins as a draft
            vals_list = [{**vals, **PROTECTED} for vals in vals_list]
        connections = super().create(vals_list)
        connections.filtered(lambda connection: connection.state != "draft")._bind_to_database()
        return connections

    def write(self, vals):
        if not self.env.su and PROTECTED.keys() & vals.keys():
            raise AccessError(self.env._("Use the buttons to test, activate, pause and resume a connection."))
        if "company_id" in vals:
            # sudo: messages of any company count here, the user may not see them
            moved = self.filtered(lambda c: c.company_id.id != vals["company_id"])
            if self.env["finance.message"].sudo().search_count([("connection_id", "in", moved.ids)], limit=1):
                raise UserError(self.env._("A connection that has messages stays with its company. Make a new one."))
        redirected = self._redirected(vals)
        result = super().write(vals)
        if redirected and "check_ok" not in vals:
            redirected.sudo().write({"check_ok": False})  # sudo: protected field
        return result

    def _redirected(self, vals):
        """:return: the connections that would reach another place than the one that was tested"""
        endpoint = self._endpoint_fields() & vals.keys()
        return self.filtered(
            lambda connection: any(
                self._fields[name].convert_to_write(connection[name], connection) != (vals[name] or False)
                for name in endpoint
            )
        )

    @api.model
    def _endpoint_fields(self):
        """Fields that say where a connection leads; EXTENDS by adapters.

        A connection in which one of them changes has to be tested again before it works; in one that is in use
        they change after approval only.
        """
        return {"adapter", "environment", "company_id"}

    @api.constrains("state", "owner_id", "environment")
    def _check_active(self):
        for connection in self:
            if connection.state != "draft" and connection._missing():
                raise ValidationError(
                    self.env._(
                        "%(name)s is in use and needs %(missing)s.",
                        name=connection.name,
                        missing=", ".join(connection._missing()),
                    )
                )

    def _missing(self):
        self.ensure_one()
        missing = []
        if not self.owner_id:
            missing.append(self.env._("an owner (field Owner)"))
        if not self.environment:
            missing.append(self.env._("an environment (field Environment)"))
        return missing

    def _missing_to_go_live(self):
        """:return: what the connection still needs before it works, each with where to enter it; EXTENDS by modules"""
        missing = self._missing()
        if self._adapter()._supports and not self.max_concurrency:
            missing.append(self.env._("limits (page Limits, Messages at the same time)"))
        if self.hosts_missing:
            missing.append(
                self.env._(
                    "the permission to reach %(hosts)s (Configuration > Hosts, environment %(environment)s)",
                    hosts=self.hosts_missing,
                    environment=dict(self._fields["environment"]._description_selection(self.env))[self.environment],
                )
            )
        if not self.check_ok:
            missing.append(self.env._("a passed test (press Test)"))
        return missing

    def _check_ready(self):
        """:raise UserError: something is missing for work; the list says what, and where to enter it"""
        for connection in self:
            missing = connection._missing_to_go_live()
            if missing:
                raise UserError(
                    self.env._(
                        "%(name)s cannot be activated, it still needs: %(missing)s.",
                        name=connection.name,
                        missing=", ".join(missing),
                    )
                )

    def _check_admin(self):
        self.env["finance.message"]._check_role(ADMIN)
        self.check_access("write")

    def action_test(self):
        """Test the connection and keep the result; what waited for it goes on when it passes."""
        self.ensure_one()
        self._check_admin()
        adapter = self._adapter()
        # what was written in the vault a moment ago counts
        VAULT.forget()
        try:
            if adapter._supports:
                self._check_outbound()
            with noting_reached() as reached:
                result, passed = adapter._check(self.sudo()), True  # sudo: adapters read secrets
        except FinanceError as error:
            result, passed = error.detail, False
        values = {"checked_at": self.env.cr.now(), "check_result": result, "check_ok": passed}
        if passed:
            values |= {"auth_needed": False, "auth_reason": False}
        self.sudo().write(values)  # sudo: protected fields, the role was checked
        if passed:
            self.env["finance.message"]._resume_waiting(credentials_key(self.id))
            self._note_passed_test(reached)
        return notice(
            result,
            "success" if passed else "danger",
            title=self.env._("Connection works") if passed else self.env._("Connection does not work"),
            sticky=not passed,
        )

    def _note_passed_test(self, reached):
        """:param reached: places (host and port) that have answered the test; EXTENDS by what waits for them"""

    def action_activate(self):
        """Start working: needs an owner, an environment, limits, allowed hosts and a passed test."""
        self._check_admin()
        self._check_ready()
        self._bind_to_database()
        self._set_connection_state("active")
        self.env["finance.dispatcher"]._wake()

    def action_pause(self):
        """Keep accepting, work nothing."""
        self._check_steering()
        self._set_connection_state("paused")

    def action_drain(self):
        """Work off what is there, fetch nothing new."""
        self._check_steering()
        self._set_connection_state("draining")

    def action_resume(self):
        """Go on after a pause, in order; refused where the connection leads elsewhere since and was not tested."""
        self._check_steering()
        for connection in self.filtered(lambda connection: not connection.check_ok):
            raise UserError(self.env._("%s was changed since its last test. Test it first.", connection.name))
        self._set_connection_state("active")
        self.env["finance.dispatcher"]._wake()

    def _check_steering(self):
        self.env["finance.message"]._check_role(OPERATOR, ADMIN)
        self.check_access("read")
        if self.filtered(lambda connection: connection.state == "draft"):
            raise UserError(self.env._("A draft connection is activated by a connector administrator first."))

    def _set_connection_state(self, state):
        for connection in self:
            self.env["finance.audit"]._record(
                "connection.state", connection, before={"state": connection.state}, after={"state": state}
            )
        # sudo: operators pause and resume without the right to edit the connection; roles were checked
        self.sudo().write({"state": state})

    # -- what the dispatcher notes ---------------------------------------------------------

    @api.model
    def _hold(self, connection_id, seconds, *, slower=True):
        """Let everything on a connection wait.

        :param slower: because the other side asked for it: it is called more slowly afterwards
        """
        connection = self.sudo().browse(connection_id)  # sudo: called by the dispatcher
        until = self.env.cr.now() + timedelta(seconds=seconds)
        if not connection.hold_until or connection.hold_until < until:
            connection.hold_until = until
            connection.flush_recordset(["hold_until"])

    @api.model
    def _require_credentials(self, connection_id, reason=False):
        """Try nothing more on a connection until a test has passed: repeated wrong logins lock accounts.

        :param reason: code of the cause; some of them mend by themselves (see ``_mended``)
        """
        connection = self.sudo().browse(connection_id)  # sudo: called by the dispatcher
        if not connection.auth_needed:
            connection.write({"auth_needed": True, "auth_reason": reason})
            connection.flush_recordset(["auth_needed", "auth_reason"])

    def _secret(self, key):
        """:return: the value of a secret in clear, for the call that needs it and nothing else
        :raise AuthNeededError: when it is not set, the key to read it is missing, or nothing may leave (see
            ``_check_outbound``)
        """
        self.ensure_one()
        self._check_outbound()
        return self.env["finance.secret"]._reveal(self, key)
