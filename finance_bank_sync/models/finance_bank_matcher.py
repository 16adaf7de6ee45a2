from dataclasses import replace
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, plaintext2html

from ..ledger.plan import LinePlan
from ..matching.decide import amount_for, decide
from ..matching.facts import BookingFacts, OpenItem
from ..matching.tokens import normalise, references, tokens

#: sequences begin here and fall; lines made by hand (1) stay the last of their day
TOP = 2_000_000_000
#: sub-families of bank transaction codes (ExternalBankTransactionSubFamily1Code) of what came back
RETURNS = frozenset({"RRTN", "RPCR", "UPDD", "PRDD", "RCDD", "UPCQ", "UPCT"})


class FinanceBankMatcher(models.AbstractModel):
    """Collects what the matching rules need with a few queries for a whole statement."""

    _name = "finance.bank.matcher"
    _description = "Bank Matching"

    @api.model
    def _plan(self, statement, entries):
        """Decide every entry of a statement.

        :param entries: staged ``finance.bank.entry`` records
        :return: list of :class:`~..ledger.plan.LinePlan`, in the order of the statement
        """
        rows = self._rows(entries)
        currencies = self._currencies(rows)
        decided = self._decide(statement.company_id, rows)
        sequence = self._first_sequence(statement)
        plans = [
            self._line(statement, row, fact, decision, currencies, sequence - number)
            for number, (row, fact, decision) in enumerate(decided)
        ]
        self._store_suggestions(decided)
        self._remember_rules(plans)
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

    @api.model
    def _decide(self, company, rows):
        """Decide bookings of one company in their order, each knowing what those before it pay.

        :param rows: what :meth:`_rows` gives
        :return: list of (row, facts, decision)
        """
        partners = self._partners(company, {row["party_account"] for row in rows if row["party_account"]})
        facts = [self._facts(row, partners) for row in rows]
        by_name, by_partner = self._open_items(company, facts)
        # what is left open of an item after the bookings decided before
        residual = {}
        decided = []
        for row, fact in zip(rows, facts, strict=True):
            candidates = {item.id: item for name in fact.references | fact.tokens for item in by_name.get(name, ())}
            candidates.update({item.id: item for item in by_partner.get(fact.partner_id, ())})
            candidates = [
                replace(item, residual=residual[item.id]) if item.id in residual else item
                for item in candidates.values()
            ]
            decision = decide(fact, candidates)
            for item in decision.items:
                paid = amount_for(fact, item)
                residual[item.id] = Decimal(0) if len(decision.items) > 1 else item.residual - paid
            decided.append((row, fact, decision))
        return decided

    @api.model
    def _rows(self, entries):
        self.env.cr.execute(
            SQL(
                """
                SELECT id, position, detail_position, booking_date, value_date, amount::text AS amount, currency_name,
                       original_amount::text AS original_amount, original_currency_name, label, remittance,
                       party_name, party_account, end_to_end_id, structured_references, document_numbers,
                       transaction_code, return_code, is_difference, is_reversal
                  FROM finance_bank_entry WHERE id = ANY(%s) ORDER BY statement_id, position, detail_position
                """,
                entries.ids,
            )
        )
        return self.env.cr.dictfetchall()

    @api.model
    def _facts(self, row, partners):
        named = [*(row["structured_references"] or []), *(row["document_numbers"] or []), row["end_to_end_id"]]
        return BookingFacts(
            id=row["id"],
            amount=Decimal(row["amount"]),
            currency=row["currency_name"],
            date=row["booking_date"] or row["value_date"],
            original=Decimal(row["original_amount"]) if row["original_amount"] else None,
            original_currency=row["original_currency_name"],
            references=references(named),
            tokens=tokens([row["remittance"], row["label"]]),
            partner_id=partners.get(_sanitized(row["party_account"])),
            is_return=_is_return(row) or row["is_difference"],
        )

    @api.model
    def _partners(self, company, numbers):
        """:return: dict sanitised account number -> partner id, only where it is one partner"""
        if not numbers:
            return {}
        groups = (
            self.env["res.partner.bank"]
            .sudo()
            ._read_group(  # sudo: looked up by the engine for one company
                [
                    ("sanitized_acc_number", "in", [_sanitized(number) for number in numbers]),
                    ("company_id", "in", [company.id, False]),
                    ("partner_id.active", "=", True),
                ],
                ["sanitized_acc_number"],
                ["partner_id:recordset"],
            )
        )
        return {number: owners.id for number, owners in groups if len(owners) == 1}

    @api.model
    def _open_items(self, company, facts):
        """Open receivable and payable items that some booking names, or whose partner is known.

        Two queries for the statement. Names are compared whole and normalised.

        :return: (dict normalised name -> items, dict partner id -> items)
        """
        wanted = sorted({name for fact in facts for name in fact.references | fact.tokens})
        partners = sorted({fact.partner_id for fact in facts if fact.partner_id})
        if not wanted and not partners:
            return {}, {}
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model(["name", "payment_reference", "ref"])
        self.env.cr.execute(
            SQL(
                r"""
                WITH open AS (
                    SELECT l.id, l.amount_residual_currency::text AS residual, c.name AS currency, l.partner_id,
                           l.account_id, l.date_maturity,
                           regexp_replace(upper(m.name), '[^0-9A-Z]+', '', 'g') AS number,
                           regexp_replace(upper(COALESCE(m.payment_reference, '')), '[^0-9A-Z]+', '', 'g') AS reference,
                           CASE WHEN m.move_type IN ('in_invoice', 'in_refund')
                                THEN regexp_replace(upper(COALESCE(m.ref, '')), '[^0-9A-Z]+', '', 'g')
                                ELSE '' END AS theirs
                      FROM account_move_line l
                      JOIN account_move m ON m.id = l.move_id
                      JOIN account_account a ON a.id = l.account_id
                      JOIN res_currency c ON c.id = l.currency_id
                     WHERE l.company_id = %(company)s AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                       AND a.account_type IN ('asset_receivable', 'liability_payable')
                       AND l.amount_residual_currency <> 0 AND m.statement_line_id IS NULL)
                SELECT * FROM open
                 WHERE number = ANY(%(wanted)s) OR reference = ANY(%(wanted)s) OR theirs = ANY(%(wanted)s)
                    OR partner_id = ANY(%(partners)s)
                 ORDER BY date_maturity, id
                """,
                company=company.id,
                wanted=wanted,
                partners=partners,
            )
        )
        by_name, by_partner = {}, {}
        for row in self.env.cr.dictfetchall():
            item = OpenItem(
                id=row["id"],
                names=frozenset(name for name in (row["number"], row["reference"], row["theirs"]) if name),
                residual=Decimal(row["residual"]),
                currency=row["currency"],
                partner_id=row["partner_id"] or 0,
                account_id=row["account_id"],
                due=row["date_maturity"],
            )
            for name in item.names:
                by_name.setdefault(name, []).append(item)
            by_partner.setdefault(item.partner_id, []).append(item)
        return by_name, by_partner

    @api.model
    def _currencies(self, rows):
        names = {row["original_currency_name"] for row in rows if row["original_currency_name"]}
        currencies = self.env["res.currency"].search([("name", "in", list(names))])
        return {currency.name: currency.id for currency in currencies}

    @api.model
    def _line(self, statement, row, fact, decision, currencies, sequence):
        items = decision.items
        day = (row["value_date"] or row["booking_date"]) if statement.journal_id.finance_date_basis == "value" else (
            row["booking_date"] or row["value_date"]
        )  # fmt: skip
        foreign = currencies.get(row["original_currency_name"])
        if row["original_currency_name"] == row["currency_name"]:
            foreign = None
        return LinePlan(
            entry_id=row["id"],
            sequence=sequence,
            date=day or statement.closing_date,
            amount=fact.amount,
            label=row["label"] or "/",
            partner_id=(items[0].partner_id if items else fact.partner_id) or None,
            partner_name=row["party_name"],
            account_number=row["party_account"],
            transaction_type=row["transaction_code"],
            # the narration of a journal entry is HTML: what a bank's customer wrote stays text
            narration=plaintext2html(row["remittance"])
            if row["remittance"] and row["remittance"] != row["label"]
            else None,
            foreign_currency_id=foreign,
            foreign_amount=fact.original if foreign else None,
            counterpart_account_id=items[0].account_id if items else None,
            item_ids=tuple(item.id for item in items),
            rule=decision.rule or None,
        )

    @api.model
    def _store_suggestions(self, decided):
        """Replace the suggestions of these bookings: none for those that are reconciled without asking."""
        # sudo: suggestions are written by the engine
        suggestion = self.env["finance.bank.suggestion"].sudo()
        suggestion.search([("entry_id", "in", [row["id"] for row, _fact, _decision in decided])]).unlink()
        suggestion.create(
            [
                {
                    "entry_id": row["id"],
                    "item_ids": [(6, 0, found.item_ids)],
                    "score": found.score,
                    "why": ",".join(found.why),
                }
                for row, _fact, decision in decided
                if not decision.items
                for found in decision.suggestions
            ]
        )

    @api.model
    def _remember_rules(self, plans):
        ruled = [(plan.entry_id, plan.rule) for plan in plans if plan.rule]
        if ruled:
            self.env.cr.execute_values(
                "UPDATE finance_bank_entry e SET match_rule = v.rule FROM (VALUES %s) AS v(id, rule) WHERE e.id = v.id",
                ruled,
                page_size=1000,
            )


def _sanitized(number):
    return normalise(number) if number else None


def _is_return(row):
    """A payment that came back names documents it does not pay."""
    sub_family = (row["transaction_code"] or "").rpartition("-")[2]
    return bool(row["return_code"]) or row["is_reversal"] or sub_family in RETURNS
