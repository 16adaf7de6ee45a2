from dataclasses import replace
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, plaintext2html

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..ledger.decided import decided, verdict
from ..ledger.plan import LinePlan
from ..matching.answers import Answer
from ..matching.candidates import Candidates
from ..matching.decide import amount_for, decide
from ..matching.received import facts_of
from ..matching.together import instalments

_new_plan = draft(LinePlan)

#: sequences begin here and fall; lines made by hand (1) stay the last of their day
TOP = 2_000_000_000
#: bookings whose candidates are in memory at a time
CHUNK = 2_000


class FinanceBankMatcher(models.AbstractModel):
    """Asks all sources about the bookings of a statement, with a few queries for thousands of them.

    The pure part (``matching/``) decides; here are the facts and the order of the sources: items
    that are named or fit (:mod:`..matching.decide`), the payment a return undoes
    (``finance.bank.returns``), rules of people (``finance.bank.rule``), and what former decisions
    teach (``finance.bank.lesson``).
    """

    _name = "finance.bank.matcher"
    _description = "Bank Matching"

    @api.model
    def _plan(self, statement, entries, sequence):
        """Decide entries of a statement; who writes the plans notes their verdicts.

        :param entries: staged ``finance.bank.entry`` records
        :param int sequence: of the line of the first entry, see :meth:`_first_sequence`
        :return: list of :class:`~..ledger.plan.LinePlan`, in the order of the statement
        """
        rows = self._rows(entries)
        currencies = self._currencies(rows)
        answers = self._decide(statement.company_id, rows, statement.journal_id)
        plans = [
            self._line(statement, answer, currencies, sequence - number, is_noted=True)
            for number, answer in enumerate(answers)
        ]
        self.env["finance.bank.suggestion"]._store(answers)
        return plans

    @api.model
    def _first_sequence(self, statement):
        """Sequence of the first line: Odoo takes the lower one of a day for the later one.

        Lines fall from the top, below those that earlier statements brought for these days, so
        that the running balance follows the bank's own order.
        """
        statement.flush_model(["journal_id", "state", "closing_date"])
        self.env.cr.execute(
            SQL(
                """
                SELECT count(*) FROM finance_bank_statement s JOIN finance_bank_entry e ON e.statement_id = s.id
                 WHERE s.journal_id = %(journal)s AND s.state = 'posted' AND s.closing_date >= (
                        SELECT min(LEAST(booking_date, value_date)) FROM finance_bank_entry
                         WHERE statement_id = %(id)s AND state = 'staged')
                """,
                journal=statement.journal_id.id,
                id=statement.id,
            )
        )
        return TOP - self.env.cr.fetchone()[0]

    # -- deciding ----------------------------------------------------------------------------

    @api.model
    def _decide(self, company, rows, journal=None):
        """Decide bookings of one company in their order, each knowing what those before it pay.

        :param rows: what :meth:`_rows` gives
        :param journal: of all rows; else each row says its own
        :return: list of :class:`~..matching.answers.Answer`
        """
        journals = {row["journal_id"] or journal.id for row in rows} if rows else set()
        settings = {found.id: found._finance_match_settings() for found in self.env["account.journal"].browse(journals)}
        knowledge = self.env["finance.bank.knowledge"]._gather(company, rows)
        # items as the bookings decided before leave them
        left = {}
        answers = []
        finder = self.env["finance.bank.candidates"]
        candidates = None
        has_open_items = finder._has_open_items(company)
        for start in range(0, len(rows), CHUNK):
            page = rows[start : start + CHUNK]
            facts = [facts_of(row, knowledge, is_read=has_open_items) for row in page]
            candidates = finder._find(company, facts, candidates) if has_open_items else Candidates()
            page_answers = []
            for row, fact in zip(page, facts, strict=True):
                wanted = settings[row["journal_id"] or journal.id]
                decision = self._decide_one(fact, candidates, wanted, left)
                page_answers.append(Answer(row=row, fact=fact, decision=decision))
            self._propose_instalments(page_answers, candidates, left)
            answers += page_answers
        self.env["finance.bank.collective"]._answer(company, answers, journal)
        self.env["finance.bank.returns"]._answer(company, answers)
        knowledge.answer(answers)
        for answer in answers:
            if not settings[answer.row["journal_id"] or journal.id].is_automatic:
                answer.leave()
        return answers

    @api.model
    def _decide_one(self, fact, candidates, settings, left):
        items = candidates.items
        decision = decide(
            fact,
            [left.get(item) or items[item] for item in candidates.of(fact)],
            settings,
            is_complete=fact.partner_id not in candidates.crowded,
            names_document=candidates.names_document(fact),
        )
        if settings.is_automatic:
            for item in decision.items:
                is_whole = len(decision.items) > 1 or decision.difference
                rest = Decimal(0) if is_whole else item.residual - amount_for(fact, item)
                left[item.id] = replace(item, residual=rest, discounted=None)
        return decision

    @api.model
    def _propose_instalments(self, answers, candidates, left):
        """Bookings of one partner that nothing else explains, but that pay one document together."""
        by_partner = {}
        for answer in answers:
            fact = answer.fact
            if fact.partner_id and not answer.decision.items and not fact.is_return and answer.decision.score < 55:
                by_partner.setdefault(fact.partner_id, []).append(answer)
        for partner, members in by_partner.items():
            items = [candidates.items[item] for item in candidates.of_partner(partner) if item not in left]
            found = instalments([answer.fact for answer in members], items)
            for answer in members:
                if answer.fact.id in found:
                    proposed = found[answer.fact.id]
                    others = [s for s in answer.decision.suggestions if s.item_ids != proposed.item_ids]
                    answer.decision = replace(
                        answer.decision,
                        suggestions=(proposed, *others),
                        score=proposed.score,
                        parts=proposed.parts,
                        outcome="",
                    )

    # -- facts -------------------------------------------------------------------------------

    @api.model
    def _rows(self, entries):
        self.env.cr.execute(
            SQL(
                """
                SELECT e.id, e.position, e.detail_position, e.booking_date, e.value_date, e.amount::text AS amount,
                       e.currency_name, e.original_amount::text AS original_amount, e.original_currency_name,
                       e.label, e.remittance, e.party_name, e.party_account, e.own_account, e.end_to_end_id,
                       e.bank_reference,
                       e.structured_references, e.document_numbers, e.charges, e.transaction_code, e.return_code,
                       e.is_difference, e.is_reversal, COALESCE(s.journal_id, e.posted_journal_id) AS journal_id,
                       CASE WHEN e.state = 'by_hand' THEN (
                            SELECT owner.commercial_partner_id FROM account_bank_statement_line line
                              JOIN res_partner owner ON owner.id = line.partner_id WHERE line.id = e.line_id)
                       END AS line_partner_id
                  FROM finance_bank_entry e LEFT JOIN finance_bank_statement s ON s.id = e.statement_id
                 WHERE e.id = ANY(%s) ORDER BY e.statement_id, e.position, e.detail_position
                """,
                entries.ids,
            )
        )
        return self.env.cr.dictfetchall()

    @api.model
    def _currencies(self, rows):
        names = {row["original_currency_name"] for row in rows if row["original_currency_name"]}
        currencies = self.env["res.currency"].search([("name", "in", list(names))])
        return {currency.name: currency.id for currency in currencies}

    # -- plans -------------------------------------------------------------------------------

    @api.model
    def _line(self, statement, answer, currencies, sequence, *, is_noted=False):
        row, fact = answer.row, answer.fact
        day = (row["value_date"] or row["booking_date"]) if statement.journal_id.finance_date_basis == "value" else (
            row["booking_date"] or row["value_date"]
        )  # fmt: skip
        foreign = currencies.get(row["original_currency_name"])
        if row["original_currency_name"] == row["currency_name"]:
            foreign = None
        values = decided(answer)
        return _new_plan(
            sequence=sequence,
            date=day or statement.closing_date,
            label=row["label"] or "/",
            partner_name=row["party_name"],
            account_number=row["party_account"],
            transaction_type=row["transaction_code"],
            # the narration of a journal entry is HTML: what a bank's customer wrote stays text
            narration=plaintext2html(row["remittance"])
            if row["remittance"] and row["remittance"] != row["label"]
            else None,
            foreign_currency_id=foreign,
            foreign_amount=fact.original if foreign else None,
            verdict=verdict(answer, values.get("rule")) if is_noted else None,
            **values,
        )

    @api.model
    def _remember(self, answers):
        """The class of each booking, its score and the rule that decided, on the entry for lists and filters."""
        self.env["finance.bank.entry"].flush_model()
        verdicts = [verdict(answer, decided(answer).get("rule")) for answer in answers]
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry e
                   SET match_outcome = v.outcome, match_score = v.score, match_is_tied = v.is_tied, match_rule = v.rule
                  FROM unnest(%(ids)s::int[], %(outcomes)s::varchar[], %(scores)s::int[], %(tied)s::boolean[],
                              %(rules)s::varchar[]) AS v(id, outcome, score, is_tied, rule)
                 WHERE e.id = v.id
                """,
                ids=[answer.row["id"] for answer in answers],
                outcomes=[verdict.outcome for verdict in verdicts],
                scores=[verdict.score for verdict in verdicts],
                tied=[verdict.is_tied for verdict in verdicts],
                rules=[verdict.rule for verdict in verdicts],
            )
        )
        self.env["finance.bank.entry"].invalidate_model(
            ["match_outcome", "match_score", "match_is_tied", "match_rule"], flush=False
        )
