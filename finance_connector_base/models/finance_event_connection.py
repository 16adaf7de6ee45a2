from odoo import api, models
from odoo.tools import SQL

from ..engine import breaker

NAME = "finance.connection.health_changed"
#: fields of a connection that say how it is doing
WATCHED = {"state", "auth_needed", "active"}


class FinanceConnection(models.Model):
    """Tells when a connection stops working, works again, or is switched on or off."""

    _inherit = "finance.connection"

    def write(self, vals):
        if not WATCHED & vals.keys() or not self.env["finance.event"]._wants(NAME):
            return super().write(vals)
        # sudo: whoever changes a connection need not see all that says how it is doing
        before = {connection: connection._health_told() for connection in self.sudo()}
        result = super().write(vals)
        changed = [connection for connection, told in before.items() if connection._health_told() != told]
        self.browse([connection.id for connection in changed])._tell_health()
        return result

    def _health_told(self):
        """:return: (health, cause, place that does not answer)"""
        self.ensure_one()
        if self.state != "active" or not self.active:
            return "off", None, None
        if self.auth_needed:
            return "down", self.auth_reason or "auth_needed", None
        self.env.cr.execute(
            SQL(
                "SELECT endpoint FROM finance_circuit WHERE connection_id = %s AND state <> %s ORDER BY id LIMIT 1",
                self.id,
                breaker.CLOSED,
            )
        )
        found = self.env.cr.fetchone()
        return ("down", "circuit_open", found[0]) if found else ("working", None, None)

    def _tell_health(self):
        names = self.env["finance.api"]._names()
        facts = []
        for connection in self.sudo():  # sudo: as above
            health, cause, place = connection._health_told()
            data = {
                "id": names.of("connection", connection.id),
                "name": connection.name,
                "health": health,
                "cause": cause,
                "place": place,
            }
            facts.append({"subject": data["id"], "company_id": connection.company_id.id, "data": data})
        self.env["finance.event"]._emit(NAME, facts)


class FinanceCircuit(models.Model):
    """Tells when a place is given up, and when it answers again; tries in between are no news."""

    _inherit = "finance.circuit"

    @api.model
    def _keep(self, circuit_id, circuit, *, error=None, message_id=None):
        if not self.env["finance.event"]._wants(NAME):
            return super()._keep(circuit_id, circuit, error=error, message_id=message_id)
        self.env.cr.execute("SELECT state, connection_id FROM finance_circuit WHERE id = %s", (circuit_id,))
        [(before, connection_id)] = self.env.cr.fetchall()
        result = super()._keep(circuit_id, circuit, error=error, message_id=message_id)
        if (before == breaker.CLOSED) != (circuit.state == breaker.CLOSED):
            self.env["finance.connection"].browse(connection_id)._tell_health()
        return result
