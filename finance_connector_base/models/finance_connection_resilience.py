from odoo import api, fields, models

from ..engine import breaker
from .finance_connection import HEALTH_COLORS


class FinanceConnection(models.Model):
    """How a connection behaves when the other system fails, and how fast it is called."""

    _inherit = "finance.connection"

    circuit_ids = fields.One2many("finance.circuit", "connection_id", string="Circuits")
    open_circuit_count = fields.Integer(string="Not working", compute="_compute_open_circuit_count")
    circuit_threshold = fields.Integer(
        string="Failures in a row",
        default=5,
        required=True,
        aggregator=None,
        help="So many messages in a row that a host does not answer open its circuit: nothing more is sent there for a "
        "while, and what waits uses up no attempts. 0: never.",
    )
    circuit_wait = fields.Integer(
        string="First try after (seconds)",
        default=30,
        required=True,
        aggregator=None,
        help="Then one message is tried.",
    )
    circuit_longest_wait = fields.Integer(
        string="Longest wait (seconds)",
        default=900,
        required=True,
        aggregator=None,
        help="The wait doubles up to here.",
    )
    circuit_alert_minutes = fields.Integer(
        string="Alert after (minutes)",
        default=15,
        required=True,
        aggregator=None,
        help="The owner gets a task when a host has not worked for so long. 0: never.",
    )
    limit_ids = fields.One2many("finance.limit", "connection_id", string="Limits of calls", copy=True)
    ramp_share = fields.Integer(
        string="Begin again with (%)",
        default=10,
        required=True,
        aggregator=None,
        help="Share of the full speed with which calls begin after an outage.",
    )
    ramp_seconds = fields.Integer(
        string="Double every (seconds)",
        default=10,
        required=True,
        aggregator=None,
        help="Until the full speed is reached.",
    )

    _resilience = models.Constraint(
        "CHECK (circuit_threshold BETWEEN 0 AND 1000 AND circuit_wait BETWEEN 1 AND 3600"
        " AND circuit_longest_wait BETWEEN circuit_wait AND 86400 AND circuit_alert_minutes >= 0"
        " AND ramp_share BETWEEN 1 AND 100 AND ramp_seconds BETWEEN 1 AND 3600)",
        "The first try comes after 1 second to 1 hour, the longest wait is not shorter, and calls begin again "
        "with 1 to 100 percent, doubling every second at the fastest.",
    )

    def _compute_open_circuit_count(self):
        counts = {
            connection.id: count
            for connection, count in self.env["finance.circuit"]._read_group(
                [("connection_id", "in", self.ids), ("state", "!=", breaker.CLOSED)], ["connection_id"], ["__count"]
            )
        }
        for connection in self:
            connection.open_circuit_count = counts.get(connection.id, 0)

    def _compute_health(self):
        """EXTENDS: a connection with an open circuit does not work."""
        result = super()._compute_health()
        for connection in self:
            if connection.open_circuit_count and connection.health != "off":
                connection.health = "down"
                connection.health_color = HEALTH_COLORS["down"]
        return result

    def action_view_circuits(self):
        """Show the hosts of the connection that have failed."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Circuits"),
            "res_model": "finance.circuit",
            "view_mode": "list,kanban,form",
            "domain": [("connection_id", "=", self.id)],
        }

    def _note_passed_test(self, reached):
        """EXTENDS: what waits for an open circuit need not wait any longer."""
        # sudo: rows are changed by buttons and workers alone; the role was checked
        self.sudo().circuit_ids._note_passed_test(reached)
        return super()._note_passed_test(reached)

    @api.model
    def _hold(self, connection_id, seconds, *, slower=True):
        """EXTENDS: once it may go on, it goes slower."""
        result = super()._hold(connection_id, seconds, slower=slower)
        if slower:
            self.env["finance.limit"]._ramp(connection_id, wait=seconds)
        return result
