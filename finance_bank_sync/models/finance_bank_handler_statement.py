from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from odoo.addons.finance_connector_base.engine.outcome import Done, Held, Ignored
from odoo.addons.finance_connector_base.safe import masking

from ..proof import balance


class FinanceBankHandlerStatement(models.AbstractModel):
    """One staged statement: its journal, its proof, its duplicates, then the ledger.

    Each check either passes or holds the statement with its reason. What is staged stays, so
    a person sees the whole statement while deciding; retrying runs all checks again.
    """

    _name = "finance.bank.handler.statement"
    _inherit = "finance.handler"
    _description = "Bank Statement"

    @api.model
    def _handle(self, message):
        # sudo: staged statements are written by the engine alone; company isolation is by the message
        statement = self.env["finance.bank.statement"].sudo().browse(message.res_id).exists()
        if statement.state == "joined":
            return Ignored(reason="joined", detail=self.env._("The page was joined with the others of its statement."))
        if not statement or statement.state in ("posted", "duplicate"):
            return Ignored(reason="duplicate", detail=self.env._("The statement is on the ledger already."))
        for check in (
            self._check_journal,
            self._check_currency,
            self._check_pages,
            self._check_duplicates,
            self._check_proof,
            self._check_continuity,
            self._check_period,
        ):
            outcome = check(statement)
            if outcome is not None:
                if isinstance(outcome, Held):
                    statement.state = "held"
                return outcome
        return self._post(statement)

    # -- checks ----------------------------------------------------------------------------

    @api.model
    def _find_journal(self, company, number):
        """:return: the bank journal of exactly this account in exactly this company, or an empty recordset"""
        if not number:
            return self.env["account.journal"]
        # sudo: found by the engine, limited to one company
        return self.env["account.journal"].sudo().search(
            [
                ("company_id", "=", company.id),
                ("type", "in", ("bank", "cash", "credit")),
                ("bank_account_id.sanitized_acc_number", "=", _sanitize(number)),
            ],
            limit=1,
        )

    @api.model
    def _check_journal(self, statement):
        company = statement.company_id
        number = statement.account_number
        journal = self._find_journal(company, number)
        if not journal and statement.connection_id:
            mapping = self.env["finance.mapping"]._lookup(
                statement.connection_id,
                "bank.account",
                [number],
                date=statement.closing_date or fields.Date.today(),
            ).get(number)
            journal = self.env["account.journal"].sudo().browse(mapping.res_id).exists() if mapping else journal
        if journal:
            statement.journal_id = journal
            return None
        return Held(
            reason="bank_account_unknown",
            error_class="data",
            detail=self.env._(
                "Account %(account)s belongs to no bank journal of %(company)s.",
                account=masking.mask_account(number or ""),
                company=company.name,
            ),
            params={"statement_id": statement.id},
            waiting_key=self.env["account.journal"]._finance_account_key(company.id, _sanitize(number or "")),
        )

    @api.model
    def _check_currency(self, statement):
        journal = statement.journal_id
        expected = (journal.currency_id or journal.company_id.currency_id).name
        found = statement.currency_name or expected
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT currency_name FROM finance_bank_entry WHERE statement_id = %s AND state <> 'not_booked'",
                statement.id,
            )
        )
        currencies = {found} | {row[0] for row in self.env.cr.fetchall()}
        if currencies == {expected}:
            return None
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
        )

    @api.model
    def _check_pages(self, statement):
        """A page proves nothing alone: wait for its sisters, then join them into one statement."""
        if statement.page_number <= 1 and statement.is_last_page:
            return None
        pages = (
            self.env["finance.bank.statement"]
            .sudo()  # sudo: read by the engine, one account of one company
            .search(
                [
                    ("company_id", "=", statement.company_id.id),
                    ("account_number", "=", statement.account_number),
                    ("identification", "=", statement.identification),
                    ("electronic_sequence", "=", statement.electronic_sequence),
                    ("state", "in", ("staged", "held")),
                ]
            )
            .sorted("page_number")
        )
        numbers = pages.mapped("page_number")
        last = pages.filtered("is_last_page")
        if len(last) == 1 and numbers == list(range(1, last.page_number + 1)):
            self._join_pages(statement, pages)
            return None
        return Held(
            reason="bank_page_missing",
            error_class="data",
            detail=self.env._(
                "The statement comes in pages; here are %(here)s of %(all)s. It goes on when the others arrive.",
                here=", ".join(map(str, numbers)),
                all=last.page_number if len(last) == 1 else "?",
            ),
            params={"statement_id": statement.id, "pages": numbers},
            waiting_key=self._pages_key(statement),
        )

    @api.model
    def _pages_key(self, statement):
        return f"bank.pages:{statement.company_id.id}:{statement.account_number}:{statement.identification}"

    @api.model
    def _join_pages(self, statement, pages):
        first, last = pages[0], pages[-1]
        for page in pages:
            self.env.cr.execute(
                SQL(
                    "UPDATE finance_bank_entry SET statement_id = %s, position = position + %s WHERE statement_id = %s",
                    statement.id,
                    # positions stay unique and in order over the pages
                    (page.page_number - 1) * 100_000,
                    page.id,
                )
            )
        opening, closing = self._stated(first, "opening"), self._stated(last, "closing")
        facts = {
            "opening": first.opening,
            "opening_date": first.opening_date,
            "closing": last.closing,
            "closing_date": last.closing_date,
            "has_opening": opening is not None,
            "has_closing": closing is not None,
            "page_number": 0,
            "is_last_page": True,
        }
        (pages - statement).write({"state": "joined", "journal_id": statement.journal_id.id})
        statement.write(facts)
        self.env["finance.bank.entry"].invalidate_model()
        self.env["finance.message"]._resume_waiting(self._pages_key(statement))

    @api.model
    def _check_duplicates(self, statement):
        """Bookings that an earlier file brought vanish; twins stay, their keys count them."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry e
                   SET state = CASE WHEN p.id IS NULL THEN 'staged' ELSE 'duplicate' END, duplicate_of_id = p.id
                  FROM finance_bank_entry mine
                  LEFT JOIN finance_bank_entry p
                    ON p.posted_journal_id = %(journal)s AND p.key = mine.key AND p.state = 'posted'
                 WHERE mine.statement_id = %(statement)s AND mine.state IN ('staged', 'duplicate') AND e.id = mine.id
                """,
                statement=statement.id,
                journal=statement.journal_id.id,
            )
        )
        self.env["finance.bank.entry"].invalidate_model()
        return None

    @api.model
    def _check_proof(self, statement):
        """opening + booked entries = closing, exactly, or a person accepts it with a reason."""
        figures = self._figures(statement)
        proof = balance.prove(figures["opening"], figures["sum"], figures["closing"])
        statement.write({"proof": proof.state, "difference": float(proof.difference or 0)})
        if proof.state != "failed" or statement.accepted_by_id:
            return None
        return Held(
            reason="bank_proof_failed",
            error_class="data",
            detail=self.env._(
                "Opening balance %(opening)s and entries %(sum)s make %(made)s, but the closing balance says "
                "%(closing)s: %(difference)s %(currency)s are missing.",
                opening=figures["opening"],
                sum=figures["sum"],
                made=figures["opening"] + figures["sum"],
                closing=figures["closing"],
                difference=proof.difference,
                currency=statement.currency_name,
            ),
            params={"statement_id": statement.id, "difference": str(proof.difference)},
        )

    @api.model
    def _check_continuity(self, statement):
        """The last posted closing balance plus what is new here = the closing balance here.

        Without overlap that is "opening = last closing"; with an overlap the bookings known
        already count once.
        """
        figures = self._figures(statement)
        previous = self._previous(statement)
        if not previous or statement.accepted_by_id or figures["closing"] is None or figures["opening"] is None:
            return None
        before = self._stated(previous, "closing")
        gap = figures["closing"] - figures["new"] - before
        if not gap:
            return None
        return Held(
            reason="bank_gap",
            error_class="data",
            detail=self.env._(
                "The last statement on the ledger (%(previous)s, %(date)s) closed with %(before)s, this one continues "
                "from %(opening)s: a statement moving %(gap)s %(currency)s is missing between them.",
                previous=previous.name,
                date=format_date(self.env, previous.closing_date),
                before=before,
                opening=figures["closing"] - figures["new"],
                gap=gap,
                currency=statement.currency_name,
            ),
            params={"statement_id": statement.id, "difference": str(gap), "previous_id": previous.id},
            waiting_key=self._continuity_key(statement.journal_id),
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

    @api.model
    def _previous(self, statement):
        return self.env["finance.bank.statement"].sudo().search(  # sudo: read by the engine, one journal
            [
                ("journal_id", "=", statement.journal_id.id),
                ("state", "=", "posted"),
                ("has_closing", "=", True),
                ("closing_date", "<=", statement.closing_date or fields.Date.today()),
                ("id", "!=", statement.id),
            ],
            order="closing_date desc, id desc",
            limit=1,
        )

    @api.model
    def _continuity_key(self, journal):
        return f"bank.continuity:{journal.id}"

    # -- posting ---------------------------------------------------------------------------

    @api.model
    def _post(self, statement):
        entries = self.env["finance.bank.entry"].sudo().search(
            [("statement_id", "=", statement.id), ("state", "=", "staged")]
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
        plans = self.env["finance.bank.matcher"]._plan(statement, entries)
        lines = self.env["finance.bank.ledger"]._write(statement, plans)
        statement.state = "posted"
        self.env["finance.message"]._resume_waiting(self._continuity_key(statement.journal_id))
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
                "reconciled": sum(1 for plan in plans if plan.item_ids),
                "left_for_a_person": sum(1 for plan in plans if not plan.item_ids),
            },
            documents=tuple(documents),
        )

    # -- fixes -----------------------------------------------------------------------------

    @api.model
    def _fix_action(self, exception):
        statement = self.env["finance.bank.statement"].browse((exception.params or {}).get("statement_id"))
        wizard = {
            "bank_account_unknown": ("finance.bank.account.wizard", self.env._("Link the account to a journal")),
            "bank_proof_failed": ("finance.bank.accept.wizard", self.env._("Accept with a reason")),
            "bank_gap": ("finance.bank.accept.wizard", self.env._("Accept with a reason")),
        }.get(exception.reason_code)
        if not wizard or not statement:
            return None
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


def _sanitize(number):
    return "".join(character for character in number if character.isalnum()).upper()


def _trim(number):
    """Five stored decimals shown as two, more only where they mean something."""
    trimmed = number.normalize()
    return trimmed.quantize(Decimal("0.01")) if trimmed.as_tuple().exponent > -2 else trimmed


def _date_column(journal):
    if journal.finance_date_basis == "value":
        return SQL("COALESCE(value_date, booking_date)")
    return SQL("COALESCE(booking_date, value_date)")
