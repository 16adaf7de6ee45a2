from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.outcome import Done, Ignored

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
    def _shown_content(self, message):
        # EXTENDS: the figures, which say more than the number of a staged statement
        return {**super()._shown_content(message), **(self._compared_content(message) or {})}

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
            self.env["finance.bank.known.lines"]._check,
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

    # -- posting ---------------------------------------------------------------------------

    @api.model
    def _post(self, statement):
        taken = self.env["finance.bank.known.lines"]._take(statement)
        # sudo: staged entries are read by the engine, company isolation is by the message
        entries = (
            self.env["finance.bank.entry"]
            .sudo()
            .search([("statement_id", "=", statement.id), ("state", "=", "staged")])
        )
        if (
            not entries
            and not taken
            and self.env["finance.bank.entry"]
            .sudo()
            .search_count([("statement_id", "=", statement.id), ("state", "=", "duplicate")], limit=1)
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
                **({"in_the_journal_before": taken} if taken else {}),
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
            "bank_lines_known": ("finance.bank.known.wizard", self.env._("Say which are the same")),
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
