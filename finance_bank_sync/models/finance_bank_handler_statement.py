from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from odoo.addons.base.models.res_bank import sanitize_account_number
from odoo.addons.finance_connector_base.engine.outcome import Done, Held, Ignored
from odoo.addons.finance_connector_base.safe import masking

from ..formats.account_numbers import iban_of
from ..formats.qif import NO_CURRENCY
from ..proof import balance

#: bookings of one statement that are in memory at a time
PORTION = 10_000


class FinanceBankHandlerStatement(models.AbstractModel):
    """One staged statement: its journal, its proof, its duplicates, then the ledger.

    Each check either passes or holds the statement with its reason. What is staged stays, so
    a person sees the whole statement while deciding; retrying runs all checks again.
    """

    _name = "finance.bank.handler.statement"
    _inherit = "finance.handler"
    _description = "Bank Statement"
    _is_comparable = True

    @api.model
    def _compared_content(self, message):
        # OVERRIDE: what was staged, whatever the format of the file
        # sudo: read by the comparison, which shows masked values
        statement = self.env["finance.bank.statement"].sudo().browse(message.res_id).exists()
        if not statement:
            return None
        return {
            "account": statement.account_number,
            "date": str(statement.closing_date or statement.to_date or ""),
            "currency": statement.currency_name,
            "opening": f"{statement.opening:.2f}" if statement.has_opening else None,
            "closing": f"{statement.closing:.2f}" if statement.has_closing else None,
            "entries": len(statement.entry_ids),
            "sum": f"{sum(statement.entry_ids.mapped('amount')):.2f}",
        }

    @api.model
    def _compared_key(self, message, content):
        # OVERRIDE: one statement an account and day, whoever numbers it
        return f"{content['account']} {content['date']} {content['currency']}"

    @api.model
    def _handle(self, message):
        # sudo: staged statements are written by the engine alone; company isolation is by the message
        statement = self.env["finance.bank.statement"].sudo().browse(message.res_id).exists()
        if statement.state == "joined":
            return Ignored(reason="joined", detail=self.env._("The page was joined with the others of its statement."))
        if statement and statement.purpose != "statement":
            return self.env["finance.bank.provisional"]._handle(statement)
        if not statement or statement.state in ("posted", "duplicate"):
            return Ignored(reason="duplicate", detail=self.env._("The statement is on the ledger already."))
        for check in (
            self._check_journal,
            self._check_currency,
            self._record_balances,
            self._check_precision,
            self.env["finance.bank.pages"]._check,
            self.env["finance.bank.batch"]._attach,
            self._check_duplicates,
            self.env["finance.bank.channels"]._check,
            self._check_proof,
            self.env["finance.bank.continuity"]._check,
            self._check_period,
        ):
            outcome = check(statement)
            if outcome is not None:
                return outcome
        return self._post(statement)

    @api.model
    def _record_balances(self, statement):
        """What the bank told is kept, whatever the later checks say; it counts when they are passed."""
        self.env["finance.bank.balance"]._record_statement(statement)

    # -- checks ----------------------------------------------------------------------------

    @api.model
    def _find_journal(self, company, number, currency=None):
        """Find the bank journal of exactly this account in exactly this company.

        :param currency: name of the currency of the statement; tells the journals of a
            multi-currency account apart
        :return: one journal, or an empty recordset when there is none or several fit
        """
        if not number:
            return self.env["account.journal"]
        numbers = [sanitize_account_number(known) for known in (number, iban_of(number)) if known]
        # sudo: found by the engine, limited to one company
        journals = (
            self.env["account.journal"]
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("type", "in", ("bank", "cash", "credit")),
                    ("bank_account_id.sanitized_acc_number", "in", numbers),
                ]
            )
        )
        if len(journals) > 1 and currency:
            journals = journals.filtered(lambda j: (j.currency_id or j.company_id.currency_id).name == currency)
        return journals if len(journals) == 1 else journals.browse()

    @api.model
    def _check_journal(self, statement):
        company = statement.company_id
        number = statement.account_number
        journal = self._find_journal(company, number, statement.currency_name) or self._mapped_journal(statement)
        if journal:
            statement.journal_id = journal
            return None
        statement.journal_id = False
        return Held(
            reason="bank_account_unknown",
            error_class="data",
            detail=self.env._(
                "Account %(account)s belongs to no bank journal of %(company)s, or to several in one currency.",
                account=masking.mask_account(number or ""),
                company=company.name,
            ),
            params={"statement_id": statement.id},
            waiting_key=self._account_key(statement),
        )

    @api.model
    def _mapped_journal(self, statement):
        """:return: the journal an approved mapping names; one of another company or kind does not count"""
        journal = self.env["account.journal"].sudo()  # sudo: found by the engine, limited to one company
        number = statement.account_number
        if not statement.connection_id or not number:
            return journal
        mapping = self.env["finance.mapping"]._lookup(
            statement.connection_id,
            "bank.account",
            {number, sanitize_account_number(number)},
            date=statement.closing_date or fields.Date.today(),
        )
        for found in mapping.values():
            journal = journal.browse(found.res_id).exists()
            if journal.company_id == statement.company_id and journal.type in ("bank", "cash", "credit"):
                return journal
        return journal.browse()

    @api.model
    def _account_key(self, statement):
        number = iban_of(statement.account_number) or statement.account_number
        return self.env["account.journal"]._finance_account_key(statement.company_id.id, number)

    @api.model
    def _check_currency(self, statement):
        journal = statement.journal_id
        expected = (journal.currency_id or journal.company_id.currency_id).name
        found = statement.currency_name or expected
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT currency_name FROM finance_bank_entry
                 WHERE statement_id = %s AND state <> 'not_booked'
                """,
                statement.id,
            )
        )
        currencies = {found} | {row[0] for row in self.env.cr.fetchall()}
        proving = (*balance.OPENING_CODES, balance.CLOSING)
        currencies |= {item["currency"] for item in statement.balances or [] if item["code"] in proving}
        if currencies == {expected}:
            return None
        if NO_CURRENCY in currencies and currencies <= {expected, NO_CURRENCY}:
            return self._check_untold_currency(statement, expected)
        return Held(
            reason="bank_currency_mismatch",
            error_class="data",
            detail=self.env._(
                "The statement is in %(found)s, the journal %(journal)s in %(expected)s.",
                found=", ".join(sorted(currencies - {expected})),
                journal=journal.name,
                expected=expected,
            ),
            params={"statement_id": statement.id},
            waiting_key=self._account_key(statement),
        )

    @api.model
    def _check_untold_currency(self, statement, expected):
        """A file that tells no currency is in the one of its account as soon as a person said so, once an account."""
        if statement._is_accepted("bank_currency_untold", expected) or statement._is_currency_confirmed(expected):
            statement._tell_currency(expected)
            return None
        return Held(
            reason="bank_currency_untold",
            error_class="data",
            detail=self.env._(
                "The file tells no currency. The journal %(journal)s is in %(expected)s.",
                journal=statement.journal_id.name,
                expected=expected,
            ),
            params={"statement_id": statement.id, "difference": expected},
            waiting_key=self._account_key(statement),
        )

    @api.model
    def _check_precision(self, statement):
        """An amount finer than its currency, or too large for Odoo's numbers, would be rounded on the ledger."""
        currency = statement.journal_id.currency_id or statement.company_id.currency_id
        self.env.cr.execute(
            SQL(
                """
                SELECT position, amount::text FROM finance_bank_entry
                 WHERE statement_id = %(id)s AND state <> 'not_booked'
                   AND (amount <> round(amount, %(places)s) OR abs(amount) >= %(limit)s)
                 ORDER BY position LIMIT 1
                """,
                id=statement.id,
                places=currency.decimal_places,
                # doubles keep 15 digits
                limit=Decimal(10) ** (15 - currency.decimal_places),
            )
        )
        row = self.env.cr.fetchone()
        if row is None:
            return None
        return Held(
            reason="bank_amount_precision",
            error_class="data",
            detail=self.env._(
                "Entry %(position)s: %(amount)s cannot be booked exactly in %(currency)s.",
                position=row[0],
                amount=_trim(Decimal(row[1])),
                currency=currency.name,
            ),
            params={"statement_id": statement.id},
        )

    @api.model
    def _check_duplicates(self, statement):
        """Bookings that an earlier file brought vanish; twins stay, their keys count them.

        A collective booking is known as a whole, whether it was posted in one line (its key) or
        in several (``<key>/1`` and so on).
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry e
                   SET state = CASE WHEN p.id IS NULL THEN 'staged' ELSE 'duplicate' END, duplicate_of_id = p.id
                  FROM finance_bank_entry mine
                  LEFT JOIN LATERAL (
                        SELECT known.id FROM finance_bank_entry known
                         WHERE known.posted_journal_id = %(journal)s AND known.state = 'posted'
                           AND known.key IN (
                                mine.key, split_part(mine.key, '/', 1), split_part(mine.key, '/', 1) || '/1')
                         ORDER BY known.key <> mine.key LIMIT 1) p ON TRUE
                 WHERE mine.statement_id = %(statement)s AND mine.state IN ('staged', 'duplicate') AND e.id = mine.id
                   AND ((mine.state = 'staged') <> (p.id IS NULL) OR mine.duplicate_of_id IS DISTINCT FROM p.id)
                """,
                statement=statement.id,
                journal=statement.journal_id.id,
            )
        )
        self.env["finance.bank.entry"].invalidate_model()
        return None

    @api.model
    def _check_proof(self, statement):
        """opening + booked entries = closing, exactly, or a person accepts it with a reason.

        Where there are no balances, the bank's own control figures must be right.
        """
        figures = self._figures(statement)
        proof = balance.prove(figures["opening"], figures["sum"], figures["closing"])
        statement.write({"proof": proof.state, "difference": float(proof.difference or 0)})
        if proof.state == "unprovable":
            return self._check_control(statement)
        if proof.state == "proved" or statement._is_accepted("bank_proof_failed", proof.difference):
            return None
        return Held(
            reason="bank_proof_failed",
            error_class="data",
            detail=self.env._(
                "Opening balance %(opening)s and entries %(sum)s make %(made)s, but the closing balance says "
                "%(closing)s: %(difference)s %(currency)s are missing. %(why)s",
                opening=figures["opening"],
                sum=figures["sum"],
                made=figures["opening"] + figures["sum"],
                closing=figures["closing"],
                difference=proof.difference,
                currency=statement.currency_name,
                why=self.env["finance.bank.explainer"]._sentence(statement, proof.difference),
            ),
            params={"statement_id": statement.id, "difference": str(proof.difference)},
        )

    @api.model
    def _check_control(self, statement):
        wrong = (statement.summary or {}).get("wrong") or []
        found = ", ".join(f"{what} {stated} ({counted})" for what, stated, counted in wrong)
        if not wrong or statement._is_accepted("bank_control_differs", found):
            return None
        return Held(
            reason="bank_control_differs",
            error_class="data",
            detail=self.env._(
                "The statement carries no balances, and the bank's own control figures are not what was counted: %s.",
                found,
            ),
            params={"statement_id": statement.id, "difference": found},
        )

    @api.model
    def _check_period(self, statement):
        """Odoo would silently move a line out of a locked period: hold it instead, date untouched."""
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT %(date)s FROM finance_bank_entry WHERE statement_id = %(id)s AND state = 'staged'",
                date=_date_column(statement.journal_id),
                id=statement.id,
            )
        )
        days = sorted(row[0] for row in self.env.cr.fetchall() if row[0])
        for day in days:
            locks = statement.company_id._get_violated_lock_dates(day, False, statement.journal_id)
            if locks:
                return Held(
                    reason="bank_period_closed",
                    error_class="business",
                    detail=self.env._(
                        "Entries of %(day)s fall into a closed period: %(locks)s. They keep their date and wait.",
                        day=format_date(self.env, day),
                        locks=statement.company_id._format_lock_dates(locks),
                    ),
                    params={"statement_id": statement.id, "date": fields.Date.to_string(day)},
                    waiting_key=statement.company_id._finance_period_key(),
                )
        return None

    # -- figures ---------------------------------------------------------------------------

    @api.model
    def _figures(self, statement):
        """Exact figures of a statement as Decimal: opening, closing, sum of booked, sum of new."""
        statement.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(sum(amount) FILTER (WHERE state <> 'not_booked'), 0)::text,
                       COALESCE(sum(amount) FILTER (WHERE state = 'staged'), 0)::text
                  FROM finance_bank_entry WHERE statement_id = %s
                """,
                statement.id,
            )
        )
        total, new = (_trim(Decimal(text)) for text in self.env.cr.fetchone())
        return {
            "opening": self._stated(statement, "opening"),
            "closing": self._stated(statement, "closing"),
            "sum": total,
            "new": new,
        }

    @api.model
    def _stated(self, statement, which):
        """A balance as the bank printed it; the stored text, never the float of the display field."""
        if not statement[f"has_{which}"]:
            return None
        statement.flush_recordset()
        self.env.cr.execute(
            SQL(
                "SELECT %(column)s::text FROM finance_bank_statement WHERE id = %(id)s",
                column=SQL.identifier(which),
                id=statement.id,
            )
        )
        return _trim(Decimal(self.env.cr.fetchone()[0]))

    # -- posting ---------------------------------------------------------------------------

    @api.model
    def _post(self, statement):
        # sudo: staged entries are read by the engine, company isolation is by the message
        entries = (
            self.env["finance.bank.entry"]
            .sudo()
            .search([("statement_id", "=", statement.id), ("state", "=", "staged")])
        )
        if not entries and self.env["finance.bank.entry"].sudo().search_count(
            [("statement_id", "=", statement.id), ("state", "=", "duplicate")], limit=1
        ):
            statement.state = "duplicate"
            return Ignored(
                reason="duplicate",
                detail=self.env._("Every booking of this statement was imported before."),
                documents=(("finance.bank.statement", statement.id),),
            )
        continuity = self.env["finance.bank.continuity"]
        continuity._link(statement)
        decided = []
        lines = self.env["finance.bank.ledger"]._write(statement, self._portions(statement, entries, decided))
        statement.state = "posted"
        self.env["finance.bank.returns"]._match_late(statement)
        self.env["finance.bank.provisional"]._supersede(statement.journal_id)
        self.env["finance.message"]._resume_waiting(continuity._key(statement.journal_id))
        self.env["finance.audit"]._record(
            "bank.statement.posted",
            statement,
            after={"lines": len(lines), "proof": statement.proof},
            correlation_id=statement.correlation_id,
        )
        documents = [("finance.bank.statement", statement.id)]
        if statement.statement_id:
            documents.append(("account.bank.statement", statement.statement_id.id))
        return Done(
            result={
                "lines": len(lines),
                "known_already": statement.duplicate_count,
                "reconciled": sum(decided),
                "left_for_a_person": len(lines) - sum(decided),
            },
            documents=tuple(documents),
        )

    @api.model
    def _portions(self, statement, entries, decided):
        """Decide what bookings pay, some thousands at a time: what is decided is on the ledger before the next are.

        :param entries: staged ``finance.bank.entry`` records
        :param list decided: gets the number of decided bookings of each portion
        :return: iterator of lists of :class:`~..ledger.plan.LinePlan`
        """
        matcher = self.env["finance.bank.matcher"]
        sequence = matcher._first_sequence(statement)
        for start in range(0, len(entries), PORTION):
            plans = matcher._plan(statement, entries[start : start + PORTION], sequence - start)
            decided.append(sum(1 for plan in plans if plan.is_decided))
            yield plans

    # -- fixes -----------------------------------------------------------------------------

    @api.model
    def _fix_action(self, exception):
        statement = self.env["finance.bank.statement"].browse((exception.params or {}).get("statement_id"))
        wizard = {
            "bank_account_unknown": ("finance.bank.account.wizard", self.env._("Link the account to a journal")),
            "bank_proof_failed": ("finance.bank.accept.wizard", self.env._("Accept with a reason")),
            "bank_gap": ("finance.bank.accept.wizard", self.env._("Accept with a reason")),
            "bank_control_differs": ("finance.bank.accept.wizard", self.env._("Accept with a reason")),
            "bank_currency_untold": ("finance.bank.accept.wizard", self.env._("Confirm the currency")),
        }.get(exception.reason_code)
        if not wizard or not statement:
            return super()._fix_action(exception)
        model, name = wizard
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_statement_id": statement.id, "default_exception_id": exception.id},
        }


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.bank.handler.statement", "Post bank statements")],
        ondelete={"finance.bank.handler.statement": "cascade"},
    )


def _trim(number):
    """Five stored decimals shown as two, more only where they mean something."""
    trimmed = number.normalize()
    return trimmed.quantize(Decimal("0.01")) if trimmed.as_tuple().exponent > -2 else trimmed


def _date_column(journal):
    if journal.finance_date_basis == "value":
        return SQL("COALESCE(value_date, booking_date)")
    return SQL("COALESCE(booking_date, value_date)")
