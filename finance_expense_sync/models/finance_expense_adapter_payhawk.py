import mimetypes
from contextlib import contextmanager
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError, TransientError

from ..platforms import payhawk, payhawk_reader
from ..platforms.payhawk_client import ApiKey, PayhawkClient, public_key
from ..platforms.payhawk_lists import PayhawkLists

#: secret with the API key
KEY = "token"
#: bytes of a receipt
MOST = 25 << 20
#: seconds that a delivery may be old, as in the sample that Payhawk has published
TOLERANCE = 60
#: list that is replaced as a whole, by domain of master data
REPLACED = {"account": "account-codes", "tax": "tax-rates", "department": "external-teams"}


class FinanceExpenseAdapterPayhawk(models.AbstractModel):
    """Expenses and payments by card of Payhawk, by its API v3."""

    _name = "finance.expense.adapter.payhawk"
    _inherit = "finance.expense.adapter._lists"
    _description = "Payhawk"

    _supports = frozenset({"check", "expenses", "cards", "master", "master_changes"})
    _uses_http = True
    _expense_told = frozenset({"posted", "failed", "paid"})
    _lists_out = frozenset({"account", "analytic_account", "analytic_plan", "department", "partner", "tax"})

    @api.model
    def _expense_event_defaults(self):
        return {
            "scheme": "payhawk",
            "tolerance": TOLERANCE,
            "identity_path": "eventId",
            "kind_path": "eventType",
            "key_path": "payload.expenseId",
            "kinds": "expense.reviewed\nexpense.approved\nexpense.deleted",
        }

    @api.model
    @contextmanager
    def _calling(self, connection):
        account = connection.sudo().payhawk_account  # sudo: engine code runs for any role; it is no secret
        if not account:
            raise RejectedError(
                self.env._("Enter the account ID of Payhawk on the connection."), reason="connection_incomplete"
            )
        with connection._http(authorization=ApiKey(key=connection._secret(KEY))) as client:
            yield PayhawkClient(client, account), client

    @api.model
    def _check(self, connection):
        with self._calling(connection) as (service, _client):
            name = service.name()
        connection._expense_asks()
        return self.env._("Payhawk answers for the account of %s.", name)

    @api.model
    def _webhook_key(self, connection, key_id):
        """OVERRIDE: there is one, and everybody may ask for it."""
        with self._calling(connection) as (_service, client):
            return public_key(client)

    # -- reports -------------------------------------------------------------------------------

    @api.model
    def _today(self):
        return self.env.cr.now().date()

    @api.model
    def _expense_batch(self, connection, flow, position):
        with self._calling(connection) as (service, _client):
            return payhawk.expense_batch(service, position, self._today())

    @api.model
    def _expense_read(self, connection, content):
        return payhawk_reader.read_report(content, connection._expense_fields() or payhawk_reader.FIELDS)

    @api.model
    def _expense_receipt(self, connection, receipt):
        expense, _slash, file_id = (receipt.external_id or "").partition("/")
        with self._calling(connection) as (service, client):
            found = service.file(expense, file_id)
            if found is None:
                raise RejectedError(
                    self.env._("Payhawk does not have this receipt any more."), reason="expense_receipt_gone"
                )
            url, kind = found
            answer = client.get(url, accept="*/*", max_bytes=MOST, expect={403, 404})
        if answer.status != 200:
            # its address has ended on the way: the next attempt asks for another one
            raise TransientError(self.env._("The receipt cannot be read at the address that Payhawk gave."))
        return f"receipt-{file_id[-8:]}{mimetypes.guess_extension(kind) or ''}", kind, answer.body

    @api.model
    def _expense_confirm(self, connection, outcome):
        with self._calling(connection) as (service, _client):
            return payhawk.confirm(service, self._with_link(connection, outcome))

    @api.model
    def _with_link(self, connection, outcome):
        """Say where the report can be seen here, for those who may."""
        if outcome.link or outcome.result != "posted":
            return outcome
        report = self.env["finance.expense.record"]._known(connection, outcome.external_id)
        if not report:
            return outcome
        place = f"/mail/view?model={report._name}&res_id={report.id}"
        return payhawk.linked(outcome, connection.get_base_url() + place)

    # -- cards ---------------------------------------------------------------------------------

    @api.model
    def _card_batch(self, connection, flow, position):
        with self._calling(connection) as (service, _client):
            return payhawk.card_batch(service, position, self._today())

    @api.model
    def _card_read(self, connection, content):
        return payhawk_reader.read_card(content)

    # -- lists ---------------------------------------------------------------------------------

    @api.model
    def _list_keep(self, connection, obj, name, is_listed):
        if obj.domain in REPLACED:
            wanted = self._entries(connection, obj, name, is_listed)
        with self._calling(connection) as (service, _client):
            lists = PayhawkLists(service)
            if obj.domain in REPLACED:
                lists.replace(REPLACED[obj.domain], wanted)
            elif obj.domain == "partner":
                lists.supplier(name, self._supplier(obj), is_active=is_listed)
            elif obj.domain == "analytic_plan":
                lists.field(name, obj.name)
            else:
                self._keep_value(lists, obj, name, is_listed)

    @api.model
    def _keep_value(self, lists, obj, name, is_listed):
        field = lists.field(self._plan_of(obj) if is_listed or obj.plan else "")
        if is_listed and field is None:
            raise TransientError(self.env._("The custom field of %s is not there yet.", obj.name))
        if field and is_listed:
            lists.keep_value(field, name, f"{obj.code} {obj.name}" if obj.code else obj.name)
        elif field:
            lists.drop_value(field, name)

    @api.model
    def _entries(self, connection, obj, name, is_listed):
        """:return: the whole list that one of them is in: what is not in it cannot be chosen"""
        found = {
            one.external_id or (one.source_id or "").removeprefix("odoo:"): one
            for one in self._all_listed(connection, obj.domain)
        }
        if obj.domain == "account":
            return [{"code": one.code, "name": one.name} for one in found.values()]
        if obj.domain == "tax":
            return [{"code": key, "name": one.name, "rate": Decimal(one.amount)} for key, one in found.items()]
        return [{"externalId": key, "label": one.name} for key, one in found.items()]

    @api.model
    def _supplier(self, obj):
        street = ", ".join(str(part) for part in (obj.street, obj.zip, obj.city) if part)
        said = {
            "name": obj.name,
            "vat": obj.vat,
            "countryCode": obj.country,
            "contactEmail": obj.email,
            "address": street,
        }
        return {key: value for key, value in said.items() if value}

    @api.model
    def _list_rows(self, connection, domain):
        with self._calling(connection) as (service, _client):
            lists = PayhawkLists(service)
            if domain == "employee":
                return lists.users()
            if domain == "department" and not self.env["finance.master.sync"]._row(connection, domain).send:
                return lists.teams()
            if domain == "account":
                return self._account_rows(connection, lists.rows("account-codes"))
            if domain in REPLACED:
                label = "name" if domain == "tax" else "label"
                rows = lists.rows(REPLACED[domain])
                return {
                    name: {"name": row.text(label), "amount": row.amount("rate"), "active": True}
                    if domain == "tax"
                    else {"name": row.text(label), "active": True}
                    for name, row in rows.items()
                }
            if domain == "partner":
                return {
                    name: {"name": row.text("name"), "vat": row.text("vat"), "active": row.text("status") != "archived"}
                    for name, row in lists.suppliers().items()
                }
            return self._value_rows(lists, domain)

    @api.model
    def _value_rows(self, lists, domain):
        there = lists.fields()
        if domain == "analytic_plan":
            return {name: {"name": row.text("label")} for name, row in there.items()}
        return {
            value: {"plan": name, "active": True}
            for name, row in there.items()
            for value in lists.values(row.needed("id"))
        }

    @api.model
    def _account_rows(self, connection, rows):
        """Payhawk knows an account by its code alone: what it is called here is looked up."""
        accounts = self._accounts(connection.company_id, list(rows))
        return {
            f"account.account:{accounts[code].id}" if code in accounts else code: {
                "name": row.text("name"),
                "code": code,
                "active": True,
            }
            for code, row in rows.items()
        }

    @api.model
    def _accounts(self, company, codes):
        # sudo: the engine; limited to one company
        model = self.env["account.account"].sudo().with_company(company).with_context(active_test=False)
        found = model.search([*model._check_company_domain(company), ("code", "in", codes)])
        return {account.code: account for account in found}

    @api.model
    def _expense_known(self, connection, company, domain, codes):
        """EXTENDS: the list of accounts is ours, and known by its codes."""
        known = super()._expense_known(connection, company, domain, codes)
        if domain == "expense_category" and self.env["finance.master.sync"]._row(connection, "account").send:
            known |= self._accounts(company, [code for code in codes if code not in known])
        return known


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.expense.adapter.payhawk", "Payhawk")],
        ondelete={"finance.expense.adapter.payhawk": "cascade"},
    )
    payhawk_account = fields.Char(
        string="Account ID", tracking=True, help="As it stands in the address of Payhawk's portal, e.g. acme_de_1."
    )

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {"payhawk_account"}
