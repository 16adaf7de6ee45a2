from collections import defaultdict
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..assistance import anomalies, clusters
from ..const import ADMIN, AUDITOR, OPERATOR

#: days that count as the present, and those before them as the habit
RECENT, HISTORY = 30, 730
#: findings kept of each kind and company
MOST = 200


class FinanceAssistanceFinding(models.Model):
    """Something to look at, and why; it suggests, and changes nothing (A-20).

    Worked out anew by a scheduled action from open exceptions and vendor bills. The figures behind each are told, so
    that a person can check them.
    """

    _name = "finance.assistance.finding"
    _description = "Suggestion"
    _order = "score desc, id"
    _allow_sudo_commands = False

    name = fields.Char(string="What", required=True, readonly=True)
    kind = fields.Selection(
        [
            ("cluster", "Exceptions that are alike"),
            ("amount", "Unusual amount"),
            ("timing", "Unusual time"),
            ("payee", "New account of a known payee"),
        ],
        required=True,
        readonly=True,
    )
    key = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    why = fields.Text(required=True, readonly=True)
    count = fields.Integer(readonly=True)
    money = fields.Monetary(currency_field="company_currency_id", readonly=True)
    oldest = fields.Datetime(string="Since", readonly=True)
    score = fields.Float(string="Rank", readonly=True, aggregator=None)
    res_model = fields.Char(readonly=True)
    res_ids = fields.Json(readonly=True)
    dismissed_by_id = fields.Many2one("res.users", string="Dismissed by", readonly=True)

    _once = models.UniqueIndex("(company_id, kind, key)")

    # -- work out ------------------------------------------------------------------------------

    @api.model
    def _cron_refresh(self):
        for company in self.env["res.company"].search([("active", "=", True)]):
            self._refresh(company)

    @api.model
    def _refresh(self, company):
        """Work out what to look at in a company; what somebody has dismissed stays so while it is the same."""
        # sudo: rows are written here alone; what they are about each reader sees by the own rights
        findings = self.sudo()
        rows = []
        for find in (self._clusters, self._amounts, self._timing, self._payees):
            rows += sorted(find(company), key=lambda row: -row["score"])[:MOST]
        known = findings.search([("company_id", "=", company.id)])
        dismissed = {(row.kind, row.key): row.dismissed_by_id.id for row in known if row.dismissed_by_id}
        known.unlink()
        return findings.create(
            [
                {**row, "company_id": company.id, "dismissed_by_id": dismissed.get((row["kind"], row["key"]), False)}
                for row in rows
            ]
        )

    @api.model
    def _clusters(self, company):
        # sudo: as above
        open_ones = (
            self.env["finance.exception"]
            .sudo()
            .search([("company_id", "=", company.id), ("state", "=", "open")], order="id desc", limit=10_000)
        )
        now = fields.Datetime.now()
        troubles = [
            clusters.Trouble(
                number=one.id,
                text=one.detail or one.subject or "",
                reason=one.reason_id.name or "",
                connection=one.connection_id.name or "",
                opened=one.opened_at or now,
                money=self._money(one),
            )
            for one in open_ones
        ]
        for cluster in clusters.clusters(troubles, now):
            days = (now - cluster.oldest).days
            yield {
                "kind": "cluster",
                "key": f"{cluster.reason}|{cluster.connection}|{cluster.text}"[:200],
                "name": f"{cluster.reason} ({cluster.connection})",
                "why": self._why_alike(cluster, days),
                "count": len(cluster.numbers),
                "money": float(cluster.money),
                "oldest": cluster.oldest,
                "score": cluster.score,
                "res_model": "finance.exception",
                "res_ids": list(cluster.numbers),
            }

    @api.model
    def _money(self, exception):
        """:return: amount that an exception is about, where its document tells one"""
        message = exception.message_id
        if message.res_model in ("account.move", "finance.payment.order") and message.res_model in self.env:
            document = self.env[message.res_model].sudo().browse(message.res_id).exists()  # sudo: as above
            name = "amount_total_signed" if message.res_model == "account.move" else "amount"
            if document and name in document._fields:
                return Decimal(str(abs(document[name])))
        return self._stated_money(exception)

    @api.model
    def _stated_money(self, exception):
        """:return: amount that the exception states, in the currency of the company"""
        stated = exception.params or {}
        try:
            amount = abs(Decimal(str(stated.get("amount"))))
        except InvalidOperation:
            return Decimal(0)
        currency = self.env["res.currency"].search([("name", "=", str(stated.get("currency")))], limit=1)
        if not currency or not amount.is_finite():
            return Decimal(0)
        company = exception.company_id
        today = fields.Date.context_today(self)
        return Decimal(str(currency._convert(float(amount), company.currency_id, company, today)))

    @api.model
    def _why_alike(self, cluster, days):
        words = {"count": len(cluster.numbers), "text": cluster.text.rstrip(". "), "days": days}
        words["money"] = f"{cluster.money:,.2f}"
        told = (
            self.env._("%(count)s exceptions say the same: %(text)s.", **words)
            if len(cluster.numbers) > 1
            else self.env._("One exception says: %(text)s.", **words)
        )
        rank = self.env._(
            "Money that waits: %(money)s; the oldest waits %(days)s days. The rank counts a tenfold of money, or of"
            " cases, like a week.",
            **words,
        )
        return f"{told} {rank}"

    @api.model
    def _bills(self, company):
        """:return: partner -> bills of the last two years, by date"""
        since = fields.Date.context_today(self) - timedelta(days=HISTORY)
        # sudo: as above
        bills = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("move_type", "=", "in_invoice"),
                    ("state", "!=", "cancel"),
                    ("invoice_date", ">=", since),
                    ("commercial_partner_id", "!=", False),
                ],
                order="invoice_date, id",
            )
        )
        return bills.grouped("commercial_partner_id")

    @api.model
    def _recent(self, bills):
        since = fields.Date.context_today(self) - timedelta(days=RECENT)
        return bills.filtered(lambda bill: bill.invoice_date >= since)

    @api.model
    def _amounts(self, company):
        for partner, bills in self._bills(company).items():
            by_currency = bills.grouped("currency_id")
            for currency, own in by_currency.items():
                recent = self._recent(own)
                history = [bill.amount_total for bill in own - recent]
                for bill in recent:
                    found = anomalies.unusual(history, bill.amount_total)
                    if found:
                        yield self._row("amount", bill, partner, found.times, self.env._(
                            "%(amount)s %(currency)s; of %(count)s bills before half are below %(median)s, and they"
                            " differ by %(spread)s. This is %(times)s times that away.",
                            amount=bill.amount_total, currency=currency.name, count=len(history),
                            median=found.median, spread=round(found.spread, 2), times=found.times,
                        ))  # fmt: skip

    @api.model
    def _timing(self, company):
        for partner, bills in self._bills(company).items():
            if len(bills) <= anomalies.FEWEST + 1:
                continue
            *_earlier, before, last = bills
            days = [bill.invoice_date.toordinal() for bill in bills]
            *history, gap = anomalies.gaps(days)
            found = anomalies.unusual(history, gap)
            if found and last in self._recent(last):
                yield self._row("timing", last, partner, found.times, self.env._(
                    "%(gap)s days after %(before)s; usually there are %(median)s between two bills of %(partner)s.",
                    gap=int(gap), before=before.name or before.ref or before.id, median=int(found.median),
                    partner=partner.name,
                ))  # fmt: skip

    @api.model
    def _payees(self, company):
        since = fields.Datetime.now() - timedelta(days=RECENT)
        grouped = defaultdict(self.env["account.move"].browse)
        for bills in self._bills(company).values():
            for bill in bills.filtered(lambda one: one.payment_state in ("not_paid", "partial")):
                grouped[bill.partner_bank_id] |= bill
        for account, bills in grouped.items():
            partner = account.partner_id.commercial_partner_id
            older = partner.bank_ids.filtered(lambda one, account=account: one.id < account.id)
            if account and account.create_date >= since and older:
                yield self._row("payee", bills[-1], partner, 10.0 + len(bills), self.env._(
                    "An account of %(partner)s was added on %(day)s by %(who)s; it had %(count)s before. Bills that"
                    " would be paid to it: %(bills)s. Ask the vendor by a number that you know.",
                    partner=partner.name, day=account.create_date.date(), who=account.create_uid.name,
                    count=len(older), bills=len(bills),
                ), bills)  # fmt: skip

    @api.model
    def _row(self, kind, bill, partner, score, why, bills=None):
        bills = bills or bill
        return {
            "kind": kind,
            "key": f"{kind}:{bill.id}",
            "name": f"{partner.name}: {bill.name or bill.ref or bill.id}",
            "why": why,
            "count": len(bills),
            "money": abs(sum(bills.mapped("amount_total_signed"))),
            "oldest": fields.Datetime.to_datetime(bill.invoice_date),
            "score": score,
            "res_model": "account.move",
            "res_ids": bills.ids,
        }

    # -- people --------------------------------------------------------------------------------

    def action_view_records(self):
        """Open what it is about, with the rights of whoever looks."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR, ADMIN, AUDITOR)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.res_model,
            "view_mode": "list,form",
            "domain": [("id", "in", self.res_ids)],
        }

    def action_dismiss(self):
        """Say that there is nothing to do; it is not shown again while it is the same."""
        self.env["finance.message"]._check_role(OPERATOR, ADMIN)
        self.check_access("read")
        if self.filtered("dismissed_by_id"):
            raise UserError(self.env._("It was dismissed already."))
        for finding in self:
            finding.sudo().dismissed_by_id = self.env.uid  # sudo: written here alone, the role was checked
            self.env["finance.audit"]._record(
                "assistance.dismissed", finding, after={"kind": finding.kind, "what": finding.name, "why": finding.why}
            )
        return True

    def action_refresh(self):
        """Work it out anew for the companies that are chosen."""
        self.env["finance.message"]._check_role(OPERATOR, ADMIN, AUDITOR)
        self.check_access("read")
        for company in self.env.companies:
            self._refresh(company)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
