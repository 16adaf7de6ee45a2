import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.finance_connection import ENVIRONMENTS


class FinancePromotionWizard(models.TransientModel):
    """Takes the configuration of connections to the next environment: as a file, or in this database."""

    _name = "finance.promotion.wizard"
    _description = "Promote a Configuration"

    connection_ids = fields.Many2many(
        "finance.connection", string="Connections", required=True, default=lambda self: self._chosen()
    )
    routing_ids = fields.Many2many("finance.routing", string="Routing tables", domain=[("state", "=", "active")])
    environment = fields.Selection(
        ENVIRONMENTS, string="To", required=True, default=lambda self: self._next_environment()
    )
    content = fields.Binary(string="Package", readonly=True, attachment=False)
    content_name = fields.Char(readonly=True)
    package_hash = fields.Char(string="Fingerprint", readonly=True, help="The import shows the same one.")

    @api.model
    def _chosen(self):
        chosen = (
            self.env.context.get("active_ids") if self.env.context.get("active_model") == "finance.connection" else []
        )
        return self.env["finance.connection"].browse(chosen or [])

    @api.model
    def _next_environment(self):
        return "test" if set(self._chosen().mapped("environment")) == {"sandbox"} else "production"

    def _package(self):
        self.ensure_one()
        package = self.env["finance.promotion"]._export(self.connection_ids, self.routing_ids, self.environment)
        self.env["finance.audit"]._record(
            "config.exported",
            self.connection_ids[:1],
            after={"connections": self.connection_ids.mapped("name"), "to": self.environment, "hash": package.sha256},
        )
        return package

    def action_export(self):
        """Make the file."""
        package = self._package()
        self.write(
            {
                "content": base64.b64encode(package.write()),
                "content_name": f"configuration-{package.source}-to-{package.target}.json",
                "package_hash": package.sha256,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promote"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "res_id": self.id,
        }

    def action_propose(self):
        """Propose it for the connections of the next environment in this database."""
        package = self._package()
        change = self.env["finance.promotion"]._propose(
            package.write(), self.environment, self.connection_ids.company_id
        )
        return change._open(change)


class FinancePromotionImport(models.TransientModel):
    """Takes a file in; what comes of it is a proposal."""

    _name = "finance.promotion.import"
    _description = "Import a Configuration"

    content = fields.Binary(string="Package", required=True, attachment=False)
    content_name = fields.Char()
    environment = fields.Selection(ENVIRONMENTS, string="Into", required=True, default="production")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)

    def action_import(self):
        """Compare, and propose what differs."""
        self.ensure_one()
        try:
            data = base64.b64decode(self.content or b"")
        except ValueError as error:
            raise UserError(self.env._("This file cannot be read. Choose the file as it was downloaded.")) from error
        change = self.env["finance.promotion"]._propose(data, self.environment, self.company_id)
        return change._open(change)
