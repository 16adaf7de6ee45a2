import json
from decimal import Decimal

from ..posting.copying import AccountFacts, entry_row, entry_shape, is_balanced, item_row, shape_of, shapes_of


class EntryFacts:
    """What the rules need to know of planned entries of one company and journal; positions are those of the plans."""

    def __init__(self, poster, company, journal, planned):
        self.env, self.company, self.planned = poster.env, company, planned
        self.safety = self.env["finance.expense.copy.safety"]
        self.drafts = [draft for _work, draft in planned]
        self.references = [poster._reference(work, draft) for work, draft in planned]
        self.series_of_day = self.env["finance.copy.numbers"]._series(journal, {draft.day for draft in self.drafts})
        self.accounts = self._accounts()
        self.decimals = self._decimals()
        self.rates = self._rates()
        self.shapes = [shapes_of(draft, self.series_of_day[draft.day], self.accounts) for draft in self.drafts]
        self.odd = self._odd()

    def _accounts(self):
        # sudo: the engine books for companies
        accounts = self.env["account.account"].sudo().browse({leg.account for d in self.drafts for leg in d.legs})
        return {
            account.id: AccountFacts(
                # as core's account.move.line._compute_amount_residual
                keeps_residual=account.reconcile or account.account_type in ("asset_cash", "liability_credit_card"),
                is_term=account.account_type in ("asset_receivable", "liability_payable"),
            )
            for account in accounts
        }

    def _decimals(self):
        """:return: dict code -> decimals of the currencies that the rules know"""
        found = [self.env["finance.expense.record"]._currency(code) for code in {d.currency for d in self.drafts}]
        return {one.name: one.decimal_places for one in found if one.active and self.safety._is_decimal(one)}

    def _rates(self):
        """:return: dict id of a tax -> per cent, of the taxes whose amount no more than that says"""
        ids = {tax for draft in self.drafts for leg in draft.legs for tax in leg.base_of}
        found = {}
        # sudo: the engine books for companies
        for tax in self.env["account.tax"].sudo().browse(ids):
            slices = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
            factors = slices.filtered(lambda line: line.repartition_type == "tax").mapped("factor_percent")
            if tax.amount_type == "percent" and not tax.price_include and all(factor > 0 for factor in factors):
                found[tax.id] = Decimal(repr(tax.amount))
        return found

    def _odd(self):
        """:return: positions of what the rules do not cover"""
        # sudo: only to compare companies
        partners = self.env["res.partner"].sudo().browse({leg.partner for d in self.drafts for leg in d.legs} - {None})
        foreign = set((partners - partners.filtered_domain(partners._check_company_domain(self.company))).ids)
        return {
            place
            for place, draft in enumerate(self.drafts)
            if draft.currency not in self.decimals
            or not is_balanced(draft)
            or any(leg.partner in foreign or not self.rates.keys() >= set(leg.base_of) for leg in draft.legs)
        }

    def shape_of_entry(self, place):
        draft = self.drafts[place]
        return entry_shape(draft, self.series_of_day[draft.day], self.accounts)

    def order(self, place):
        """:return: key by which numbers are given, as core's account.move._compute_name"""
        return self.drafts[place].day, self.references[place] or "", place

    def rows(self, places, moves, items, numbers, templates):
        """Say by the rules what entries look like.

        :param moves: dict position -> id of the entry
        :param items: dict position -> ids of its lines
        :param numbers: dict id of an entry -> dict of its number
        :param templates: :class:`Templates`
        :return: (rows of entries, rows of their lines)
        """
        entries, lines = [], []
        for place in places:
            draft, move = self.drafts[place], moves[place]
            number = numbers[move]
            entry = entry_row(draft, self.references[place])
            entries.append(
                {"t_move": templates.entries[self.shape_of_entry(place)], "move_id": move, **number, **entry}
            )
            shared = {"move_id": move, "name": number["name"], "ref": entry["ref"], "date": entry["date"]}
            for leg, item in zip(draft.legs, items[place], strict=True):
                template = templates.items[shape_of(leg, draft.currency)]
                row = item_row(leg, template, self.accounts[leg.account], self.rates, self.decimals[draft.currency])
                row["analytic"] = json.dumps(row["analytic"]) if row["analytic"] else None
                lines.append({"t_item": template.item, "item_id": item, **shared, **row})
        return entries, lines
