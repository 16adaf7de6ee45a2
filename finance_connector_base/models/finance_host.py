import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .finance_connection import ENVIRONMENTS

#: a host name or an address, and at the front a star for everything below
_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:]*:[0-9a-f:.]*")


class FinanceHost(models.Model):
    """A host that connections of one environment may reach (B-46). What is on no list is reached by none."""

    _name = "finance.host"
    _description = "Allowed Host"
    _order = "environment, name, id"

    name = fields.Char(
        string="Host", required=True, help="As in the address, e.g. api.bank.example; *.bank.example for all below."
    )
    environment = fields.Selection(ENVIRONMENTS, required=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    system = fields.Char(
        help="The same word on the host of each environment, e.g. house bank. A configuration that is promoted then "
        "reaches the host of its new environment."
    )
    note = fields.Char()

    _once = models.UniqueIndex(
        "(name, environment, COALESCE(company_id, 0))", "This host is on the list of this environment already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        hosts = super().create([self._plain(vals) for vals in vals_list])
        for host in hosts:
            self.env["finance.audit"]._record("host.allowed", host, after=host._told())
        return hosts

    def write(self, vals):
        before = {host: host._told() for host in self}
        result = super().write(self._plain(vals))
        for host, told in before.items():
            self.env["finance.audit"]._record("host.changed", host, before=told, after=host._told())
        return result

    @api.ondelete(at_uninstall=False)
    def _tell_removal(self):
        for host in self:
            self.env["finance.audit"]._record("host.removed", host, before=host._told())

    @api.model
    def _plain(self, vals):
        return {**vals, "name": vals["name"].strip().rstrip(".").lower()} if vals.get("name") else vals

    def _told(self):
        return {"host": self.name, "environment": self.environment, "system": self.system or None}

    @api.constrains("name")
    def _check_name(self):
        for host in self:
            if not _HOST.fullmatch(host.name):
                raise ValidationError(
                    self.env._("%s is no host. Enter it like api.bank.example, without https and path.", host.name)
                )

    @api.model
    def _listed(self, environment, company):
        """:return: the patterns that connections of an environment and company may reach"""
        if not environment:
            return frozenset()
        # sudo: engine code runs for any role; which hosts are allowed is no secret
        hosts = self.sudo().search([("environment", "=", environment), ("company_id", "in", [company.id, False])])
        return frozenset(hosts.mapped("name"))

    @api.model
    def _counterpart(self, system, environment, company):
        """:return: the host of a system in an environment; empty when none, or several, are known"""
        known = Domain("company_id", "in", [company.id, False]) & Domain("environment", "=", environment)
        # sudo: as above
        hosts = self.sudo().search(known & Domain("system", "=", system)) if system else self.browse()
        return hosts if len(hosts) == 1 and not hosts.name.startswith("*") else self.browse()
