from odoo import api, fields, models


class FinanceAdapterManual(models.AbstractModel):
    """Files that people bring themselves: the fallback that always works."""

    _name = "finance.adapter.manual"
    _inherit = "finance.adapter"
    _description = "Files Uploaded by Hand"

    @api.model
    def _check(self, connection):
        return self.env._("Nothing to reach: files are uploaded by people.")


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.manual", "Upload by hand")],
        ondelete={"finance.adapter.manual": "cascade"},
    )

    @api.model
    def _manual(self, company):
        """:return: the active connection for files uploaded by hand in a company, made when missing"""
        self = self.sudo()  # sudo: whoever may upload need not be allowed to configure connections
        connection = self.search([("adapter", "=", "finance.adapter.manual"), ("company_id", "=", company.id)], limit=1)
        return connection or self.create(
            {
                "name": self.env._("Files uploaded by hand"),
                "adapter": "finance.adapter.manual",
                "company_id": company.id,
                "environment": "production",
                "state": "active",
                "check_ok": True,
                "max_concurrency": 0,
                "sequence": 90,
            }
        )
