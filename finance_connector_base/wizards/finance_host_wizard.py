from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN
from ..models.finance_connection import ENVIRONMENTS
from ..models.step_up import step_up
from ..transports.http_address import is_listed


class FinanceHostWizard(models.TransientModel):
    """Puts the hosts of connections in use on the lists of their environments: after an upgrade that brought these."""

    _name = "finance.host.wizard"
    _description = "Allow the Hosts in Use"

    reason = fields.Text(help="Goes into the audit trail.")
    preview = fields.Html(compute="_compute_preview", string="What is allowed", sanitize=False)
    count = fields.Integer(compute="_compute_preview")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_preview(self):
        allowed, refused = self._in_use()
        environments = dict(self.env["finance.host"]._fields["environment"]._description_selection(self.env))
        rows = Markup().join(
            Markup("<tr{}><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>").format(
                Markup(' class="text-muted"') if note else "",
                environments[environment],
                host,
                company.name,
                ", ".join(connections.mapped("name")),
                note,
            )
            for found, note in (
                (allowed, ""),
                (refused, self.env._("Another environment has it: enter it by hand if that is meant.")),
            )
            for (environment, company, host), connections in found.items()
        )
        head = Markup().join(
            Markup("<th>{}</th>").format(title)
            for title in (
                self.env._("Environment"),
                self.env._("Host"),
                self.env._("Company"),
                self.env._("Connections"),
                "",
            )
        )
        for wizard in self:
            wizard.count = len(allowed)
            wizard.preview = (
                Markup('<table class="table table-sm"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(
                    head, rows
                )
                if rows
                else self.env._("Every connection in use has its hosts on the list of its environment.")
            )

    @api.model
    def _in_use(self):
        """:return: two dicts (environment, company, host) -> connections: what may be allowed, and what another
        environment has on its list, or another connection in use would bring to it
        """
        connections = self.env["finance.connection"].search([("state", "!=", "draft")])
        found = {}
        for connection in connections:
            for host in filter(None, (connection.hosts_missing or "").split(", ")):
                key = (connection.environment, connection.company_id, host)
                found[key] = found.get(key, connections.browse()) | connection
        # sudo: the lists of all companies count: whose production it is makes no difference
        listed = self.env["finance.host"].sudo().search([("environment", "!=", False)])
        order = [environment for environment, _label in ENVIRONMENTS]
        allowed, refused = {}, {}
        for key in sorted(found, key=lambda key: (order.index(key[0]), key[2], key[1].id)):
            environment, _company, host = key
            is_taken = any(other.environment != environment and is_listed(host, [other.name]) for other in listed)
            is_shared = any(other[0] != environment and other[2] == host for other in found)
            (refused if is_taken or is_shared else allowed)[key] = found[key]
        return allowed, refused

    def action_allow(self):
        """Allow what the preview shows."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        return self._allow_verified()

    @step_up
    def _allow_verified(self):
        if not (self.reason or "").strip():
            raise UserError(self.env._("Write down why, e.g. that the lists came with an upgrade."))
        allowed, _refused = self._in_use()
        if not allowed:
            raise UserError(self.env._("There is nothing to allow."))
        hosts = self.env["finance.host"].create(
            [
                {"name": host, "environment": environment, "company_id": company.id, "note": self.reason.strip()}
                for environment, company, host in allowed
            ]
        )
        for connections in allowed.values():
            connections.invalidate_recordset(["hosts_missing"])
        for company in hosts.company_id:
            self.env["finance.audit"]._record(
                "hosts.allowed_in_use",
                company,
                reason=self.reason,
                after={"hosts": [host._told() for host in hosts if host.company_id == company]},
            )
        return {"type": "ir.actions.act_window_close"}
