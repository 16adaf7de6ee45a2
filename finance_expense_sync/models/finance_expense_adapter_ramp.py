import mimetypes
from contextlib import contextmanager

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError, TransientError

from ..platforms import ramp, ramp_reader
from ..platforms.ramp_client import RampClient
from ..platforms.ramp_lists import RampLists, account_class

#: list of Ramp by domain of master data
PATHS = {"account": "accounting/accounts", "partner": "accounting/vendors"}
OPTIONS = "accounting/field-options"
#: field of ours whose options are taxes
TAX_FIELD = "account.tax"
#: bytes of a receipt
MOST = 25 << 20


class FinanceExpenseAdapterRamp(models.AbstractModel):
    """Card transactions and reimbursements of Ramp, by its Developer API v1."""

    _name = "finance.expense.adapter.ramp"
    _inherit = "finance.expense.adapter._lists"
    _description = "Ramp"

    _supports = frozenset({"check", "expenses", "cards", "master", "master_changes"})
    _uses_http = True
    # Ramp pays reimbursements itself, and has nothing to be told of other payments
    _expense_told = frozenset({"posted", "failed"})
    _lists_out = frozenset({"account", "analytic_account", "analytic_plan", "partner", "tax"})

    @api.model
    def _expense_event_defaults(self):
        return {
            "scheme": "ramp",
            "identity_path": "id",
            "kind_path": "type",
            "key_path": "object.id",
            "kinds": "transactions.ready_to_sync\nreimbursements.ready_to_sync\nwebhooks.verification",
        }

    @api.model
    @contextmanager
    def _calling(self, connection):
        with connection._http() as client:
            yield RampClient(client), client

    @api.model
    def _check(self, connection):
        with self._calling(connection) as (service, _client):
            business, provider = service.business(), service.connection()
        connection._expense_asks()
        if not provider:
            raise RejectedError(
                self.env._("%s has no accounting connection in Ramp: make one of the kind API there.", business),
                reason="connection_incomplete",
            )
        return self.env._(
            "Ramp answers: %(business)s, accounting connection %(name)s.", business=business, name=provider
        )

    # -- reports -------------------------------------------------------------------------------

    @api.model
    def _expense_batch(self, connection, flow, position):
        with self._calling(connection) as (service, _client):
            return ramp.expense_batch(service, position)

    @api.model
    def _expense_read(self, connection, content):
        return ramp_reader.read_report(content, connection._expense_fields() or ramp_reader.FIELDS)

    @api.model
    def _expense_receipt(self, connection, receipt):
        with self._calling(connection) as (service, client):
            answer = client.get(service.receipt(receipt.external_id), accept="*/*", max_bytes=MOST, expect={403, 404})
        if answer.status != 200:
            # its address has ended on the way: the next attempt asks for another one
            raise TransientError(self.env._("The receipt cannot be read at the address that Ramp gave."))
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower() or "application/octet-stream"
        return f"receipt-{receipt.external_id[-8:]}{mimetypes.guess_extension(kind) or ''}", kind, answer.body

    @api.model
    def _expense_confirm(self, connection, outcome):
        with self._calling(connection) as (service, _client):
            return ramp.confirm(service, outcome)

    @api.model
    def _expense_event(self, connection, webhook, document):
        """OVERRIDE: Ramp tries a new webhook with a challenge that is sent back."""
        challenge = document.get("challenge")
        if document.get("type") == "webhooks.verification" and isinstance(challenge, str):
            name = document.get("webhook_id") or webhook.webhook_code
            if not isinstance(name, str) or not name:
                raise RejectedError(
                    self.env._("Enter what Ramp calls the webhook (Webhook ID) on the webhook."),
                    reason="connection_incomplete",
                )
            with self._calling(connection) as (service, _client):
                service.verify_webhook(name, challenge)

    # -- cards ---------------------------------------------------------------------------------

    @api.model
    def _card_batch(self, connection, flow, position):
        with self._calling(connection) as (service, _client):
            return ramp.card_batch(service, position, self.env.cr.now().date())

    @api.model
    def _card_read(self, connection, content):
        return ramp_reader.read_card(content)

    # -- lists ---------------------------------------------------------------------------------

    @api.model
    def _list_keep(self, connection, obj, name, is_listed):
        with self._calling(connection) as (_service, client):
            lists = RampLists(client)
            if obj.domain == "analytic_plan":
                lists.field(name, obj.name)
                return
            path, field, said = self._row(lists, obj, is_listed)
            if is_listed:
                lists.keep(path, name, obj.name, field_id=field, **said)
            elif field or path != OPTIONS:
                lists.drop(path, name, field_id=field)

    @api.model
    def _row(self, lists, obj, is_listed):
        """:return: (list, field of the list or None, what else is said of the row)"""
        if obj.domain == "account":
            known = {"code": obj.code, "classification": account_class(obj.account_type)} if is_listed else {}
            return PATHS["account"], None, known
        if obj.domain == "partner":
            return PATHS["partner"], None, {"code": obj.reference or None}
        if obj.domain == "tax":
            return OPTIONS, lists.field(TAX_FIELD, self.env._("Tax") if is_listed else None), {}
        return OPTIONS, lists.field(self._plan_of(obj)) if is_listed else self._field_of(lists, obj), {"code": obj.code}

    @api.model
    def _field_of(self, lists, obj):
        return lists.field(obj.plan) if obj.plan else None

    @api.model
    def _list_rows(self, connection, domain):
        with self._calling(connection) as (_service, client):
            lists = RampLists(client)
            if domain == "employee":
                return lists.users()
            if domain == "department":
                return lists.departments()
            if domain in PATHS:
                code = "code" if domain == "account" else "reference"
                rows = lists.rows(PATHS[domain])
                return {name: {**_named(row, "name"), code: row.text("code")} for name, row in rows.items()}
            fields_there = lists.rows("accounting/fields")
            if domain == "analytic_plan":
                return {name: {"name": row.text("name")} for name, row in fields_there.items() if name != TAX_FIELD}
            found = {}
            for name, row in fields_there.items():
                if (name == TAX_FIELD) != (domain == "tax"):
                    continue
                options = lists.rows(OPTIONS, field_id=row.needed("ramp_id"))
                for option, values in options.items():
                    more = {} if domain == "tax" else {"plan": name, "code": values.text("code")}
                    found[option] = {**_named(values, "value"), **more}
            return found


def _named(row, name):
    return {"name": row.text(name), "active": row.yes("is_active") is not False}


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.expense.adapter.ramp", "Ramp")],
        ondelete={"finance.expense.adapter.ramp": "cascade"},
    )
