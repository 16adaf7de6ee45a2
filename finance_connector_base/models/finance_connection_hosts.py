from odoo import api, fields, models
from odoo.exceptions import UserError

from ..transports.http_address import is_listed
from .finance_connection import ENVIRONMENTS


class FinanceConnection(models.Model):
    """A connection reaches what the list of its environment allows, and nothing else."""

    _inherit = "finance.connection"

    hosts_missing = fields.Char(
        string="Not on the list", compute="_compute_hosts_missing", help="Hosts that its environment does not allow."
    )

    def _hosts(self):
        """:return: the hosts this connection is set up to reach; EXTENDS by adapters"""
        self.ensure_one()
        return []

    def _allowed_hosts(self):
        self.ensure_one()
        connection = self.sudo()  # sudo: engine code runs for any role
        return self.env["finance.host"]._listed(connection.environment, connection.company_id)

    @api.depends(lambda self: sorted(self._endpoint_fields()))
    def _compute_hosts_missing(self):
        for connection in self:
            allowed = connection._allowed_hosts()
            left = [host for host in connection._hosts() if not is_listed(host, allowed)]
            connection.hosts_missing = ", ".join(left) if connection.environment else False

    def action_allow_hosts(self):
        """Put the hosts of this connection on the list of its environment, unless another environment has them."""
        self._check_admin()
        for connection in self:
            left = [host for host in (connection.hosts_missing or "").split(", ") if host]
            # sudo: the lists of all companies count: whose production it is makes no difference
            others = self.env["finance.host"].sudo().search([("environment", "!=", connection.environment)])
            taken = [other for other in others for host in left if is_listed(host, [other.name])]
            if taken:
                raise UserError(
                    self.env._(
                        "%(host)s is on the list of hosts for %(environment)s. If the other side really uses one host "
                        "for both, enter it under Configuration > Hosts.",
                        host=taken[0].name,
                        environment=dict(ENVIRONMENTS)[taken[0].environment],
                    )
                )
            connection._allow_hosts()

    def _allow_hosts(self):
        for connection in self:
            left = [host for host in (connection.hosts_missing or "").split(", ") if host]
            self.env["finance.host"].create(
                [
                    {"name": host, "environment": connection.environment, "company_id": connection.company_id.id}
                    for host in left
                ]
            )
        self.invalidate_recordset(["hosts_missing"])
