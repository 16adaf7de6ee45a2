from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import ADMIN, OPERATOR
from ..engine import breaker, states
from ..engine.notice import notice


class FinanceCircuit(models.Model):
    """What the workers know of one place outside: whether calling it is worth the while.

    A row is made with the first failure and written only when something changes, so a place
    that works costs nothing. How it changes is in ``engine/breaker.py``, the SQL in
    ``finance_circuit_state.py``, what workers make of it in ``finance_dispatcher_circuit.py``.
    """

    _name = "finance.circuit"
    _description = "Circuit"
    _order = "opened_at DESC NULLS LAST, id DESC"
    _rec_name = "endpoint"
    _log_access = False
    _allow_sudo_commands = False

    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    owner_id = fields.Many2one(related="connection_id.owner_id")
    endpoint = fields.Char(string="Place", required=True, readonly=True, help="Host that is called.")
    state = fields.Selection(
        [
            (breaker.CLOSED, "Working"),
            (breaker.OPEN, "Open"),
            (breaker.HALF_OPEN, "Trying"),
        ],
        required=True,
        readonly=True,
        default=breaker.CLOSED,
        group_expand="_group_expand_state",
    )
    opened_at = fields.Datetime(string="Since", readonly=True)
    wait_until = fields.Datetime(string="Next try", readonly=True)
    streak = fields.Integer(string="Failures in a row", readonly=True, aggregator=None)
    failures = fields.Integer(readonly=True, aggregator=None)
    successes = fields.Integer(readonly=True, aggregator=None)
    window_at = fields.Datetime(readonly=True)
    last_message = fields.Integer(readonly=True, aggregator=None)
    openings = fields.Integer(
        string="Times opened", readonly=True, aggregator=None, help="How often it has opened since it last worked."
    )
    last_failed_at = fields.Datetime(string="Last failure", readonly=True)
    last_error = fields.Char(string="What was said", readonly=True)
    probe_attempt = fields.Integer(readonly=True, aggregator=None)
    probe_message_id = fields.Many2one(
        "finance.message", string="Message on trial", readonly=True, ondelete="set null", index="btree_not_null"
    )
    alerted_at = fields.Datetime(string="Alerted", readonly=True)
    flow_ids = fields.Many2many(
        "finance.flow",
        "finance_circuit_flow",
        "circuit_id",
        "flow_id",
        string="Flows that wait",
        readonly=True,
        help="Flows whose messages have failed here.",
    )
    waiting_count = fields.Integer(string="Messages waiting", compute="_compute_waiting_count")

    _one_per_place = models.UniqueIndex("(connection_id, endpoint)")
    # what a claim reads: nearly always empty
    _warm = models.Index("(id) WHERE state <> 'closed' OR failures > 0")

    @api.model
    def _group_expand_state(self, states_found, domain):
        return [key for key, _label in self._fields["state"].selection]

    def _compute_waiting_count(self):
        counts = {
            flow.id: count
            for flow, count in self.env["finance.message"]._read_group(
                [("flow_id", "in", self.flow_ids.ids), ("state", "in", list(states.READY))], ["flow_id"], ["__count"]
            )
        }
        for circuit in self:
            circuit.waiting_count = sum(counts.get(flow.id, 0) for flow in circuit.flow_ids)

    # -- what operators do ---------------------------------------------------------------------

    def _check_steering(self):
        self.env["finance.message"]._check_role(OPERATOR, ADMIN)
        self.check_access("read")

    def action_probe(self):
        """Let the next message be tried at once instead of at the next try."""
        self._check_steering()
        waiting = self.filtered(lambda circuit: circuit.state == breaker.OPEN)
        if not waiting:
            raise UserError(self.env._("There is nothing to try: it works, or a message is being tried right now."))
        for circuit in waiting:
            self.env["finance.audit"]._record(
                "circuit.probed",
                circuit.connection_id,
                before={"endpoint": circuit.endpoint, "wait_until": str(circuit.wait_until)},
            )
        # sudo: rows are changed by buttons and workers alone; the role was checked
        waiting.sudo()._probe_now()
        nothing = not any(waiting.mapped("waiting_count"))
        return notice(
            self.env._("No message waits. The next one that comes is tried at once.")
            if nothing
            else self.env._("One of the messages that wait is tried now.")
        )

    def _note_passed_test(self, reached):
        """A test of the connection has passed: the next message is tried at once; where none waits that could show
        it, what has answered the test counts as working.

        :param reached: places that have answered
        """
        for circuit in self.filtered(lambda circuit: circuit.state == breaker.OPEN):
            is_closed = circuit.endpoint in reached and not circuit.waiting_count
            self.env["finance.audit"]._record(
                "circuit.closed_by_test" if is_closed else "circuit.probed",
                circuit.connection_id,
                before={"endpoint": circuit.endpoint, "wait_until": str(circuit.wait_until)},
            )
            if is_closed:
                circuit._close_now()
            else:
                circuit._probe_now()

    def action_close(self):
        """Open the dialog that asks why everything may go on."""
        self.ensure_one()
        self._check_steering()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Close the circuit"),
            "res_model": "finance.circuit.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_circuit_id": self.id},
        }

    def action_view_messages(self):
        """Show the messages that wait for this place."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Messages waiting"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("flow_id", "in", self.flow_ids.ids), ("state", "in", list(states.READY))],
        }

    def _close(self, reason):
        """Close by hand: what waited goes on, slowly at first.

        :param str reason: why it is safe; written to the audit trail and the connection
        :raise AccessError: without the role
        """
        self.ensure_one()
        self._check_steering()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it may go on."))
        circuit = self.sudo()  # sudo: rows are changed by buttons and workers alone; the role was checked
        if circuit.state == breaker.CLOSED:
            raise UserError(self.env._("This circuit is closed already."))
        self.env["finance.audit"]._record(
            "circuit.closed_by_hand",
            circuit.connection_id,
            reason=reason,
            before={"endpoint": circuit.endpoint, "state": circuit.state, "since": str(circuit.opened_at)},
            after={"state": breaker.CLOSED},
        )
        circuit.connection_id.message_post(
            body=self.env._(
                "%(name)s has closed the circuit of %(place)s: %(reason)s",
                name=self.env.user.name,
                place=circuit.endpoint,
                reason=reason,
            )
        )
        circuit._close_now()
        self.env["finance.dispatcher"]._wake()

    # -- alert -------------------------------------------------------------------------------------

    @api.model
    def _cron_watch(self):
        """Tell the owners of connections of circuits that stay open, once each time they open."""
        now = self.env.cr.now()
        for circuit in self.search([("state", "!=", breaker.CLOSED), ("alerted_at", "=", False)]):
            connection = circuit.connection_id
            minutes = (now - circuit.opened_at).total_seconds() / 60 if circuit.opened_at else 0
            if not connection.circuit_alert_minutes or minutes < connection.circuit_alert_minutes:
                continue
            circuit.alerted_at = now
            connection.activity_schedule(
                "mail.mail_activity_data_warning",
                user_id=(connection.owner_id or self.env.user).id,
                summary=self.env._(
                    "%(place)s does not work since %(since)s", place=circuit.endpoint, since=circuit.opened_at
                ),
                note=self.env._(
                    "%(count)s messages wait for it. What was said last: %(error)s",
                    count=circuit.waiting_count,
                    error=circuit.last_error or "",
                ),
            )

    def _end_alert(self):
        """The task of the alert is done with the outage."""
        for circuit in self.filtered("alerted_at"):
            circuit.alerted_at = False
            connection = circuit.connection_id
            others = self.search_count(
                Domain("connection_id", "=", connection.id) & Domain("alerted_at", "!=", False), limit=1
            )
            if not others:
                connection.activity_feedback(
                    ["mail.mail_activity_data_warning"], feedback=self.env._("%s works again.", circuit.endpoint)
                )
