from odoo import api, fields, models

#: rights with which something is handed in
HANDING_IN = frozenset({"postings:write", "invoices:draft"})


class FinanceApiClient(models.Model):
    """What a program hands in comes by a connection of its own in each company: references, mappings, exceptions and
    messages are told apart by it.
    """

    _inherit = "finance.api.client"

    posting_mode = fields.Selection(
        [("draft", "As drafts, a person confirms them"), ("posted", "Confirmed at once")],
        string="Journal entries",
        default="draft",
        required=True,
        tracking=True,
    )
    owner_id = fields.Many2one(
        "res.users",
        string="Checked by",
        default=lambda self: self.env.user,
        tracking=True,
        help="Gets what the program hands in and what is held of it.",
    )
    connection_ids = fields.Many2many("finance.connection", string="Connections", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS
        clients = super().create(vals_list)
        clients._provide_connections()
        return clients

    def write(self, vals):
        # EXTENDS
        result = super().write(vals)
        if vals.keys() & {"right_ids", "company_ids", "owner_id"}:
            self._provide_connections()
        return result

    def _told(self):
        # EXTENDS
        return {**super()._told(), "journal entries": self.posting_mode, "checked by": self.owner_id.login or None}

    def _provide_connections(self):
        """Make what is missing; called when somebody changes the program, so that requests only read it."""
        for client in self.sudo():  # sudo: whoever may let programs in need not be asked for each connection
            if not client._hands_in():
                continue
            owner = client.owner_id or self.env.user
            missing = client.company_ids - client.connection_ids.company_id
            made = client.connection_ids.create([client._connection_values(company, owner) for company in missing])
            if made:
                client.connection_ids |= made
            client.connection_ids.filtered(lambda c, owner=owner: c.owner_id != owner).write({"owner_id": owner.id})

    def _hands_in(self):
        """:return: whether the program hands something in; EXTENDS by the rights of modules"""
        return bool(HANDING_IN & set(self.right_ids.mapped("code")))

    def _connection_values(self, company, owner):
        names = {
            "finance.handler.entry": self.env._("Journal entries"),
            "finance.handler.bill": self.env._("Invoices to check"),
        }
        return {
            "name": self.name,
            "adapter": "finance.adapter.api",
            "company_id": company.id,
            "owner_id": owner.id,
            "environment": "production",
            "state": "active",
            "check_ok": True,
            "max_concurrency": 0,
            "sequence": 80,
            "flow_ids": [
                fields.Command.create({"name": name, "handler": handler, "held_blocks": False})
                for handler, name in names.items()
            ],
        }

    def _flow(self, company, handler):
        """:return: the flow by which something of this program comes, in one company"""
        connection = self.connection_ids.filtered(lambda one: one.company_id == company)[:1]
        return connection.flow_ids.filtered(lambda flow: flow.handler == handler)[:1]
