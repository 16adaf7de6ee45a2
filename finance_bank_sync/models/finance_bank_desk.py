from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .finance_bank_reconcile_limits import NOT_BY_HAND
from .finance_bank_words import reasons

#: lines and choices that one question brings
PAGE = 100
CHOICES = 8
#: what the filter of the screen may ask for
OUTCOMES = ("proposed", "unmatched")
#: items of an answer that are shown one by one; its name says how many there are
SHOWN = 20


class FinanceBankDesk(models.AbstractModel):
    """What the screen *Work Lines* asks: open bank lines, the answers to one of them, and decisions.

    Everything runs with the rights and companies of the user; decisions are those of the lists and
    of the dialog, so both ways to work end in the same code.
    """

    _name = "finance.bank.desk"
    _description = "Desk for Bank Lines"

    # -- reading -----------------------------------------------------------------------------

    @api.model
    def get_lines(self, outcome=None, journal_id=None, after=None):
        """The next open lines, oldest first.

        :param outcome: ``proposed`` or ``unmatched``; all without it
        :param after: ``index`` of the last line that is known; the page begins behind it
        :return: dict with ``lines``, ``total``, ``journals`` and ``may_decide``
        """
        lines = self._lines()
        domain = Domain("is_reconciled", "=", False) & Domain("company_id", "in", self.env.companies.ids)
        domain &= Domain("move_id.state", "=", "posted")
        journals = lines._read_group(domain, ["journal_id"], ["__count"])
        if outcome in OUTCOMES:
            domain &= Domain("finance_outcome", "=", outcome)
        if journal_id:
            domain &= Domain("journal_id", "=", int(journal_id))
        page = domain & Domain("internal_index", ">", after) if after else domain
        return {
            "lines": [self._line_values(line) for line in lines.search(page, order="internal_index", limit=PAGE)],
            "total": lines.search_count(domain),
            "journals": [{"id": journal.id, "name": journal.display_name, "count": n} for journal, n in journals],
            "may_decide": self.env["finance.bank.statement"]._is_accountant(),
        }

    @api.model
    def get_answers(self, line_id=0):
        """What is proposed for a line, best first, with its score and reasons.

        :return: dict with ``line`` and ``answers``; an answer whose items were paid meanwhile is ``gone``
        """
        line = self._line(line_id)
        entry = line.finance_entry_id
        suggestions = self.env["finance.bank.suggestion"] if line.is_reconciled else entry.suggestion_ids
        return {
            "line": {
                **self._line_values(line),
                "account_number": entry.party_account_masked or False,
                "remittance": entry.remittance or line.payment_ref,
                "end_to_end_id": entry.end_to_end_id,
                "references": entry.structured_references or [],
                "entry_id": entry.id,
                "move_id": line.move_id.id,
            },
            "answers": [self._answer_values(found) for found in suggestions],
        }

    @api.model
    def find_accounts(self, line_id=0, text=""):
        """:return: accounts that a line may be booked on, found by code or name"""
        company = self._line(line_id).company_id
        domain = [("company_ids", "in", company.id), ("account_type", "not in", NOT_BY_HAND)]
        found = self.env["account.account"].with_company(company).name_search(text, domain, limit=CHOICES)
        return [{"id": account_id, "name": name} for account_id, name in found]

    @api.model
    def find_items(self, line_id=0, text=""):
        """Open receivables or payables that the line could pay, found by number, partner or amount.

        Money that came in pays what is owed to the company, money that went out what the company owes.
        """
        line = self._line(line_id)
        domain = (
            Domain("company_id", "=", line.company_id.id)
            & Domain("parent_state", "=", "posted")
            & Domain("reconciled", "=", False)
            & Domain("statement_line_id", "=", False)
            & Domain("account_id.account_type", "in", ("asset_receivable", "liability_payable"))
            & Domain("amount_residual", ">" if line.amount > 0 else "<", 0)
        )
        if text:
            terms = [Domain(name, "ilike", text) for name in ("move_name", "partner_id", "ref", "name")]
            amount = _amount(text)
            if amount is not None:
                terms += [Domain("amount_residual_currency", "in", (amount, -amount))]
            domain &= Domain.OR(terms)
        items = self.env["account.move.line"].search(domain, order="date_maturity, id", limit=CHOICES)
        return [self._item_values(item) for item in items]

    # -- deciding ----------------------------------------------------------------------------

    @api.model
    def accept(self, line_id=0, answer_id=0):
        """Settle the line as this answer says."""
        line = self._line_to_decide(line_id)
        answer = line.finance_entry_id.suggestion_ids.filtered(lambda found: found.id == answer_id)
        if not answer:
            raise UserError(self.env._("This answer is not proposed any more."))
        answer.action_accept()

    @api.model
    def settle(self, line_id=0, item_ids=(), account_id=None):
        """Settle the line with chosen items, with an account, or with items and an account for the rest."""
        line = self._line_to_decide(line_id)
        self.env["finance.bank.reconcile.wizard"].create(
            {
                "line_id": line.id,
                "item_ids": [fields.Command.set(item_ids)],
                "write_off_account_id" if item_ids else "account_id": account_id,
            }
        ).action_confirm()

    @api.model
    def undo(self, line_id=0):
        """Take back what was decided about the line.

        :return: the line as :meth:`get_lines` tells it
        """
        line = self._line_to_decide(line_id)
        line.action_undo_reconciliation()
        return self._line_values(line)

    # -- records and rights ------------------------------------------------------------------

    @api.model
    def _lines(self):
        """:raise AccessError: when the user may not read bank lines and their answers"""
        self.env["finance.bank.suggestion"].check_access("read")
        lines = self.env["account.bank.statement.line"]
        lines.check_access("read")
        return lines

    @api.model
    def _line(self, line_id):
        line = self._lines().browse(line_id).exists()
        if not line:
            raise UserError(self.env._("This line does not exist any more."))
        line.check_access("read")
        return line

    @api.model
    def _line_to_decide(self, line_id):
        self.env["finance.bank.statement"]._check_accountant()
        return self._line(line_id)

    # -- values ------------------------------------------------------------------------------

    @api.model
    def _line_values(self, line):
        return {
            "id": line.id,
            "index": line.internal_index,
            "date": fields.Date.to_string(line.date),
            "label": line.payment_ref or "",
            "partner": line.partner_id.display_name or line.partner_name or "",
            "amount": line.amount,
            "currency_id": line.currency_id.id,
            "journal": line.journal_id.display_name,
            "company": line.company_id.name if len(self.env.companies) > 1 else False,
            "outcome": line.finance_outcome or "unmatched",
            "score": line.finance_score,
            "is_tied": line.finance_is_tied,
            "is_open": not line.is_reconciled,
        }

    @api.model
    def _answer_values(self, suggestion):
        # sudo: the engine's own row about a line that the user may see; its items are of the same company
        known = suggestion.sudo()
        items = known.item_ids
        return {
            "id": suggestion.id,
            "score": suggestion.score,
            "documents": suggestion.documents or "",
            "partner": suggestion.partner_id.display_name or "",
            "reasons": [{"text": text, "points": points} for text, points in reasons(self.env, known.parts)],
            "difference": known.difference or False,
            "difference_amount": known.difference_amount,
            "items": [self._item_values(item) for item in items[:SHOWN]],
            "gone": bool(items.filtered("reconciled")),
        }

    @api.model
    def _item_values(self, item):
        return {
            "id": item.id,
            "number": item.move_name or item.name or "",
            "partner": item.partner_id.display_name or "",
            "due": fields.Date.to_string(item.date_maturity or item.date),
            "residual": item.amount_residual_currency,
            "currency_id": item.currency_id.id,
        }


def _amount(text):
    """:return: the number a person typed, with a comma or a point before at most two decimals, else None"""
    plain = text.replace(" ", "").replace("'", "")
    if len(plain) > 20:
        return None
    if "," in plain and plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "").replace(",", ".")
    else:
        plain = plain.replace(",", "")
    try:
        return round(float(plain), 2) if plain.strip("-+.0123456789") == "" else None
    except ValueError:
        return None
