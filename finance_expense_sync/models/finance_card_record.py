import hashlib
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.finance_connector_base.engine.errors import FinanceError, RejectedError

from ..cards import linking

HOLDER, PROGRAM, ENTITY = "employee", "card_program", "expense_entity"
#: kind of mapping -> reason of a code without mapping, where a card needs another remedy than a report
UNMAPPED = {HOLDER: "card_holder_unknown", PROGRAM: "card_program_unknown"}


@dataclass(kw_only=True)
class Read:
    """What is known of a transaction while it is worked.

    :param record: its record, if it has been here before
    :param fault: the :class:`FinanceError` that is in the way
    :param dated: (rate to the currency of the company, day it is of, where it is from)
    """

    message: Any
    document: Any
    record: Any
    state: str
    changes_ids: bool
    company: Any
    currency: Any = None
    partner: Any = None
    policy: Any = None
    payer_policy: Any = None
    journal: Any = None
    dated: Any = None
    fault: Any = None


class FinanceCardRecord(models.AbstractModel):
    """Writes transactions of cards into records, and says what is in the way of one."""

    _name = "finance.card.record"
    _description = "Records of Card Transactions"

    @api.model
    def _known(self, connection, external_id):
        # sudo: the engine; limited to one connection
        cards = self.env["finance.card.transaction"].sudo()
        return cards.search([("connection_id", "=", connection.id), ("external_id", "=", external_id)])

    @api.model
    def _charges_of(self, connection, external_id):
        """:return: charges that name an authorisation by this id, also when they came before it"""
        # sudo: as above
        cards = self.env["finance.card.transaction"].sudo()
        return cards.search([("connection_id", "=", connection.id), ("pending_external_id", "=", external_id)])

    # -- what is in the way --------------------------------------------------------------------

    @api.model
    def _prepare(self, read):
        """Find out who, which company and how much in its currency; the first thing in the way is kept."""
        try:
            self._code(read)
        except FinanceError as error:
            read.fault = error

    @api.model
    def _code(self, read):
        document, connection = read.document, read.message.connection_id
        read.currency = self.env["finance.expense.record"]._currency(document.charged.currency)
        if document.entity and (
            company := self._mapped(read, ENTITY, document.entity, optional=True, company=connection.company_id)
        ):
            read.company = company
        if read.state != "settled":
            # what is no money waits for nobody; who holds the card is shown if it is known
            read.partner = self._holder(read, optional=True)
            return
        if not read.currency.active:
            raise RejectedError(
                self.env._("The currency %s is not switched on here.", document.charged.currency),
                reason="expense_currency_inactive",
                params={"currency": document.charged.currency},
                waiting_key=f"expense_currency:{document.charged.currency}",
            )
        self._check_alike(read)
        policies = self.env["finance.expense.policy"]
        read.policy = read.payer_policy = policies._needed(connection, read.company, document.country)
        read.dated = self._rate(read)
        self.env["finance.expense.accounts"]._policy_account(read, "card_account_id")
        if read.policy.card_booking == "settled":
            read.journal = self._journal(read)
        read.partner = self._holder(read)

    @api.model
    def _facts(self, read):
        document = read.document
        return {
            "entity": document.entity or "",
            "country": document.country or "",
            "program": document.program or "",
            "amount": document.charged.amount,
            "currency": document.charged.currency,
        }

    @api.model
    def _mapped(self, read, domain, code, *, optional=False, company=None, label=None):
        """:return: the record that a code is mapped to; None where nobody maps this kind, if it is optional"""
        codes = self.env["finance.expense.codes"]
        connection = read.message.connection_id
        if optional and not codes._has_mappings(connection, domain):
            return None
        try:
            found = codes._mapped(
                connection,
                company or read.company,
                domain,
                [code],
                day=read.document.date,
                facts=self._facts(read),
                labels={code: label},
            )
        except FinanceError as error:
            if error.params.get("unmapped"):
                error.reason = UNMAPPED.get(domain, error.reason)
            raise
        return found[code]

    @api.model
    def _holder(self, read, *, optional=False):
        """:return: who holds the card; where the feed does not say it, the card itself is mapped"""
        holder = read.document.holder
        code = holder.external_id if holder else linking.masked(read.document.card)
        try:
            return self._mapped(read, HOLDER, code, optional=optional, label=holder.name if holder else None)
        except FinanceError:
            if optional:
                return None
            raise

    @api.model
    def _journal(self, read):
        """:return: journal whose account is what the card company is owed"""
        program = read.document.program
        journal = read.policy.card_journal_id
        if program and (
            not journal or self.env["finance.expense.codes"]._has_mappings(read.message.connection_id, PROGRAM)
        ):
            journal = self._mapped(read, PROGRAM, program)
        if not journal:
            return self.env["finance.expense.accounts"]._policy_account(read, "card_journal_id")
        if not journal.default_account_id:
            raise RejectedError(
                self.env._("The journal %s has no account.", journal.display_name),
                reason="card_program_unknown",
                params={"journal_id": journal.id},
            )
        return journal.sudo()  # sudo: of the company it is booked in

    @api.model
    def _rate(self, read):
        """:return: (rate, day, source); one that was frozen stays"""
        known = read.record
        amount = float(read.document.charged.amount)
        if known.company_rate and known.amount == amount and known.currency_id == read.currency:
            return None
        day = read.document.settled or read.document.date
        return self.env["finance.expense.rates"]._rate(read.company, read.currency, day, read.policy)

    @api.model
    def _check_alike(self, read):
        """Files that are sent again with new ids, and two feeds of the same cards, bring a charge twice."""
        likeness = self._likeness(read)
        if likeness:
            self.env["finance.expense.meeting"]._charge(likeness)
        if read.record.is_distinct:
            return
        # sudo: the engine compares with all transactions of the company
        cards = self.env["finance.card.transaction"].sudo()
        twin = likeness and cards.search(
            [
                ("likeness", "=", likeness),
                ("company_id", "=", read.company.id),
                ("state", "=", "settled"),
                ("id", "not in", read.record.ids),
                ("reason_code", "!=", "card_duplicate"),
            ],
            limit=1,
        )
        if twin:
            raise RejectedError(
                self.env._(
                    "%(other)s is the same: card, day, amount and merchant.",
                    other=twin.external_id,
                ),
                reason="card_duplicate",
                params={"twin_id": twin.id},
                waiting_key=self._waiting_key(read.message.connection_id, read.document.external_id),
            )

    @api.model
    def _waiting_key(self, connection, external_id):
        """:return: key of what a person decides about a transaction"""
        return f"card:{connection.id}:{external_id}"

    @api.model
    def _likeness(self, read):
        """:return: digest of what makes two charges look like one, or False: nothing can be said"""
        document = read.document
        if not document.merchant or document.state != "settled":
            return False
        facts = (
            linking.masked(document.card),
            str(document.date),
            format(document.charged.amount.normalize(), "f"),
            document.charged.currency,
            " ".join(document.merchant.casefold().split()),
        )
        return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()

    # -- records -------------------------------------------------------------------------------

    @api.model
    def _save(self, read):
        """Write a transaction, and link it to what it belongs to; :return: its record"""
        # sudo: nobody writes transactions but the engine
        cards = self.env["finance.card.transaction"].sudo().with_context(tracking_disable=True)
        values = self._values(read)
        if read.record:
            read.record.with_context(tracking_disable=True).write(values)
        else:
            read.record = cards.create(values)
        record = read.record
        if record.state == "settled":
            self._link_authorisation(read)
            self._link_refund(record)
        elif record.state in ("pending", "cleared"):
            self._link_charges(read)
        return record

    @api.model
    def _values(self, read):
        document, fault = read.document, read.fault
        holder, spent = document.holder, document.spent
        values = {
            "connection_id": read.message.connection_id.id,
            "company_id": read.company.id,
            "external_id": document.external_id,
            "pending_external_id": document.pending_id,
            "state": read.state,
            "said": document.state,
            "message_id": read.message.id,
            "content_hash": read.message.payload_sha256,
            "reason_code": fault.reason if fault else False,
            "detail": fault.detail if fault else False,
            "likeness": self._likeness(read),
            "program": document.program,
            "card": linking.masked(document.card),
            "holder_code": holder.external_id if holder else False,
            "holder_name": holder.name if holder else False,
            "partner_id": read.partner.id if read.partner else read.record.partner_id.id,
            "entity": document.entity,
            "updated_at": document.updated_utc or read.record.updated_at,
            "date": document.date,
            "settled_on": (document.settled or document.date) if read.state == "settled" else False,
            "merchant": document.merchant,
            "merchant_code": document.merchant_id,
            "merchant_category": document.merchant_category,
            "country_code": document.country,
            "statement": document.statement,
            "reference": document.reference,
            "platform_report": document.report,
            "platform_line": document.line,
            "has_receipt": bool(document.receipts),
            "currency_id": read.currency.id if read.currency else False,
            "amount": float(document.charged.amount),
            **({"authorised_amount": float(document.charged.amount)} if read.state == "pending" else {}),
            "fees": float(document.fees or 0),
            "spent_amount": float(spent.amount) if spent else 0.0,
            "spent_currency": spent.currency if spent else False,
            "rate": float(document.rate or 0),
            "rate_source": self.env._("Card company") if document.rate else False,
        }
        if read.record and read.record.settled_on and read.state == "reversed":
            # when it was charged stays known
            del values["settled_on"]
        if read.dated:
            rate, day, source = read.dated
            values |= {
                "company_rate": float(rate.value),
                "company_rate_date": day,
                "company_rate_source": source,
                "company_amount": float(round(document.charged.amount * rate.value, rate.decimals)),
            }
        return values

    # -- links ---------------------------------------------------------------------------------

    @api.model
    def _payment(self, record):
        """:return: :class:`Payment` of a record"""
        decimals = record.currency_id.decimal_places
        given_back = sum(record.refund_ids.filtered(lambda one: one.state == "settled").mapped("amount"))
        return linking.Payment(
            key=record.id,
            card=record.card,
            day=record.date,
            amount=round(Decimal(str(record.amount)), decimals),
            currency=record.currency_id.name or "",
            merchant=record.merchant or "",
            rest=round(Decimal(str(record.amount + given_back)), decimals),
        )

    @api.model
    def _near(self, record, *domain, days):
        """:return: transactions of the same card in the days before"""
        return record.search(
            Domain.AND(
                [
                    Domain("connection_id", "=", record.connection_id.id),
                    Domain("card", "=", record.card),
                    Domain("currency_id", "=", record.currency_id.id),
                    Domain("date", ">=", record.date - timedelta(days=days)),
                    Domain("id", "!=", record.id),
                    *domain,
                ]
            ),
            order="date, id",
            limit=500,
        )

    @api.model
    def _link_authorisation(self, read):
        """A charge and its authorisation know each other, and one of them is counted (S-21)."""
        record = read.record
        # it was charged by its own id: what looked like its charge was another one's
        record.charge_ids.filtered(lambda one: not one.pending_external_id).authorisation_id = False
        if record.authorisation_id:
            return
        found = record.browse()
        if record.pending_external_id:
            found = self._known(record.connection_id, record.pending_external_id)
        elif read.changes_ids:
            pending = self._near(record, Domain("state", "=", "pending"), days=linking.MOST_DAYS).filtered(
                lambda one: one.date <= record.date
            )
            chosen = linking.authorisation_of(self._payment(record), [self._payment(one) for one in pending])
            found = record.browse(chosen.key if chosen else [])
        if found and found != record:
            record.write({"authorisation_id": found.id, "authorised_amount": found.amount})
            if found.state in ("pending", "released"):
                found.state = "cleared"

    @api.model
    def _link_charges(self, read):
        """What was charged before its authorisation came is found by it."""
        record = read.record
        charges = self._charges_of(record.connection_id, record.external_id)
        if not charges and read.changes_ids:
            later = record.search(
                [
                    ("connection_id", "=", record.connection_id.id),
                    ("card", "=", record.card),
                    ("state", "=", "settled"),
                    ("authorisation_id", "=", False),
                    ("pending_external_id", "=", False),
                    ("date", ">=", record.date),
                    ("date", "<=", record.date + timedelta(days=linking.MOST_DAYS)),
                ],
                order="date, id",
                limit=100,
            )
            mine = [self._payment(record)]
            charges = later.filtered(lambda one: linking.authorisation_of(self._payment(one), mine))[:1]
        if charges:
            charges.write({"authorisation_id": record.id, "authorised_amount": record.amount})
            record.state = "cleared"

    @api.model
    def _link_refund(self, record):
        if record.amount >= 0 or record.refund_of_id:
            return
        purchases = self._near(record, Domain("state", "=", "settled"), Domain("amount", ">", 0), days=180)
        chosen = linking.purchase_of(self._payment(record), [self._payment(one) for one in purchases])
        if chosen:
            record.refund_of_id = record.browse(chosen.key)
