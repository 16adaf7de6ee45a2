from odoo import models


class FinanceFlow(models.Model):
    """Why a flow does not work what waits in it: for its messages, which say it."""

    _inherit = "finance.flow"

    def _why_paused(self):
        """:return: what people did that keeps this flow from working, or None"""
        self.ensure_one()
        connection = self.connection_id
        if self.is_stopped:
            return self.env._("An emergency stop is in force.")
        if not connection.active or not self.active:
            name = (self if connection.active else connection).display_name
            return self.env._("%s is archived: bring it back, or discard what waits.", name)
        if connection.state == "draft":
            return self.env._("The connection %s is a draft: activate it.", connection.display_name)
        if connection.state == "paused":
            return self.env._("The connection %s is paused: resume it.", connection.display_name)
        if self.paused:
            return self.env._("The flow %s is paused: resume it.", self.display_name)
        if self.direction == "out" and self.driven_by == "middleware":
            return self.env._("It waits until the program that drives this flow takes it.")
        return None

    def _why_down(self):
        """:return: why the other side is not called at all, or None"""
        self.ensure_one()
        connection = self.connection_id
        if connection.auth_needed:
            return self.env._("%s wants other credentials: renew them on the connection.", connection.display_name)
        if connection.hold_until and connection.hold_until > self.env.cr.now():
            return self.env._(
                "%(connection)s is left alone until %(when)s.",
                connection=connection.display_name,
                when=self._said(connection.hold_until),
            )
        return None

    def _why_broken(self):
        """:return: which place that this flow calls is left alone for a while, or None"""
        self.ensure_one()
        circuit = self.env["finance.circuit"].search([("state", "!=", "closed"), ("flow_ids", "in", self.ids)], limit=1)
        if not circuit:
            return None
        if circuit.wait_until and circuit.wait_until > self.env.cr.now():
            return self.env._(
                "%(place)s does not answer; it is tried again %(when)s.",
                place=circuit.endpoint,
                when=self._said(circuit.wait_until),
            )
        return self.env._("%s did not answer; one message tries whether it does now.", circuit.endpoint)
