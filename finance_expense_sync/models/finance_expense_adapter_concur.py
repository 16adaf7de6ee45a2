import mimetypes
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.finance_connector_base.engine.errors import RejectedError

from ..platforms import concur_advance, concur_reader
from ..platforms.calling import Nobody
from ..platforms.concur import UNCLAIMED, ConcurClient
from ..platforms.contract import Handed

#: secret with the token of the company that the administrator of Concur has made; good for one use
REQUEST_TOKEN = "token"


class FinanceExpenseAdapterConcur(models.AbstractModel):
    """Expense reports of SAP Concur, by its Financial Integration Service v4."""

    _name = "finance.expense.adapter.concur"
    _inherit = "finance.expense.adapter._lists"
    _description = "SAP Concur"

    _supports = frozenset({"check", "expenses", "master"})
    _uses_http = True
    _expense_told = frozenset({"posted", "failed", "paid"})
    _lists_out = frozenset({"account", "analytic_plan", "analytic_account"})

    @api.model
    def _expense_event_defaults(self):
        return {
            # the signature of Concur is not documented: mutual TLS ends at a proxy, which says so
            "scheme": "shared",
            "header": "X-Concur-Client-Verified",
            "identity_path": "id",
            "kind_path": "eventType",
            "key_path": "facts.documentId",
            "kinds": "expense.readyForIntegration",
        }

    @api.model
    @contextmanager
    def _calling(self, connection):
        settings = connection.sudo()  # sudo: engine code runs for any role; it is no secret
        authorization = connection._http_authorization()
        place = self._place(authorization)
        with (
            connection._http(authorization=authorization, base_url=place) as client,
            connection._http(authorization=authorization, base_url=settings.concur_images or place) as images,
            connection._http(authorization=Nobody()) as files,
        ):
            yield ConcurClient(client, system_id=settings.concur_system or "", images=images, files=files)

    @api.model
    def _place(self, authorization):
        """:return: where the last token says that we have to call, or None"""
        if authorization is None or not hasattr(authorization, "place"):
            return None
        return authorization.place or None

    @api.model
    def _check(self, connection):
        self._first_tokens(connection)
        with self._calling(connection) as service:
            ready = service.batch(None).handed
        connection._expense_asks()
        return self.env._("Concur answers; %s report(s) wait on the first page.", len(ready))

    @api.model
    def _first_tokens(self, connection):
        """Make tokens of the one that the administrator of Concur has made for the company."""
        settings = connection.sudo()  # sudo: which secrets there are, not what they say
        keys = set(settings.secret_ids.mapped("key"))
        if settings.http_auth != "authorization_code" or settings.oauth_token_ids or REQUEST_TOKEN not in keys:
            return
        if not settings.concur_company:
            raise RejectedError(
                self.env._("Enter the UUID of the company on the connection."), reason="connection_incomplete"
            )
        form = {
            "grant_type": "password",
            "credtype": "authtoken",
            "username": settings.concur_company,
            "password": connection._secret(REQUEST_TOKEN),
        }
        self.env["finance.oauth2.request"]._exchange(connection, form)

    # -- reports -------------------------------------------------------------------------------

    @api.model
    def _expense_batch(self, connection, flow, position):
        with self._calling(connection) as service:
            # sudo: engine code runs for any role; it is no secret
            return service.batch(position, advances=connection.sudo().concur_advances)

    @api.model
    def _expense_claim(self, connection, handed):
        with self._calling(connection) as service:
            return service.acknowledge(handed)

    @api.model
    def _expense_read(self, connection, content):
        return concur_reader.read(content, connection._expense_fields())

    @api.model
    def _expense_receipt(self, connection, receipt):
        with self._calling(connection) as service:
            kind, content = service.receipt(receipt.external_id)
        return f"receipt-{receipt.external_id[-8:]}{mimetypes.guess_extension(kind) or ''}", kind, content

    @api.model
    def _expense_tells(self, external_id, result):
        """EXTENDS: payments are confirmed of reports alone."""
        if result == "paid" and external_id.startswith(concur_advance.PREFIX):
            return False
        return super()._expense_tells(external_id, result)

    @api.model
    def _expense_confirm(self, connection, outcome):
        settings = connection.sudo()  # sudo: engine code runs for any role; it is no secret
        company = settings.concur_ledger or str(connection.company_id.id)
        with self._calling(connection) as service:
            confirm = service.confirm_payment if outcome.result == "paid" else service.confirm_posting
            answer = confirm(outcome, company=company)
            if answer.code == UNCLAIMED and outcome.result != "paid":
                # the claim has not arrived there: it is said again
                claimed = Handed(external_id=outcome.external_id, handle=outcome.handle, content=b"", claim=True)
                service.acknowledge([claimed])
                answer = confirm(outcome, company=company)
        return answer

    # -- lists ---------------------------------------------------------------------------------

    @api.model
    def _concur_lists(self, connection):
        """:return: dict of plans, as the platform is told of them -> id of the list that their accounts are in"""
        named = connection._concur_named_lists()
        plans = self.env["account.analytic.plan"].sudo().search([("name", "in", list(named))])  # sudo: the engine
        return {f"{plan._name}:{plan.id}": named[plan.name] for plan in plans}

    @api.model
    def _concur_list_of(self, connection, obj, name):
        """:return: id of the list that a record belongs to, or None"""
        if obj.domain == "account":
            return connection.sudo().concur_account_list  # sudo: engine code runs for any role; it is no secret
        lists = self._concur_lists(connection)
        return lists.get(name if obj.domain == "analytic_plan" else self._plan_of(obj))

    @api.model
    def _list_keep(self, connection, obj, name, is_listed):
        place = self._concur_list_of(connection, obj, name)
        if not place:
            if not is_listed:
                return
            raise RejectedError(
                self.env._("Say on the connection which list of Concur it is: %s.", obj.name),
                reason="expense_list_refused",
            )
        if obj.domain != "analytic_plan":
            words = f"{obj.code} {obj.name}" if obj.code else obj.name
            with self._calling(connection) as service:
                service.lists.keep(place, name, words, is_listed=is_listed)

    @api.model
    def _list_rows(self, connection, domain):
        lists = self._concur_lists(connection)
        if domain == "analytic_plan":
            return {plan: {} for plan in lists}
        if domain == "account":
            place = connection.sudo().concur_account_list  # sudo: as above
            lists = {domain: place} if place else {}
        with self._calling(connection) as service:
            # words are cut and lose their hyphens over there: they tell no difference
            return {code: {"active": True} for place in lists.values() for code in service.lists.items(place)}


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.expense.adapter.concur", "SAP Concur")],
        ondelete={"finance.expense.adapter.concur": "cascade"},
    )
    concur_company = fields.Char(
        string="Company UUID", tracking=True, help="As the App Center shows it beside the token of the company."
    )
    concur_system = fields.Char(
        string="System ID",
        tracking=True,
        help="Where several ledgers get documents of one company of Concur. Else empty.",
    )
    concur_ledger = fields.Char(
        string="Company code",
        tracking=True,
        help="Said with confirmations of reports that name no company. Empty: the number of the company here.",
    )
    concur_images = fields.Char(
        string="Address of receipts",
        tracking=True,
        help="Where images are asked for, one of the further addresses, e.g. https://www.concursolutions.com. "
        "Empty: as everything else.",
    )

    concur_advances = fields.Boolean(
        string="Read cash advances",
        tracking=True,
        help="Cash advances that are issued wait in a queue of their own, and are booked as owed by the employee.",
    )
    concur_lists = fields.Text(
        string="Lists of Concur",
        tracking=True,
        help="Which list holds the accounts of which analytic plan, one line each: Cost centres = 80edb3fa-c15e-a34a-"
        "b97f-f2ec291ab44f.",
    )

    concur_account_list = fields.Char(
        string="List of accounts",
        tracking=True,
        help="List of Concur that holds the accounts to choose from, where a field of expenses asks for one. Empty: "
        "expense types are mapped to accounts.",
    )

    @api.constrains("concur_lists")
    def _check_concur_lists(self):
        for connection in self:
            for number, line in enumerate((connection.concur_lists or "").splitlines(), 1):
                plan, _equals, place = line.rpartition("=")
                if line.strip() and not (plan.strip() and place.strip()):
                    raise ValidationError(
                        self.env._(
                            "%(name)s: write lists of Concur like Cost centres = ID of the list (line %(number)s).",
                            name=connection.name,
                            number=number,
                        )
                    )

    def _concur_named_lists(self):
        """:return: dict name of an analytic plan -> id of a list"""
        # sudo: engine code runs for any role; it is no secret
        parts = [line.rpartition("=") for line in (self.sudo().concur_lists or "").splitlines()]
        return {plan.strip(): place.strip() for plan, _equals, place in parts if plan.strip()}

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {"concur_images"}
