from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import CREATOR
from ..payments import intercompany
from .finance_payment_open_items import Selection

#: what people never write
_WRITTEN_BY_STEPS = frozenset("name state line_ids offset_move_ids order_ids mirror_ids".split())
#: what says what is settled
_CONTENT = frozenset("company_id other_company_id currency_id day due_until with_offset journal_id".split())


class FinanceIntercompanySettlement(models.Model):
    """Settles what two companies of this database owe each other: offset on both sides, and the rest paid (K-24).

    One action books the offset in both companies and makes the payment order of the one who owes more. When that order
    leaves, the payment is booked at the other end too (``finance.intercompany.mirror``); until then the order is
    approved and released as every other. Only items that both sides have with the same amount are settled.
    """

    _name = "finance.intercompany.settlement"
    _description = "Intercompany Settlement"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _allow_sudo_commands = False

    name = fields.Char(string="Number", readonly=True, copy=False)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    other_company_id = fields.Many2one("res.company", string="With", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    day = fields.Date(string="On", required=True, default=fields.Date.context_today)
    due_until = fields.Date(help="Empty: whatever is open.")
    with_offset = fields.Boolean(
        string="Offset", default=True, help="What each owes the other is offset first; only the rest is paid."
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Pay from",
        domain="[('type', '=', 'bank'), ('company_id', 'in', [company_id, other_company_id])]",
        help="Account of the one who owes more. Empty: as the payment routes say.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Settled"), ("undone", "Taken back")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    line_ids = fields.One2many("finance.intercompany.settlement.line", "settlement_id", readonly=True, copy=False)
    offset_move_ids = fields.Many2many("account.move", string="Offset entries", readonly=True, copy=False)
    order_ids = fields.Many2many("finance.payment.order", string="Payment orders", readonly=True, copy=False)
    mirror_ids = fields.Many2many("account.payment", string="Payments received", readonly=True, copy=False)
    difference_count = fields.Integer(string="Differences", compute="_compute_counts")
    amount_owed = fields.Monetary(compute="_compute_counts", help="What we owe the other, as both have it.")
    amount_claimed = fields.Monetary(compute="_compute_counts", help="What the other owes us, as both have it.")

    # counted for those too who may not read the entries themselves
    entry_count = fields.Integer(compute="_compute_links", compute_sudo=True)
    order_count = fields.Integer(compute="_compute_links", compute_sudo=True)

    _two_companies = models.Constraint("CHECK (company_id <> other_company_id)", "A company owes itself nothing.")

    @api.depends("line_ids.kind", "line_ids.amount", "line_ids.direction")
    def _compute_counts(self):
        for one in self:
            equal = one.line_ids.filtered(lambda line: line.kind == intercompany.EQUAL)
            one.difference_count = len(one.line_ids - equal)
            one.amount_owed = sum(equal.filtered(lambda line: line.direction == "owed").mapped("amount"))
            one.amount_claimed = sum(equal.filtered(lambda line: line.direction == "claimed").mapped("amount"))

    @api.depends("offset_move_ids", "mirror_ids.move_id", "order_ids")
    def _compute_links(self):
        for one in self:
            one.entry_count = len(one.offset_move_ids | one.mirror_ids.move_id)
            one.order_count = len(one.order_ids)

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._refuse_written_by_steps(values)
        # a default in the context writes nothing either
        kept = {
            key: value
            for key, value in self.env.context.items()
            if key.removeprefix("default_") not in _WRITTEN_BY_STEPS
        }
        plain = self.with_env(self.env(context=kept))
        # sudo: numbers are given by nobody else
        number = self.env["ir.sequence"].sudo().next_by_code
        for values in vals_list:
            values["name"] = number(self._name)
        return super(FinanceIntercompanySettlement, plain).create(vals_list)

    def write(self, vals):
        self._refuse_written_by_steps(vals)
        if not self.env.su and vals.keys() & _CONTENT and any(one.state != "draft" for one in self):
            raise UserError(self.env._("What was settled is not changed any more. Take it back and make another one."))
        return super().write(vals)

    @api.model
    def _refuse_written_by_steps(self, vals):
        if vals.keys() & _WRITTEN_BY_STEPS and not self.env.su:
            raise AccessError(self.env._("This is written by settling alone."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if any(one.state != "draft" for one in self):
            raise UserError(self.env._("Only drafts can be deleted: what was settled stays on record."))

    def _check_may_settle(self):
        self.ensure_one()
        self.env["finance.message"]._check_role(CREATOR)
        missing = (self.company_id | self.other_company_id) - self.env.companies
        if missing:
            raise AccessError(self.env._("Choose both companies at the top right: you settle for both."))
        if self.state != "draft":
            raise UserError(self.env._("%s is settled already.", self.name))

    # -- what there is ---------------------------------------------------------------------

    def action_compare(self):
        """Read both sides anew."""
        self._check_may_settle()
        self._compare()
        return True

    def _compare(self):
        """:return: dict direction -> list of :class:`~..payments.intercompany.Pair`"""
        found = {
            "owed": self._pairs(self.company_id, self.other_company_id),
            "claimed": self._pairs(self.other_company_id, self.company_id),
        }
        values = [
            {
                "settlement_id": self.id,
                "direction": direction,
                "kind": pair.kind,
                "debtor_item_id": pair.debtor.id if pair.debtor else False,
                "creditor_item_id": pair.creditor.id if pair.creditor else False,
                "debtor_amount": float(pair.debtor.amount) if pair.debtor else 0.0,
                "creditor_amount": float(pair.creditor.amount) if pair.creditor else 0.0,
                "amount": float(pair.amount),
            }
            for direction, pairs in found.items()
            for pair in pairs
        ]
        lines = self.sudo().line_ids  # sudo: written by this model alone
        lines.unlink()
        lines.create(values)
        return found

    def _pairs(self, debtor, creditor):
        payable = self._open_items(debtor, creditor.partner_id, "liability_payable")
        receivable = self._open_items(creditor, debtor.partner_id, "asset_receivable")
        return intercompany.pair(
            [self._side(item, -1) for item in payable], [self._side(item, 1) for item in receivable]
        )

    def _open_items(self, company, partner, kind):
        domain = [
            ("company_id", "=", company.id),
            ("partner_id", "child_of", partner.commercial_partner_id.id),
            ("account_id.account_type", "=", kind),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("amount_residual_currency", "!=", 0),
            ("currency_id", "=", self.currency_id.id),
        ]
        if self.due_until:
            domain += ["|", ("date_maturity", "=", False), ("date_maturity", "<=", self.due_until)]
        items = self.env["account.move.line"].with_company(company)
        return items.search(domain, order="date_maturity, id")

    def _side(self, item, sign):
        move = item.move_id
        amount = Decimal(str(self.currency_id.round(sign * item.amount_residual_currency)))
        # the debtor's bill carries the creditor's number; the creditor's invoice is called by it
        names = (move.ref, move.payment_reference) if sign < 0 else (move.name, move.payment_reference)
        return intercompany.Side(id=item.id, names=tuple(name for name in names if name), amount=amount)

    # -- settling --------------------------------------------------------------------------

    def action_settle(self):
        """Offset in both companies, and make the order that pays the rest."""
        self._check_may_settle()
        self._lock()
        found = self._compare()
        if not any(pair.amount for pairs in found.values() for pair in pairs):
            raise UserError(
                self.env._("Nothing is open on both sides with the same amount. The list says how they differ.")
            )
        # sudo: what follows is one action in two companies, for somebody who may act for both
        settlement = self.sudo()
        if self.with_offset:
            settlement._offset(found)
        orders = self._pay(found)
        settlement.write({"state": "done", "order_ids": [Command.set(orders.ids)]})
        return self.action_view_orders() if orders else True

    def _lock(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT state FROM finance_intercompany_settlement WHERE id = %s FOR UPDATE NOWAIT", [self.id]
        )
        if self.env.cr.fetchone()[0] != "draft":
            raise UserError(self.env._("%s is settled already.", self.name))

    def _offset(self, found):
        owed, claimed = intercompany.offset(found["owed"], found["claimed"])
        if not owed:
            return
        ours = self._offset_entry(
            self.company_id,
            [(share.pair.debtor.id, share.amount) for share in owed],
            [(share.pair.creditor.id, share.amount) for share in claimed],
        )
        theirs = self._offset_entry(
            self.other_company_id,
            [(share.pair.debtor.id, share.amount) for share in claimed],
            [(share.pair.creditor.id, share.amount) for share in owed],
        )
        self.offset_move_ids = ours | theirs
        by_debtor = {line.debtor_item_id.id: line for line in self.line_ids if line.debtor_item_id}
        for share in (*owed, *claimed):
            by_debtor[share.pair.debtor.id].offset = float(share.amount)

    def _offset_entry(self, company, payables, receivables):
        """:param payables, receivables: lists of (id of the open item, amount)"""
        items = self.env["account.move.line"].with_company(company)
        journal = self.env["account.journal"].search(
            [("type", "=", "general"), *self.env["account.journal"]._check_company_domain(company)], limit=1
        )
        if not journal:
            raise UserError(self.env._("%s has no journal for miscellaneous entries.", company.display_name))
        lines = [
            (items.browse(item_id), sign * amount)
            for sign, parts in ((1, payables), (-1, receivables))
            for item_id, amount in parts
        ]
        values = [
            {
                "name": self.env._("Offset %(number)s: %(document)s", number=self.name, document=item.move_id.name),
                "account_id": item.account_id.id,
                "partner_id": item.partner_id.id,
                "currency_id": self.currency_id.id,
                "amount_currency": float(amount),
                "balance": self.currency_id._convert(float(amount), company.currency_id, company, self.day),
            }
            for item, amount in lines
        ]
        # what converting line by line left over
        values[-1]["balance"] = company.currency_id.round(-sum(one["balance"] for one in values[:-1]))
        move = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "company_id": company.id,
                    "date": self.day,
                    "ref": self.name,
                    "line_ids": [Command.create(one) for one in values],
                }
            )
        )
        move._post(soft=False)
        if move.date != self.day:
            raise UserError(
                self.env._(
                    "The period of %(day)s is closed in %(company)s.", day=self.day, company=company.display_name
                )
            )
        for (item, _amount), own in zip(lines, move.line_ids, strict=True):
            (item | own).reconcile()
        return move

    def _pay(self, found):
        """:return: the draft orders of whoever owes more, through the payment run as for any bill"""
        # what is offset is the same on both sides: whoever owed more has something left
        totals = {direction: sum(pair.amount for pair in pairs) for direction, pairs in found.items()}
        orders = self.env["finance.payment.order"]
        for direction, debtor in (("owed", self.company_id), ("claimed", self.other_company_id)):
            other = totals["claimed" if direction == "owed" else "owed"]
            if totals[direction] <= (other if self.with_offset else 0):
                continue
            items = (
                self.env["account.move.line"]
                .browse([pair.debtor.id for pair in found[direction] if pair.amount])
                .filtered(lambda item: not item.reconciled)
            )
            selection = Selection(
                company_id=debtor.id,
                day=self.day,
                currency_id=self.currency_id.id,
                with_discounts=False,
                with_credit_notes=False,
                move_ids=tuple(items.move_id.ids),
            )
            run = self.env["finance.payment.run"].with_company(debtor)
            own = self.journal_id if self.journal_id.company_id == debtor else None
            plan = run._plan(selection, grouped=True, journal=own)
            if plan.left:
                raise UserError(
                    self.env._(
                        "%(company)s cannot pay the rest: %(why)s. Mend it, or pay without this settlement.",
                        company=debtor.display_name,
                        why=", ".join(sorted({self._reasons()[one.code] for one in plan.left})),
                    )
                )
            orders |= run._make(plan, selection)
        return orders

    @api.model
    def _reasons(self):
        return self.env["finance.payment.propose.wizard"]._reasons()

    # -- taking back -----------------------------------------------------------------------

    def action_undo(self):
        """Take the offset back in both companies and cancel the orders, as long as none has left."""
        self.ensure_one()
        self.env["finance.message"]._check_role(CREATOR)
        if self.state != "done":
            raise UserError(self.env._("%s is not settled.", self.name))
        if (self.company_id | self.other_company_id) - self.env.companies:
            raise AccessError(self.env._("Choose both companies at the top right: you settle for both."))
        gone = self.order_ids.filtered(lambda order: order.state not in ("draft", "proposed", "approved", "cancelled"))
        if gone:
            raise UserError(
                self.env._("%s has left already. Recall it first, or let the bank answer.", gone[0].display_name)
            )
        for order in self.order_ids.filtered(lambda order: order.state != "cancelled"):
            order._cancel(self.env._("%s was taken back", self.name))
        settlement = self.sudo()  # sudo: as for settling
        moves = settlement.offset_move_ids
        moves.line_ids.remove_move_reconcile()
        moves._reverse_moves(
            [{"date": self.day, "ref": self.env._("Takes back %s", self.name)} for _move in moves], cancel=True
        )
        settlement.state = "undone"
        return True

    # -- looking ---------------------------------------------------------------------------

    def action_view_orders(self):
        return self._view(self.env._("Payment Orders"), self.order_ids)

    def action_view_entries(self):
        return self._view(self.env._("Entries"), self.offset_move_ids | self.mirror_ids.move_id)

    def _view(self, name, records):
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": records._name,
            "view_mode": "list,form",
            "domain": [("id", "in", records.ids)],
        }
        return {**action, "view_mode": "form", "res_id": records.id} if len(records) == 1 else action
