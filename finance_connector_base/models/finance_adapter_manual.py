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
    def _manual(self, company, handler=None):
        """Find the connection for files that people upload in a company, or make it.

        There may be several of this kind: what is a draft, for trials or used for something else is none for these.

        :param str handler: model that works the files
        :return: the connection, in use
        """
        self = self.sudo()  # sudo: whoever may upload need not be allowed to configure connections
        found = self.search(
            [
                ("adapter", "=", "finance.adapter.manual"),
                ("company_id", "=", company.id),
                ("environment", "=", "production"),
                ("state", "!=", "draft"),
            ]
        )
        handlers = {connection: set(connection.flow_ids.mapped("handler")) for connection in found}
        fitting = found.filtered(lambda one: handler in handlers[one]) or found.filtered(
            lambda one: not handler or not handlers[one]
        )
        # one that was paused on purpose keeps what comes
        connection = fitting.filtered(lambda one: one.state == "active")[:1] or fitting[:1]
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
