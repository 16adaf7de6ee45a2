from decimal import Decimal

from odoo import api, models

from ..matching.answers import Booked
from ..matching.lessons import confidence, is_sure, label_key, name_key
from ..matching.received import sanitized
from ..matching.rules import Text, first, fold, holds
from ..matching.virtual import numbers_in

#: a rule that a person wrote and let act by itself
RULE_SCORE = 95
#: a rule that a person wrote, to be asked about
PROPOSED_RULE_SCORE = 75


class Knowledge:
    """What is known about parties and texts of one run: accounts, rules, lessons, names.

    :param currency: name of the company's currency
    :param accounts: account number to partner id, where it is one partner
    :param names: :class:`~..matching.names.PartnerNames`
    :param rules: pure rules in the order of the person
    :param effects: rule id to what it does, see ``finance.bank.rule._effects``
    :param lessons: (kind, key) to the lesson's row
    :param virtual: virtual account number to (journal id or None, from, to, partner id) of each owner
    """

    def __init__(self, *, currency, accounts, names, rules, effects, lessons, virtual):
        self.currency = currency
        self.accounts = accounts
        self.virtual = virtual
        self.names = names
        self.effects = effects
        self.lessons = lessons
        self.partner_rules = [rule for rule in rules if not effects[rule.id].account_id]
        self.account_rules = [rule for rule in rules if effects[rule.id].account_id]
        self._found = {}

    def partner(self, row):
        """:return: (partner id or None, what says so, partners of a like name)"""
        if row["line_partner_id"]:
            return row["line_partner_id"], "line", frozenset()
        number = sanitized(row["party_account"])
        rule = self.partner_rules and first(self.partner_rules, text_of(row, self.accounts.get(number)))
        if rule:
            return self.effects[rule.id].partner_id, "rule", frozenset()
        owner = self._owner(row)
        if owner:
            return owner, "virtual", frozenset()
        if number in self.accounts:
            return self.accounts[number], "account", frozenset()
        for kind, key in (("account", number), ("name", name_key(row["party_name"]))) if self.lessons else ():
            lesson = self.lessons.get((kind, key)) if key else None
            if lesson and lesson["partner_id"] and is_sure(lesson["hits"], lesson["misses"]):
                return lesson["partner_id"], "learned", frozenset()
        name = row["party_name"]
        if name not in self._found:
            self._found[name] = self.names.find(name)
        partner, alike = self._found[name]
        return partner, "name", alike

    def _owner(self, row):
        """:return: the partner whose virtual account the booking names, where it is one"""
        if not self.virtual:
            return None
        day = row["booking_date"] or row["value_date"]
        owners = {
            partner
            for number in numbers_of(row) & self.virtual.keys()
            for journal, begins, ends, partner in self.virtual[number]
            if (journal is None or journal == row["journal_id"])
            and (begins is None or day >= begins)
            and (ends is None or day <= ends)
        }
        return owners.pop() if len(owners) == 1 else None

    def answer(self, answers):
        """Accounts by rules and lessons, for what no open item explains without doubt."""
        for answer in answers:
            if answer.decision.items or answer.takes_origin:
                continue
            answer.booked = self._by_rule(answer) or self._by_lesson(answer)

    def _by_rule(self, answer):
        if not self.account_rules:
            return None
        text = text_of(answer.row, answer.fact.partner_id)
        folded = fold(text.text)
        rule = next((rule for rule in self.account_rules if holds(rule, text, folded)), None)
        if rule is None:
            return None
        effect = self.effects[rule.id]
        score = RULE_SCORE if effect.is_automatic else PROPOSED_RULE_SCORE
        # the rule says so: it is the one evidence, and a person wrote it
        return Booked(
            account_id=effect.account_id,
            partner_id=effect.partner_id,
            tax_ids=effect.tax_ids,
            analytic=effect.analytic,
            label=effect.label,
            rule_id=rule.id,
            is_automatic=effect.is_automatic and not answer.fact.is_return,
            score=score,
            parts=(("rule", score),),
        )

    def _by_lesson(self, answer):
        if not self.lessons:
            return None
        key = label_key(answer.row["remittance"] or answer.row["label"], 1 if answer.fact.amount > 0 else -1)
        lesson = self.lessons.get(("label", key)) if key else None
        if not lesson or not lesson["account_id"]:
            return None
        score = confidence(lesson["hits"], lesson["misses"])
        if not score:
            return None
        return Booked(
            account_id=lesson["account_id"],
            partner_id=lesson["partner_id"] or None,
            lesson_id=lesson["id"],
            score=score,
            parts=(("learned", score),),
        )


class FinanceBankKnowledge(models.AbstractModel):
    """Gathers what is known for the bookings of one run, with one query a source."""

    _name = "finance.bank.knowledge"
    _description = "Knowledge of Bank Matching"

    @api.model
    def _gather(self, company, rows):
        rules, effects = self.env["finance.bank.rule"]._effects(company)
        accounts = self._accounts(company, {row["party_account"] for row in rows if row["party_account"]})
        keys = set()
        for row in rows if self.env["finance.bank.lesson"]._is_any(company) else ():
            for kind, key in (
                ("account", sanitized(row["party_account"])),
                ("name", name_key(row["party_name"])),
                ("label", label_key(row["remittance"] or row["label"], -1 if row["amount"].startswith("-") else 1)),
            ):
                if key:
                    keys.add((kind, key))
        has_names = any(row["party_name"] and sanitized(row["party_account"]) not in accounts for row in rows)
        candidates = self.env["finance.bank.candidates"]
        return Knowledge(
            currency=company.currency_id.name,
            accounts=accounts,
            names=candidates._partner_names(company if has_names else company.browse()),
            rules=rules,
            effects=effects,
            lessons=self.env["finance.bank.lesson"]._known(company, keys),
            virtual=self.env["finance.bank.virtual.account"]._known(
                company, set().union(*(numbers_of(row) for row in rows)) if self._has_virtual(company) else set()
            ),
        )

    @api.model
    def _has_virtual(self, company):
        # sudo: looked up by the engine for one company
        virtual = self.env["finance.bank.virtual.account"].sudo()
        return bool(virtual.search_count([("company_id", "=", company.id)], limit=1))

    @api.model
    def _accounts(self, company, numbers):
        """:return: dict sanitised account number -> id of the commercial partner, only where it is one"""
        if not numbers:
            return {}
        groups = (
            self.env["res.partner.bank"]
            .sudo()
            ._read_group(  # sudo: looked up by the engine for one company
                [
                    ("sanitized_acc_number", "in", [sanitized(number) for number in numbers]),
                    ("company_id", "in", [company.id, False]),
                    ("partner_id.active", "=", True),
                ],
                ["sanitized_acc_number"],
                ["partner_id:recordset"],
            )
        )
        found = {number: owners.commercial_partner_id for number, owners in groups}
        return {number: owner.id for number, owner in found.items() if len(owner) == 1}


def numbers_of(row):
    """Everything in a booking that could be a virtual account number."""
    return numbers_in(row["own_account"], (row["remittance"], row["label"]))


def text_of(row, partner_id):
    """What rules look at."""
    pieces = (row["label"], row["remittance"], row["party_name"])
    return Text(
        text=" ".join(piece for piece in pieces if piece),
        amount=Decimal(row["amount"]),
        journal_id=row["journal_id"] or 0,
        code=row["transaction_code"] or "",
        partner_id=partner_id,
    )
