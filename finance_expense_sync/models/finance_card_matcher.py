from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.finance_connector_base.engine.errors import FinanceError

from ..cards import matching
from ..const import CARD
from .finance_card_claim import NO_CLAIM

#: transactions that are looked at together
MOST = 500


class FinanceCardMatcher(models.AbstractModel):
    """Keeps transactions, claims, ledger and bank together: who claims what, and what all of them say (E-06)."""

    _name = "finance.card.matcher"
    _description = "Matching of Card Transactions"

    # -- claims --------------------------------------------------------------------------------

    @api.model
    def _match(self, cards):
        """Look for the claims of transactions, then refresh what is known of them."""
        for company, mine in cards.filtered(lambda card: card.state == "settled").grouped("company_id").items():
            lines = self._lines_for(company, mine)
            together = mine | self._rivals(company, lines, mine)
            self._link(together, lines)
            cards |= together
        self._refresh(cards)

    @api.model
    def _match_new(self, cards):
        """Match transactions that have just come.

        One that nobody claims is looked at once more after the commit. The scheduled action itself only matches: it
        would call itself for as long as anything is unclaimed.
        """
        self._match(cards)
        if "unclaimed" in cards.mapped("match_state"):
            self._again()

    @api.model
    def _follow(self, reports):
        """What is claimed, or not any more, changes what is known of transactions."""
        # sudo: the engine
        cards = self.env["finance.card.transaction"].sudo()
        reports = reports.sudo()
        flows = self.env["finance.flow"].sudo()
        if not reports or not flows.search_count([("handler", "=", CARD)], limit=1):
            return
        claimed = self.env["finance.card.claim"].sudo().search([("report_id", "in", reports.ids)])
        touched = claimed.transaction_id
        lines = reports.filtered(lambda one: one.state not in NO_CLAIM).line_ids.filtered(
            lambda line: line.payment == "company_card"
        )
        for company, mine in lines.grouped(
            lambda line: line.report_id.paying_company_id or line.report_id.company_id
        ).items():
            found = self._rivals(company, mine, cards)
            self._link(found, mine)
            touched |= found
        self._refresh(touched)
        if len(lines) > len(touched.claim_ids.filtered(lambda claim: claim.report_id in reports)):
            self._again()

    @api.model
    def _again(self):
        """Look once more when this is committed: a claim and its charge that come at the same moment see neither."""
        # sudo: whoever brings a claim need not be allowed to start scheduled actions
        self.env.ref("finance_expense_sync.ir_cron_card_match").sudo()._trigger()

    @api.model
    def _lines_for(self, company, cards):
        """:return: expenses by card that may claim transactions"""
        names = [name for card in cards for name in (card.external_id, card.pending_external_id) if name]
        reports = [card.platform_report for card in cards if card.platform_report]
        days = [card.date for card in cards]
        # sudo: the engine
        return (
            self.env["finance.expense.line"]
            .sudo()
            .search(
                Domain.AND(
                    [
                        Domain("payment", "=", "company_card"),
                        Domain("report_id.state", "not in", NO_CLAIM),
                        Domain("report_id.paying_company_id", "=", company.id)
                        | Domain("report_id.company_id", "=", company.id),
                        Domain("card_transaction", "in", names)
                        | Domain("report_id.external_id", "in", reports)
                        | (
                            Domain("card_transaction", "=", False)
                            & Domain("report_id.partner_id", "in", cards.partner_id.ids)
                            & Domain("date", ">=", min(days) - timedelta(days=31))
                            & Domain("date", "<=", max(days) + timedelta(days=31))
                        ),
                    ]
                ),
                limit=4 * MOST,
            )
        )

    @api.model
    def _rivals(self, company, lines, cards):
        """:return: transactions without claim that the same expenses may be of"""
        if not lines:
            return cards.browse()
        names = [line.card_transaction for line in lines if line.card_transaction]
        days = lines.mapped("date")
        return cards.search(
            Domain.AND(
                [
                    Domain("company_id", "=", company.id),
                    Domain("state", "=", "settled"),
                    Domain("external_id", "in", names)
                    | Domain("pending_external_id", "in", names)
                    | Domain("platform_report", "in", lines.report_id.mapped("external_id"))
                    | (
                        Domain("match_state", "in", ("unclaimed", "proposed", "personal"))
                        & Domain("is_claimed", "=", False)
                        & Domain("partner_id", "in", lines.report_id.partner_id.ids)
                        & Domain("date", ">=", min(days) - timedelta(days=31))
                        & Domain("date", "<=", max(days) + timedelta(days=31))
                    ),
                ]
            ),
            limit=MOST,
        )

    @api.model
    def _link(self, cards, lines):
        """Write down which expenses claim which transactions; what people have decided stays."""
        cards = cards.filtered(lambda card: card.reason_code != "card_duplicate")
        if not cards or not lines:
            return
        # sudo: nobody writes claims but the engine
        claims = self.env["finance.card.claim"].sudo()
        known = claims.search(
            (Domain("transaction_id", "in", cards.ids) | Domain("report_id", "in", lines.report_id.ids))
            & Domain("report_id", "!=", False)
        )
        by_pair = {(row.transaction_id.id, row.report_id.id, row.line_key): row for row in known}
        refused = {pair for pair, row in by_pair.items() if row.state == "refused"}
        taken = known.filtered(lambda row: row.state == "confirmed" and row.origin != "platform")
        chosen = {(row.report_id.id, row.line_key) for row in taken._counts()}
        policy = self.env["finance.card.ledger"]._policy(cards[0])
        links = matching.linked(
            [self._charge(card) for card in cards if card not in taken.transaction_id],
            [
                claim
                for line in lines
                if (claim := self._claim(line)).key not in chosen and line.payment == "company_card"
            ],
            tolerance=Decimal(str(policy.card_tolerance)),
            days=policy.card_days,
        )
        new, kept = [], set()
        for link in links:
            pair = (link.charge, *link.claim)
            if pair in refused and not link.is_certain:
                continue
            kept.add(pair)
            values = {
                "amount": float(link.amount),
                "state": "confirmed" if link.is_certain else "proposed",
                "origin": "platform" if link.is_certain else "rule",
            }
            if row := by_pair.get(pair):
                if row.state != "confirmed" or row.amount != values["amount"]:
                    row.write(values)
            else:
                new.append(
                    {"transaction_id": pair[0], "report_id": pair[1], "line_key": pair[2], **values},
                )
        keys = {(line.report_id.id, line.external_id) for line in lines}
        # proposals that do not hold any more, and lines that are gone
        gone = known.filtered(
            lambda row: (
                row.transaction_id in cards
                and (row.transaction_id.id, row.report_id.id, row.line_key) not in kept
                and (
                    row.state == "proposed"
                    or (row.report_id in lines.report_id and (row.report_id.id, row.line_key) not in keys)
                )
                and not (
                    row.report_id.line_ids.filtered(lambda line, row=row: line.external_id == row.line_key) - lines
                )
            )
        )
        gone.unlink()
        claims.create(new)

    @api.model
    def _charge(self, card):
        exact = self.env["finance.card.ledger"]._exact
        currency = card.currency_id
        return matching.Charge(
            key=card.id,
            names=tuple(name for name in (card.external_id, card.pending_external_id) if name),
            amount=exact(card.amount, currency),
            currency=currency.name,
            day=card.date,
            merchant=card.merchant or "",
            holder=card.partner_id.id or None,
            spent=(Decimal(str(card.spent_amount)).normalize(), card.spent_currency) if card.spent_currency else None,
            fees=exact(card.fees, currency),
            authorised=exact(card.authorised_amount, currency) if card.authorised_amount else None,
            report=card.platform_report or None,
            line=card.platform_line or None,
        )

    @api.model
    def _claim(self, line):
        report = line.report_id

        def coin(amount, code):
            return (Decimal(str(amount)).normalize(), code) if code else None

        return matching.Claim(
            key=(report.id, line.external_id),
            report=report.external_id,
            amount=self.env["finance.card.ledger"]._exact(line.amount, report.currency_id),
            currency=report.currency_name,
            day=line.date,
            merchant=line.merchant or "",
            holder=report.partner_id.id or None,
            billed=coin(line.billed_amount, line.billed_currency),
            spent=coin(line.spent_amount, line.spent_currency),
            transaction=line.card_transaction or None,
        )

    # -- what is known -------------------------------------------------------------------------

    @api.model
    def _refresh(self, cards):
        """Bring states up to date, find payments and reconcile what is one."""
        ledger = self.env["finance.card.ledger"]
        for company, mine in cards.grouped("company_id").items():
            self._states(mine)
            booked = mine.filtered(lambda card: card.is_on_ledger and card.state == "settled")
            policy = ledger._policy(booked[:1]) if booked else None
            if not policy:
                continue
            # what the same statement holds is paid together
            statements = {card.statement for card in booked if card.statement}
            together = booked | booked.search(
                [
                    ("company_id", "=", company.id),
                    ("statement", "in", list(statements)),
                    ("is_on_ledger", "=", True),
                    ("is_paid", "=", False),
                ]
            )
            ledger._find_payments(together, policy)
            for card in together:
                ledger._settle(card, policy)
            self._states(together)

    @api.model
    def _states(self, cards):
        """Bring states up to date, and take back what was decided about what is claimed otherwise by now."""
        ledger = self.env["finance.card.ledger"]
        self._note(cards)
        for card in cards:
            accepted = ledger._live(card, "difference")
            if accepted and (card.difference_kind or not card.is_claimed):
                # it was accepted beside another claim
                ledger._take_back(accepted)
                self._note(card)
        self.env["finance.card.personal"]._follow(cards)

    @api.model
    def _note(self, cards):
        """Write down what is known; books nothing."""
        ledger = self.env["finance.card.ledger"]
        for card in cards:
            values = self._known(card, ledger._policy(card))
            changed = {name: value for name, value in values.items() if card[name] != value}
            if changed:
                card.write(changed)

    @api.model
    def _known(self, card, policy):
        """:return: dict of what is known of a transaction"""
        ledger = self.env["finance.card.ledger"]
        claims = card.claim_ids._counts()
        personal = ledger._live(card, "personal")
        charge = ledger._live(card, "charge")
        accepted = sum(ledger._live(card, "difference").mapped("amount"))
        rest, why = matching.difference(
            self._charge(card),
            [ledger._exact(amount, card.currency_id) for amount in (*claims.mapped("amount"), accepted)],
            Decimal(str(policy.card_tolerance)) if policy else Decimal(0),
        )
        is_booked = bool(claims) and all(claim._is_booked() for claim in claims)
        is_paid = bool(policy) and bool(claims or charge or personal) and ledger._is_paid(card, policy)
        values = {
            "is_claimed": bool(claims),
            "is_on_ledger": card.state == "settled" and bool(is_booked or charge or personal),
            "is_paid": is_paid,
            "difference": float(rest) if claims and card.state == "settled" else 0.0,
            "difference_kind": why if claims and why != "none" and card.state == "settled" else False,
        }
        values["is_receipt_missing"] = card.state == "settled" and self._lacks_receipt(card, claims)
        return {**values, "match_state": self._state(card, claims, personal, is_booked, values)}

    @api.model
    def _lacks_receipt(self, card, claims):
        """:return: whether the platform says of a claim that its receipt is missing, and none has come since"""
        if card.has_receipt:
            return False
        return any(
            claim.line_id.is_receipt_missing
            and not claim.report_id.receipt_ids.filtered(lambda one, claim=claim: one.line_key == claim.line_key)
            for claim in claims
        )

    @api.model
    def _state(self, card, claims, personal, is_booked, values):
        if card.state == "reversed" and claims:
            return "difference"
        if card.state != "settled":
            return "none"
        if personal:
            return "personal"
        if not claims:
            return "proposed" if card.claim_ids.filtered(lambda row: row.state == "proposed") else "unclaimed"
        if values["difference_kind"]:
            return "difference"
        if not is_booked:
            return "claimed"
        if all(claims.mapped("is_personal")):
            return "personal"
        return "matched" if values["is_paid"] else "booked"

    @api.model
    def _look(self, moves):
        """What is reconciled or not any more changes what is paid; :param moves: whose items it was"""
        # sudo: whoever reconciles need not see transactions
        cards = self.env["finance.card.transaction"].sudo()
        rows = self.env["finance.expense.posting"].sudo().search([("move_id", "in", moves.ids)])
        found = (
            self.env["finance.card.claim"].sudo().search([("report_id", "in", rows.report_id.ids)]).transaction_id
            | self.env["finance.card.posting"].sudo().search([("move_id", "in", moves.ids)]).transaction_id
            | cards.search([("bank_line_id.move_id", "in", moves.ids)])
        )
        self._note(found)

    @api.model
    def _cron_match(self):
        """Look again at what is open: bank lines come when they come, and authorisations lapse."""
        # sudo: the scheduled action
        cards = self.env["finance.card.transaction"].sudo()
        for policy in self.env["finance.expense.policy"].sudo().search([("card_account_id", "!=", False)]):
            last = self.env.cr.now().date() - timedelta(days=policy.card_lapse_days)
            lapsed = cards.search(
                [("company_id", "=", policy.company_id.id), ("state", "=", "pending"), ("date", "<", last)]
            )
            lapsed.write({"state": "released"})
        open_ = Domain("state", "=", "settled") & (
            Domain("match_state", "in", ("unclaimed", "proposed", "claimed", "booked"))
            | (Domain("match_state", "=", "personal") & Domain("is_paid", "=", False))
        )
        for company, _count in cards._read_group(open_, ["company_id"], ["__count"]):
            mine = cards.search(open_ & Domain("company_id", "=", company.id), order="id desc", limit=4 * MOST)
            try:
                self._match(mine)
            except FinanceError:
                # the next one finds it
                continue
