import logging
from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..ledger.decided import decided
from ..ledger.plan import LinePlan
from .finance_bank_ledger import QUIET

_logger = logging.getLogger(__name__)

#: lines per unit of work
PAGE = 200
#: core looks at a journal item alone: neither at taxes of its entry, nor whether that balances, nor at the bank line
ALONE = {"skip_invoice_sync": True, "check_move_validity": False, "skip_account_move_synchronization": True}
#: system parameter with company and line where the scheduled action stopped, while a pass over all lines goes on
STOPPED_AT = "finance_bank_sync.match_again_stopped_at"


class FinanceBankRematcher(models.AbstractModel):
    """Matches again what is open on the ledger: the invoice may have come after the payment (K-20).

    The rules are those of :class:`~.finance_bank_matcher.FinanceBankMatcher`. A line that a
    person decided about, or took a match away from, only gets new suggestions; so does one that
    no statement brought: whatever brought it may have a way to reconcile of its own.
    """

    _name = "finance.bank.rematcher"
    _description = "Bank Matching of Open Lines"

    @api.model
    def _cron_match_again(self):
        """Entry of the scheduled action: goes on where it had to stop, until it has been through all lines."""
        # sudo: a note of the scheduled action to itself
        parameters = self.env["ir.config_parameter"].sudo()
        stopped = [int(part) for part in (parameters.get_param(STOPPED_AT) or "0,0").split(",")]
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT s.company_id, array_agg(s.id ORDER BY s.id) FROM account_bank_statement_line s
                 WHERE s.is_reconciled IS NOT TRUE AND (s.company_id, s.id) > (%s, %s) GROUP BY 1 ORDER BY 1
                """,
                *stopped,
            )
        )
        work = [
            (company_id, ids[start : start + PAGE])
            for company_id, ids in self.env.cr.fetchall()
            for start in range(0, len(ids), PAGE)
        ]
        remaining = sum(len(ids) for _company_id, ids in work)
        for company_id, ids in work:
            lines = self.env["account.bank.statement.line"].with_context(allowed_company_ids=[company_id]).browse(ids)
            self.with_env(lines.env)._match_again(lines)
            remaining -= len(ids)
            parameters.set_param(STOPPED_AT, f"{company_id},{ids[-1]}" if remaining else False)
            if self.env.context.get("cron_id") and not self.env["ir.cron"]._commit_progress(
                len(ids), remaining=remaining
            ):
                return
        parameters.set_param(STOPPED_AT, False)

    @api.model
    def _match_again(self, lines):
        """Match open lines with what is open now.

        :return: the lines that were reconciled
        """
        reconciled = lines.browse()
        for company, of_company in lines.exists().grouped("company_id").items():
            reconciled |= self._match_company(company, of_company)
        return reconciled

    @api.model
    def _match_company(self, company, lines):
        matcher = self.env["finance.bank.matcher"]
        self.env["finance.bank.by.hand"]._describe(lines)
        open_lines = self._open(lines)
        entries = self.env["finance.bank.entry"].sudo().browse(open_lines)  # sudo: read by the engine
        answers = matcher._decide(company, matcher._rows(entries))
        free = self._free(company, lines.browse(open_lines.values()))
        pairs = []
        for answer in answers:
            line = lines.browse(open_lines[answer.row["id"]])
            if answer.outcome != "automatic":
                continue
            if line in free:
                pairs.append((line, _plan(answer)))
            else:
                answer.leave()
        done = self._apply(pairs)
        for answer in answers:
            if answer.outcome == "automatic" and lines.browse(open_lines[answer.row["id"]]) not in done:
                answer.leave()
        self.env["finance.bank.suggestion"]._store(answers)
        matcher._remember(answers)
        self.env["finance.bank.match"].sudo()._record(  # sudo: written by the engine
            [(line, plan, True, plan.score) for line, plan in pairs if line in done], mode="automatic"
        )
        return done

    @api.model
    def _open(self, lines):
        """Lines that somebody else is deciding about in this moment are left to them.

        :return: dict entry id -> line id of what is posted and wholly on the suspense account
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL("SELECT id FROM account_bank_statement_line WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED",
                lines.ids)
        )  # fmt: skip
        ours = [line for (line,) in self.env.cr.fetchall()]
        self.env.cr.execute(
            SQL(
                """
                SELECT s.finance_entry_id, s.id
                  FROM account_bank_statement_line s
                  JOIN account_move m ON m.id = s.move_id AND m.state = 'posted'
                  JOIN account_journal j ON j.id = m.journal_id
                  JOIN account_move_line l ON l.move_id = m.id
                 WHERE s.id = ANY(%s) AND s.finance_entry_id IS NOT NULL AND s.is_reconciled IS NOT TRUE
                 GROUP BY s.id
                HAVING count(*) = 2 AND count(*) FILTER (WHERE l.account_id = j.suspense_account_id) = 1
                """,
                ours,
            )
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _free(self, company, lines):
        """:return: lines that may be reconciled without asking: of a statement, period open, not left to a person"""
        is_locked = {
            (day, journal): bool(company._get_violated_lock_dates(day, False, journal))
            for day, journal in {(line.date, line.journal_id) for line in lines}
        }
        return lines.filtered(
            lambda line: (
                not line.finance_entry_id.sudo().is_left_to_person  # sudo: read by the engine
                and line.finance_entry_id.sudo().state != "by_hand"  # sudo: as above
                and not is_locked[line.date, line.journal_id]
            )
        )

    @api.model
    def _apply(self, pairs):
        """Reconcile; what Odoo refuses stays open and does not keep the others from it.

        :param pairs: list of (line, plan)
        :return: the lines reconciled
        """
        lines = self.env["account.bank.statement.line"].browse([line.id for line, _plan in pairs])
        if not pairs:
            return lines
        try:
            with self.env.cr.savepoint():
                self._move_counterparts(lines, [(line, plan) for line, plan in pairs if not plan.settlement])
                self.env["finance.bank.ledger"]._reconcile(lines, [plan for _line, plan in pairs])
                for line, plan in pairs:
                    if plan.settlement:
                        self.env["finance.bank.settlement"]._settle(line, plan.settlement)
            return lines
        except UserError as error:
            if len(pairs) == 1:
                _logger.info("bank line %s stays open: %s", lines.id, error)
                return lines.browse()
        return lines.browse().concat(*(self._apply([pair]) for pair in pairs))

    @api.model
    def _move_counterparts(self, lines, pairs):
        """From the suspense account to the accounts of the items and of rules, and to their partners.

        An account of a rule may have taxes, which core adds. One of open items has none: nothing but the item itself
        changes, so core need not look at the rest of the entry, which it would for each partner anew.
        """
        accounts, partners = defaultdict(list), defaultdict(list)
        # of lines that are wholly on the suspense account (see _open) one item each
        on_suspense = {
            item.move_id: item
            for item in lines.move_id.line_ids
            if item.account_id == item.journal_id.suspense_account_id
        }
        for line, plan in pairs:
            suspense = on_suspense[line.move_id]
            is_alone = bool(plan.item_ids)
            accounts[plan.counterpart_account_id, is_alone].append(suspense.id)
            if suspense.partner_id.id != (plan.partner_id or False):
                partners[plan.partner_id, is_alone].append(suspense.id)
        items = self.env["account.move.line"].with_context(**QUIET, skip_readonly_check=True)
        # the account last: with it, core makes the analytic items, which depend on both
        for name, found in (("partner_id", partners), ("account_id", accounts)):
            for (value, is_alone), ids in found.items():
                items.with_context(**(ALONE if is_alone else {})).browse(ids).write({name: value})


def _plan(answer):
    return LinePlan(
        sequence=answer.row["position"],
        date=answer.fact.date,
        label=answer.row["label"] or "/",
        **decided(answer),
    )
