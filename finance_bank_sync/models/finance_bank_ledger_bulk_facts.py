import re
from decimal import Decimal
from operator import attrgetter

from odoo import api, models
from odoo.tools import float_repr

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..ledger.row import PartnerFacts, ShapeFacts, Texts

_new_texts = draft(Texts)

#: field of a bank line -> what a plan calls it
_TEXTS = {
    "payment_ref": "label",
    "partner_name": "partner_name",
    "account_number": "account_number",
    "transaction_type": "transaction_type",
}
#: text that the sanitiser only wraps into a paragraph, whatever its rules are
_PLAIN = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z .,:+()/-]*[0-9A-Za-z.)])?")


class FinanceBankLedgerBulkFacts(models.AbstractModel):
    """Facts that the rows of many lines share, each asked of Odoo once."""

    _name = "finance.bank.ledger.bulk.facts"
    _description = "Facts for Bank Lines"

    @api.model
    def _partners(self, journal, pairs, has_bank=True):
        """What Odoo computes on an entry from its partner, by its own compute methods.

        :param pairs: set of (partner id or None, currency id of the entry)
        :param has_bank: the entry has the account that Odoo finds at the partner, and not one that is said
        :return: dict pair -> :class:`~..ledger.row.PartnerFacts`
        """
        company = journal.company_id
        # read together here, Odoo's compute reads them one partner at a time
        partners = self.env["res.partner"].browse({partner for partner, _currency in pairs if partner})
        partners.mapped("commercial_partner_id.bank_ids" if has_bank else "commercial_partner_id")
        positions = self._fiscal_positions(company, partners)
        pairs = sorted(pairs, key=lambda pair: (pair[0] or 0, pair[1]))
        move = self.env["account.move"]
        entries = move.concat(
            *(
                move.new(
                    {
                        "move_type": "entry",
                        "journal_id": journal.id,
                        "company_id": company.id,
                        "currency_id": currency,
                        "partner_id": partner,
                    }
                )
                for partner, currency in pairs
            )
        )
        return {
            pair: PartnerFacts(
                partner_id=pair[0],
                commercial_partner_id=entry.commercial_partner_id.id or None,
                partner_bank_id=(has_bank and entry.partner_bank_id.id) or None,
                fiscal_position_id=positions[pair[0]] if pair[0] in positions else entry.fiscal_position_id.id or None,
                payment_method_line_id=entry.preferred_payment_method_line_id.id or None,
                display_name=entry.invoice_partner_display_name or None,
            )
            for pair, entry in zip(pairs, entries, strict=True)
        }

    @api.model
    def _fiscal_positions(self, company, partners):
        """Fiscal positions as core finds them, asked once for partners that core cannot tell apart.

        :return: dict partner id -> fiscal position id or None; empty where a module finds them otherwise
        """
        safety = self.env["finance.bank.ledger.bulk.safety"]
        finders = [("account.move", "_compute_fiscal_position_id")] + [
            ("account.fiscal.position", name)
            for name in ("_get_fiscal_position", "_get_first_matching_fpos", "_get_fpos_validation_functions")
        ]
        if any(safety._definers(model, method) != {"account"} for model, method in finders):
            return {}
        position = self.env["account.fiscal.position"].with_company(company)
        local = partners.with_company(company)
        local.mapped("property_account_position_id")
        known = {}
        found = {}
        for partner in local:
            delivery = local.browse(partner.address_get(["delivery"])["delivery"])
            looks = (
                partner.id if partner.vat or delivery.vat else None,
                partner.property_account_position_id,
                partner.country_id,
                delivery.property_account_position_id,
                delivery.country_id,
                delivery.state_id,
                delivery.zip,
            )
            if looks not in known:
                known[looks] = position._get_fiscal_position(partner, delivery=delivery).id or None
            found[partner.id] = known[looks]
        return found

    @api.model
    def _foreign_partners(self, company, partner_ids):
        """:return: ids of the partners that Odoo does not allow in this company"""
        partners = self.env["res.partner"].sudo().browse(partner_ids)  # sudo: only to compare companies
        return set((partners - partners.filtered_domain(partners._check_company_domain(company))).ids)

    @api.model
    def _analytic_pairs(self, company, pairs):
        """Pairs of (partner id, account id) for which an analytic distribution model has an answer."""
        distributions = self.env["account.analytic.distribution.model"].sudo()  # sudo: as core reads them
        if not distributions.search_count([("company_id", "in", [company.id, False])], limit=1):
            return set()
        item = self.env["account.move.line"]
        found = set()
        for partner, account in pairs:
            new = item.new({"partner_id": partner, "account_id": account, "company_id": company.id})
            arguments = new._get_analytic_distribution_arguments(self.env["account.analytic.plan"])
            if distributions._get_distribution(arguments):
                found.add((partner, account))
        return found

    @api.model
    def _shape(self, journal, shape, is_checked):
        company_currency = journal.company_id.sudo().currency_id  # sudo: as core reads it for branches
        journal_currency = journal.currency_id or company_currency
        foreign = self.env["res.currency"].browse(shape.foreign_currency_id) or journal_currency
        account = self.env["account.account"].browse(shape.counterpart_account_id) or journal.suspense_account_id
        return ShapeFacts(
            journal_digits=journal_currency.decimal_places,
            counterpart_digits=foreign.decimal_places,
            company_digits=company_currency.decimal_places,
            is_suspense=account == journal.suspense_account_id,
            has_residual=_keeps_residual(account),
            bank_has_residual=_keeps_residual(journal.default_account_id),
            is_checked=is_checked,
        )

    @api.model
    def _balances(self, journal, plans):
        """The amounts of the plans in the currency of the company, as core converts them.

        :return: list of Decimal
        """
        company_currency = journal.company_id.sudo().currency_id  # sudo: as core reads it for branches
        journal_currency = journal.currency_id or company_currency
        if journal_currency == company_currency:
            return [plan.amount for plan in plans]
        rates = {
            day: journal_currency._get_conversion_rate(journal_currency, company_currency, journal.company_id, day)
            for day in {plan.date for plan in plans}
        }
        digits = company_currency.decimal_places
        return [
            plan.foreign_amount
            if plan.foreign_currency_id == company_currency.id
            else Decimal(float_repr(company_currency.round(float(plan.amount) * rates[plan.date]), digits))
            for plan in plans
        ]

    @api.model
    def _texts(self, plans):
        """The texts of the plans as Odoo stores them; those that many lines share are asked once.

        :return: list of :class:`~..ledger.row.Texts`
        """
        line = self.env["account.bank.statement.line"]
        stored = {}
        for name, attribute in _TEXTS.items():
            convert = line._fields[name].convert_to_column_insert
            values = map(attrgetter(attribute), plans)
            stored[attribute] = {value: convert(value, line) for value in dict.fromkeys(values)}
        narrations = {text: self._narration(text) for text in dict.fromkeys(plan.narration for plan in plans)}
        return [
            _new_texts(
                label=stored["label"][plan.label],
                partner_name=stored["partner_name"][plan.partner_name],
                account_number=stored["account_number"][plan.account_number],
                transaction_type=stored["transaction_type"][plan.transaction_type],
                narration=narrations[plan.narration],
            )
            for plan in plans
        ]

    @api.model
    def _narration(self, text):
        """Html as core stores it: written, read and written again, so sanitised twice."""
        if text and _PLAIN.fullmatch(text):
            return f"<p>{text}</p>"
        move = self.env["account.move"]
        field = move._fields["narration"]
        for _time in range(2):
            text = field.convert_to_column_insert(text, move)
        return text


def _keeps_residual(account):
    # as core's account.move.line._compute_amount_residual
    return account.reconcile or account.account_type in ("asset_cash", "liability_credit_card")
