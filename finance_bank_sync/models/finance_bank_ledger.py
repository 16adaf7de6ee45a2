import logging
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError

_logger = logging.getLogger(__name__)

#: lines per create() call
CHUNK = 200
#: sets of journal items per reconciliation plan
RECONCILE_CHUNK = 500
#: from so many lines on, copying lines is faster than creating them
BULK_FROM = 20
#: system parameter with another number of lines; 0 leaves all lines to the ORM
BULK_FROM_PARAMETER = "finance_bank_sync.bulk_ledger_from"

QUIET = {
    "tracking_disable": True,
    "mail_notrack": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}


class FinanceBankLedger(models.AbstractModel):
    """Writes decided lines to the bank journal and reconciles them; the only place that does.

    How lines are created is a seam: ``_create_lines`` here goes through the ORM, a faster
    writer overrides ``_writer`` and must leave the same rows.
    """

    _name = "finance.bank.ledger"
    _description = "Bank Ledger Writer"

    @api.model
    def _write(self, statement, portions):
        """Write the lines of a statement, reconcile them, and mark the entries posted.

        :param statement: ``finance.bank.statement`` with its journal
        :param portions: iterable of lists of :class:`~..ledger.plan.LinePlan`; each is asked for when those before it
            are on the ledger, so that a large statement is never in memory as a whole
        :return: the ``account.bank.statement.line`` records, in the order of the plans
        """
        lines = self.env["account.bank.statement.line"]
        bank_statement = self.env["account.bank.statement"]
        moved = Decimal(0)
        for plans in portions:
            self._check_precision(statement, plans)
            bank_statement = bank_statement or self._bank_statement(statement)
            moved += sum((plan.amount for plan in plans), Decimal(0))
            lines += self._write_portion(statement, bank_statement, plans, moved)
        return lines

    @api.model
    def _write_portion(self, statement, bank_statement, plans, moved):
        """Write some of the lines of a statement.

        :param plans: list of :class:`~..ledger.plan.LinePlan`
        :param moved: sum of these and all portions before
        :return: the ``account.bank.statement.line`` records, in the order of the plans
        """
        # core would read all lines of the statement for each few that it makes
        with self.env["finance.bank.ledger.balances"]._uncounted(bank_statement):
            lines = self.env[self._writer(len(plans))]._create_lines(statement, bank_statement, plans)
        self._check_dates(lines, plans)
        self._finish_statement(statement, bank_statement, moved)
        self._mark_posted(statement, lines, plans)
        self._reconcile(lines, plans)
        self._settle(lines, plans)
        return lines

    @api.model
    def _settle(self, lines, plans):
        """Settlements one by one, each in a savepoint: what Odoo refuses is for a person."""
        done = []
        for line, plan in zip(lines, plans, strict=True):
            if plan.settlement:
                try:
                    with self.env.cr.savepoint():
                        self.env["finance.bank.settlement"]._settle(line, plan.settlement)
                except UserError as error:
                    _logger.info("bank line %s stays open: %s", line.id, error)
                    entry = self.env["finance.bank.entry"].sudo().browse(plan.entry_id)  # sudo: the engine's row
                    entry.write({"match_outcome": "unmatched", "match_rule": False})
                    continue
            if plan.is_decided:
                done.append((line, plan, True, plan.score))
        # sudo: matches are written by the engine
        self.env["finance.bank.match"].sudo()._record(done, mode="automatic")

    @api.model
    def _writer(self, count):
        """:return: name of the model that creates ``count`` lines"""
        return "finance.bank.ledger.bulk" if self._is_many(count) else "finance.bank.ledger"

    @api.model
    def _is_many(self, count):
        """:return: copying so many rows is faster than creating them"""
        # sudo: a setting of the database
        least = self.env["ir.config_parameter"].sudo().get_param(BULK_FROM_PARAMETER)
        least = int(least) if least and least.isdecimal() else BULK_FROM
        return 0 < least <= count

    @api.model
    def _check_precision(self, statement, plans):
        currency = statement.journal_id.currency_id or statement.company_id.currency_id
        unit = Decimal(1).scaleb(-currency.decimal_places)
        for plan in plans:
            # Odoo calculates with floats: an amount that a float cannot hold would change on the way
            if plan.amount % unit or Decimal(repr(float(plan.amount))) != plan.amount:
                raise MalformedError(
                    self.env._(
                        "Entry %(position)s: %(amount)s has more decimals than %(currency)s knows.",
                        position=self._position(plan),
                        amount=plan.amount,
                        currency=currency.name,
                    ),
                    reason="bank_amount_precision",
                    params={"statement_id": statement.id},
                )

    @api.model
    def _position(self, plan):
        """:return: position of the booking in the statement"""
        # sudo: the entry is part of what the caller writes
        return self.env["finance.bank.entry"].sudo().browse(plan.entry_id).position

    @api.model
    def _bank_statement(self, statement):
        return self.env["account.bank.statement"].create(
            {"name": statement.name, "reference": statement.file_message_id.subject}
        )

    @api.model
    def _create_lines(self, statement, bank_statement, plans):
        lines = self.env["account.bank.statement.line"].with_context(**QUIET)
        for start in range(0, len(plans), CHUNK):
            lines |= lines.create(
                [self._line_vals(statement, bank_statement, plan) for plan in plans[start : start + CHUNK]]
            )
            self.env.flush_all()
            self.env["finance.dispatcher"]._heartbeat()
        return lines.with_env(self.env)

    @api.model
    def _line_vals(self, statement, bank_statement, plan):
        return {
            "journal_id": statement.journal_id.id,
            "statement_id": bank_statement.id,
            "finance_entry_id": plan.entry_id,
            "sequence": plan.sequence,
            "date": plan.date,
            "amount": float(plan.amount),
            "payment_ref": plan.label,
            "partner_id": plan.partner_id,
            "partner_name": plan.partner_name,
            "account_number": plan.account_number,
            "transaction_type": plan.transaction_type,
            "narration": plan.narration,
            "foreign_currency_id": plan.foreign_currency_id,
            "amount_currency": float(plan.foreign_amount) if plan.foreign_amount is not None else 0.0,
            "counterpart_account_id": plan.counterpart_account_id,
        }

    @api.model
    def _check_dates(self, lines, plans):
        """Odoo moves a line out of a locked period without a word; here that undoes the import."""
        self.env["account.move"].flush_model(["date"])
        self.env.cr.execute(
            SQL(
                "SELECT s.id, m.date FROM account_bank_statement_line s JOIN account_move m ON m.id = s.move_id"
                " WHERE s.id = ANY(%s)",
                lines.ids,
            )
        )
        days = dict(self.env.cr.fetchall())
        for line_id, plan in zip(lines.ids, plans, strict=True):
            if days[line_id] != plan.date:
                raise self._period_closed(lines.company_id, plan.date)

    @api.model
    def _period_closed(self, company, day):
        return RejectedError(
            self.env._("The period of %(date)s was closed while the statement was being posted.", date=day),
            reason="bank_period_closed",
            waiting_key=company._finance_period_key(),
        )

    @api.model
    def _finish_statement(self, statement, bank_statement, moved):
        """Balances of the bank statement; with an overlap it starts where the known bookings end."""
        values = {}
        if statement.has_closing:
            closing = self.env["finance.bank.handler.statement"]._stated(statement, "closing")
            values = {"balance_start": float(closing - moved), "balance_end_real": float(closing)}
        # without balances, Odoo took over what it had counted when the first lines were made
        self.env["finance.bank.ledger.balances"]._write(bank_statement, values)
        statement.statement_id = bank_statement

    @api.model
    def _mark_posted(self, statement, lines, plans):
        """Note on the entries where they are, and what matching found about them."""
        if len(lines) != len(plans):
            raise ValueError(f"{len(lines)} lines for {len(plans)} plans")
        self.env.flush_all()
        verdicts = [plan.verdict or (None,) * 4 for plan in plans]
        # one column a parameter: PostgreSQL reads them many times as fast as rows
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry e
                   SET state = 'posted', posted_journal_id = %(journal)s, line_id = v.line,
                       match_outcome = COALESCE(v.outcome, e.match_outcome),
                       match_score = CASE WHEN v.outcome IS NULL THEN e.match_score ELSE v.score END,
                       match_is_tied = CASE WHEN v.outcome IS NULL THEN e.match_is_tied ELSE v.is_tied END,
                       match_rule = CASE WHEN v.outcome IS NULL THEN e.match_rule ELSE v.rule END
                  FROM unnest(%(ids)s::int[], %(lines)s::int[], %(outcomes)s::varchar[], %(scores)s::int[],
                              %(tied)s::boolean[], %(rules)s::varchar[]) AS v(id, line, outcome, score, is_tied, rule)
                 WHERE e.id = v.id
                """,
                journal=statement.journal_id.id,
                ids=[plan.entry_id for plan in plans],
                lines=list(lines.ids),
                outcomes=[verdict[0] for verdict in verdicts],
                scores=[verdict[1] for verdict in verdicts],
                tied=[verdict[2] for verdict in verdicts],
                rules=[verdict[3] for verdict in verdicts],
            )
        )
        self.env["finance.bank.entry"].invalidate_model()

    @api.model
    def _reconcile(self, lines, plans):
        """A reconciliation plan for many lines at once; core's own accounting, in large pieces."""
        matched = [(line, plan) for line, plan in zip(lines, plans, strict=True) if plan.item_ids]
        if not matched:
            return
        self.env["account.move.line"].flush_model()
        self.env["finance.bank.settlement"]._lock_items({item for _line, plan in matched for item in plan.item_ids})
        self._reconcile_sets(lines.company_id, self._sets(matched))

    @api.model
    def _sets(self, matched):
        """:return: list of sets of ids of journal items that are to be reconciled with each other"""
        self.env.cr.execute(
            SQL(
                """
                SELECT l.id, s.id FROM unnest(%s::int[], %s::int[]) AS wanted(line, account)
                  JOIN account_bank_statement_line s ON s.id = wanted.line
                  JOIN account_move_line l ON l.move_id = s.move_id AND l.account_id = wanted.account
                """,
                [line.id for line, _plan in matched],
                [plan.counterpart_account_id for _line, plan in matched],
            )
        )
        counterparts = {line_id: item_id for item_id, line_id in self.env.cr.fetchall()}
        together = {}
        for line, plan in matched:
            # lines that pay the same item are one set: the plan must not hold an item twice
            shared = {id(found): found for found in (together.get(item) for item in plan.item_ids) if found}
            group = {counterparts[line.id], *plan.item_ids}.union(*shared.values())
            for member in group:
                together[member] = group
        return list({id(group): group for group in together.values()}.values())

    @api.model
    def _reconcile_sets(self, company, sets):
        """Reconcile items by core's plan.

        :param company: of the items
        :param sets: list of sets of ids of journal items
        """
        # reconciling changes no invoice line, so core need not look for tax, term or rounding lines to redo;
        # what it creates meanwhile (exchange differences, cash basis) it creates without that anyway
        item = self.env["account.move.line"].with_context(**QUIET, skip_invoice_sync=True)
        for start in range(0, len(sets), RECONCILE_CHUNK):
            chunk = sets[start : start + RECONCILE_CHUNK]
            # one prefetch for all sets, otherwise core reads each set by itself
            everything = tuple(set().union(*chunk))
            item._reconcile_plan([item.browse(ids).with_prefetch(everything) for ids in chunk])
            self.env.flush_all()
            self.env["finance.bank.statistics"]._refresh()
            self.env["finance.dispatcher"]._heartbeat()
