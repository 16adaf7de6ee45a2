"""Payment orders over the interface for programs: drafts go in, states come out. Nothing here approves or releases."""

from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.finance_connector_base.api.problem import Fault, Problem
from odoo.addons.finance_connector_base.canonical.documents import Party
from odoo.addons.finance_connector_base.engine.difference import fingerprint

from ..cash.payment_contracts import (
    ENDPOINTS,
    RIGHTS,
    Payment,
    PaymentFindings,
    PaymentIssue,
    PaymentOrder,
    PaymentOrderList,
    PaymentOrderSummary,
)
from .finance_bank_programs import exact

CONFIDENTIAL_RIGHT = "payments:confidential"


class FinanceApiRight(models.Model):
    _inherit = "finance.api.right"

    @api.model
    def _known(self):
        # EXTENDS
        return {**super()._known(), **RIGHTS}


class FinanceApiClient(models.Model):
    _inherit = "finance.api.client"

    def _hands_in(self):
        # EXTENDS: codes of payees are translated by the program's connection
        return super()._hands_in() or "payments:submit" in self.right_ids.mapped("code")


class FinancePaymentOrder(models.Model):
    """What a program handed in is known by its id for ever."""

    _inherit = "finance.payment.order"

    api_client_id = fields.Many2one(
        "finance.api.client",
        string="Handed in by",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        groups="finance_bank_sync.finance_group_payment_creator,finance_connector_base.finance_group_admin",
    )
    external_id = fields.Char(string="Its number there", readonly=True, copy=False)
    external_digest = fields.Char(readonly=True, copy=False)

    _payment_protected = frozenset(("api_client_id", "external_id", "external_digest"))
    _external_once = models.UniqueIndex(
        "(api_client_id, company_id, external_id) WHERE external_id IS NOT NULL",
        "What a program hands in under one id is handed in once.",
    )


class FinanceApi(models.AbstractModel):
    """Payment orders for programs."""

    _inherit = "finance.api"

    @api.model
    def _endpoints(self):
        # EXTENDS
        return {**super()._endpoints(), **ENDPOINTS}

    # -- handing in ----------------------------------------------------------------------------

    @api.model
    def _do_submit_payment_order(self, query, body):
        company = self._payment_company(body)
        client = self._client()
        digest = fingerprint(body.model_dump(mode="json"))
        orders = self.env["finance.payment.order"]
        # sudo: what this very program has handed in
        known = orders.sudo().search(
            [
                ("api_client_id", "=", client.id),
                ("company_id", "=", company.id),
                ("external_id", "=", body.external_id),
            ]
        )
        if known:
            # public: a fingerprint of what this program itself has sent
            if known.external_digest != digest:
                raise Problem("conflict", "This external_id was used for something else, and that stands.")
            return self._payment_order(known.with_env(self.env))
        order = self._draft_order(company, body)
        # sudo: whose it is is written here alone
        order.sudo().write({"api_client_id": client.id, "external_id": body.external_id, "external_digest": digest})
        # sudo: as above. Who made the key can hand in with it, so they decide nothing about what was handed in by it
        order.sudo().editor_ids |= client.sudo().key_by_id.filtered(lambda user: not user._is_superuser())
        return self._payment_order(order)

    @api.model
    def _do_validate_payment_order(self, query, body):
        company = self._payment_company(body)
        point = self.env.cr.savepoint(flush=True)
        try:
            issues = self._payment_issues(self._draft_order(company, body))
        finally:
            point.close(rollback=True)
            self.env.invalidate_all(flush=False)
        return PaymentFindings(accepted=not any(one.severity == "error" for one in issues), issues=issues)

    @api.model
    def _payment_company(self, body):
        self.env["finance.payment.order"].check_access("create")
        if body.kind == "salaries" and not self._sees_confidential():
            raise Problem("not_allowed", "Salaries need the right to confidential payments, and its group in Odoo.")
        return self._company(body.company)

    @api.model
    def _sees_confidential(self):
        """:return: whether program and user may both have confidential payments"""
        rights = self._client().right_ids.mapped("code")
        return CONFIDENTIAL_RIGHT in rights and self.env.user.has_group(
            "finance_bank_sync.finance_group_payment_confidential"
        )

    @api.model
    def _draft_order(self, company, body):
        """:return: a draft of what is asked for
        :raise Problem: ``invalid``: with everything that cannot even be a draft
        """
        faults = []
        journal = self._own_account(company, body, faults)
        currency = self.env["res.currency"].search([("name", "=", body.currency)])
        if not currency:
            faults.append(Fault("is no currency that is used here", "/currency"))
        partners = self._payees(company, body, faults)
        banks = self._payee_accounts(body, partners, faults)
        items = self._paid_items(company, body, faults)
        if faults:
            raise Problem("invalid", "Correct what is listed under errors.", faults=faults[:50])
        is_salary = body.kind == "salaries"
        order = self.env["finance.payment.order"].create(
            {
                "company_id": company.id,
                "journal_id": journal.id,
                "currency_id": currency.id,
                "profile": _profile(journal, currency),
                "requested_date": body.date,
                "urgency": body.urgency,
                "category_purpose": "SALA" if is_salary else False,
                "batch_booking": "one" if is_salary else "agreed",
                "is_confidential": is_salary,
            }
        )
        lines = self.env["finance.payment.line"].create(
            [
                {
                    "order_id": order.id,
                    "sequence": number,
                    "partner_id": partners[number].id,
                    "partner_bank_id": banks[number].id,
                    "amount": float(payment.amount),
                    "remittance": payment.text or False,
                    "reference_type": payment.reference_type or False,
                    "reference": payment.reference or False,
                    "purpose": payment.purpose or False,
                }
                for number, payment in enumerate(body.payments)
            ]
        )
        self.env["finance.payment.item"].create(
            [
                {"line_id": line.id, "move_line_id": item.id, "amount": amount}
                for line, paid in zip(lines, items, strict=True)
                for item, amount in paid
            ]
        )
        return order

    @api.model
    def _own_account(self, company, body, faults):
        number = self._names().read("account", body.account) or 0
        domain = [("id", "=", number), ("type", "=", "bank"), ("company_id", "=", company.id)]
        journal = self.env["account.journal"].search(domain)
        if not journal:
            faults.append(Fault("is no account of the company", "/account"))
        return journal

    @api.model
    def _payees(self, company, body, faults):
        """:return: list of partners, one a payment"""
        connection = self._client().connection_ids.filtered(lambda one: one.company_id == company)[:1]
        parties = [Party(external_id=payment.counterparty) for payment in body.payments]
        # sudo: mappings are read as the work itself reads them
        booking = self.env(su=True)["finance.booking"].with_company(company)
        found = booking._partners(parties, connection.with_env(booking.env), body.date, [])
        for number, party in enumerate(parties):
            if party not in found:
                faults.append(Fault("is nobody who is known here", f"/payments/{number}/counterparty"))
        none = self.env["res.partner"]
        return [found.get(party, none).with_env(self.env) for party in parties]

    @api.model
    def _payee_accounts(self, body, partners, faults):
        """:return: list of bank accounts, one a payment: one that the payee has here, never one that was sent"""
        everybody = self.env["res.partner"].union(*partners).commercial_partner_id
        known = self.env["res.partner.bank"].search([("partner_id.commercial_partner_id", "in", everybody.ids)])
        by_payee = known.grouped(lambda bank: bank.partner_id.commercial_partner_id)
        found = []
        for number, (payment, partner) in enumerate(zip(body.payments, partners, strict=True)):
            banks = by_payee.get(partner.commercial_partner_id, known.browse())
            place = f"/payments/{number}/iban"
            if payment.iban:
                wanted = "".join(payment.iban.split()).upper()
                banks = banks.filtered(lambda bank, wanted=wanted: bank.sanitized_acc_number == wanted)[:1]
                if partner and not banks:
                    faults.append(Fault("is no account that the counterparty has here", place))
            elif partner and not banks:
                faults.append(Fault("the counterparty has no account here", place))
            elif len(banks) > 1:
                faults.append(Fault("has to be told: the counterparty has several accounts", place))
            found.append(banks[:1])
        return found

    @api.model
    def _paid_items(self, company, body, faults):
        """:return: list of lists of (open item, amount), one a payment"""
        names = self._names()
        ids = {one.invoice: names.read("invoice", one.invoice) for payment in body.payments for one in payment.pays}
        domain = [
            ("move_id", "in", [number for number in ids.values() if number]),
            ("company_id", "=", company.id),
            ("parent_state", "=", "posted"),
            ("account_id.account_type", "in", ("liability_payable", "asset_receivable")),
            ("reconciled", "=", False),
        ]
        open_items = self.env["account.move.line"].search(domain, order="date_maturity, id")
        taken = open_items.browse(self.env["finance.payment.collect"]._in_orders(open_items))
        by_move = open_items.grouped(lambda item: item.move_id.id)
        paid = []
        for number, payment in enumerate(body.payments):
            rows = []
            for place, one in enumerate(payment.pays):
                items = by_move.get(ids[one.invoice], open_items.browse())
                if not items or items & taken:
                    fault = "is in another payment already" if items else "is no open document of the company"
                    faults.append(Fault(fault, f"/payments/{number}/pays/{place}/invoice"))
                taken |= items
                rows += _spread(items, one.amount)
            paid.append(rows)
        return paid

    # -- telling -------------------------------------------------------------------------------

    @api.model
    def _payment_domain(self):
        """:return: domain of what the program may see"""
        domain = [("company_id", "in", self.env.companies.ids)]
        return domain if self._sees_confidential() else [*domain, ("is_confidential", "=", False)]

    @api.model
    def _do_list_payment_orders(self, query):
        domain = self._payment_domain()
        if query.state:
            domain.append(("state", "in", query.state))
        if query.external_id:
            domain += [("external_id", "=", query.external_id), ("id", "in", self._handed_in(query.external_id))]
        if query.changed_since:
            domain.append(("write_date", ">=", query.changed_since.replace(tzinfo=None)))
        orders, following = self._page("payments", "finance.payment.order", domain, query, ("write_date", "id"))
        return PaymentOrderList(data=[PaymentOrderSummary(**self._summary(order)) for order in orders], next=following)

    @api.model
    def _handed_in(self, external_id):
        """:return: ids of what this very program has handed in under an id"""
        # sudo: its own
        orders = self.env["finance.payment.order"].sudo()
        return orders.search([("api_client_id", "=", self._client().id), ("external_id", "=", external_id)]).ids

    @api.model
    def _do_get_payment_order(self, query, id):  # pylint: disable=redefined-builtin  # the name in the path
        return self._payment_order(self._named("finance.payment.order", "paymentorder", id, self._payment_domain()))

    @api.model
    def _payment_order(self, order):
        return PaymentOrder(
            **self._summary(order),
            payments=[self._payment(line) for line in order.line_ids],
            issues=self._payment_issues(order) if order.state == "draft" else [],
        )

    @api.model
    def _summary(self, order):
        names = self._names()
        return {
            "id": names.of("paymentorder", order.id),
            "number": order.name or None,
            "external_id": order.external_id or None,
            "company": names.of("company", order.company_id.id),
            "direction": order.direction,
            "account": names.of("account", order.journal_id.id),
            "confidential": order.is_confidential,
            "date": order.requested_date,
            "currency": order.currency_id.name,
            "total": exact(order.amount),
            "payment_count": order.payment_count,
            "state": order.state,
            "attention": order.attention or None,
            "created_at": order.create_date,
            "changed_at": order.write_date,
        }

    @api.model
    def _payment(self, line):
        names = self._names()
        return Payment(
            id=names.of("payment", line.id),
            counterparty=names.of("counterparty", line.partner_id.id),
            amount=exact(line.amount),
            state=line.state,
            end_to_end_id=line.end_to_end_id or None,
            uetr=line.uetr or None,
            reasons=(line.reasons or "").split(),
            invoices=[names.of("invoice", move.id) for move in line.item_ids.move_id],
        )

    @api.model
    def _payment_issues(self, order):
        places = {line.id: number for number, line in enumerate(order.line_ids)}
        return [
            PaymentIssue(
                code=issue["code"],
                severity=issue["severity"],
                payment=places.get(issue["line_id"]),
                place=issue["place"],
                message=issue["message"],
                fix=issue["fix"],
            )
            for issue in order._issues()
        ]


def _profile(journal, currency):
    """:return: the format in which such a currency leaves such an account, where nobody says more"""
    if currency.name == "EUR":
        return "sepa_sct"
    number = journal.bank_account_id.sanitized_acc_number or ""
    return "swiss_domestic" if currency.name == "CHF" and number[:2] in ("CH", "LI") else "cross_border"


def _spread(items, amount):
    """:return: list of (open item, what of the amount is paid on it), the item that is due first first"""
    rows = []
    left = None if amount is None else Decimal(amount)
    for item in items:
        # we pay what we owe: credits of ours are negative in the ledger
        open_amount = -item.amount_residual_currency
        part = open_amount if left is None else min(float(left), open_amount)
        if not item.currency_id.is_zero(part):
            rows.append((item, item.currency_id.round(part)))
        if left is not None:
            left -= Decimal(str(item.currency_id.round(part)))
    return rows
