"""What people may write on orders, payments and items, and what is written by the steps of an order alone.

A read-only field of a screen protects nothing: the same write comes by JSON-2, by an import, by commands on a
parent, or as a default in the context (attacks 1, 2, 3, 7 and 10). So whoever is not inside of a step is refused here.
"""

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import ormcache

from .finance_payment_order import BOUND, OPEN

_ORDER = frozenset(
    "name company_id direction is_confidential state attention message_id_for_bank digest payload_id file_sha256 round "
    "editor_ids proposed_summary last_changes proposed_by_id proposed_at released_by_id released_at sent_at "
    "finished_at approval_ids message_id correlation_id payment_count amount bank_reference phase situation "
    "since".split()
)
#: what may be given when it is made, and never changed
_ORDER_ONCE = frozenset(("company_id", "direction", "is_confidential"))
_LINE = frozenset(
    "end_to_end_id uetr digest approved_content payment_id resubmit_of_id duplicate_reason state reasons problems "
    "fact_ids situation since company_id journal_id currency_id order_state is_confidential".split()
)
_ITEM = frozenset("is_live claims company_id is_confidential currency_id move_id".split())
#: what is written about an order and is not told to the bank
_BESIDES = frozenset(("note",))


class FinancePaymentGuarded(models.AbstractModel):
    """Refuses what only the steps of an order write; makes a note of who changed the content."""

    _name = "finance.payment.guarded"
    _description = "Guarded Payment Data"

    #: fields that people never write, and of these the ones that they give when they make one
    _payment_protected = frozenset()
    _payment_once = frozenset()

    def _payment_order(self):
        """:return: the orders that these records are content of"""
        raise NotImplementedError

    @api.model
    @ormcache()
    def _protected(self):
        """:return: names of what people never write, those of every file that extends the model together"""
        return frozenset().union(*(vars(cls).get("_payment_protected", ()) for cls in type(self).mro()))

    @api.model
    def _refuse_protected(self, names):
        wrong = sorted(names & self._protected())
        if wrong and not self.env.su:
            labels = ", ".join(self._fields[name]._description_string(self.env) for name in wrong)
            raise AccessError(self.env._("This is written by the steps of a payment order alone: %s", labels))

    def _without_defaults(self):
        """The same without defaults in the context for what people never write."""
        protected = self._protected()
        kept = {
            key: value
            for key, value in self.env.context.items()
            if not (key.startswith("default_") and key.removeprefix("default_") in protected)
        }
        return self if len(kept) == len(self.env.context) else self.with_env(self.env(context=kept))

    @api.model_create_multi
    def create(self, vals_list):
        guarded = self if self.env.su else self._without_defaults()
        for vals in vals_list:
            guarded._refuse_protected(vals.keys() - self._payment_once)
        records = super(FinancePaymentGuarded, guarded).create(vals_list)
        records._payment_order()._content_changed()
        return records.with_env(self.env)

    def write(self, vals):
        self._refuse_protected(vals.keys())
        if "state" in vals and "since" in self._fields:
            vals = {**vals, "since": self.env.cr.now().replace(microsecond=0)}
        is_content = bool(vals.keys() & self._content_fields())
        if is_content:
            self._payment_order()._content_changes()
        result = super().write(vals)
        if is_content:
            self._payment_order()._content_changed()
        return result

    def unlink(self):
        orders = self._payment_order()
        orders._content_changes()
        result = super().unlink()
        orders.exists()._content_changed()
        return result

    @api.model
    @ormcache()
    def _content_fields(self):
        """:return: names of the fields that tell the bank something, or decide where and when it goes"""
        protected = self._protected()
        return frozenset(
            name
            for name, field in self._fields.items()
            if (field.store or field.type == "one2many")
            and not field.compute
            and name not in models.MAGIC_COLUMNS
            and name not in protected
            and name not in _BESIDES
            and not name.startswith(("message_", "activity_", "website_message_", "rating_", "my_activity_"))
        )


class FinancePaymentOrder(models.Model):
    _name = "finance.payment.order"
    _inherit = ["finance.payment.order", "finance.payment.guarded"]

    _payment_protected = _ORDER
    _payment_once = _ORDER_ONCE

    def _payment_order(self):
        return self

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        for order in orders.sudo():  # sudo: people do not write the number
            order.name = self.env["ir.sequence"].with_company(order.company_id).next_by_code("finance.payment.order")
        return orders

    def copy_data(self, default=None):
        """A copy is a draft of whoever makes it; what a step wrote stays with the original (attack 3)."""
        if not self.env.su:
            default = {name: value for name, value in (default or {}).items() if name not in self._protected()}
        return super().copy_data(default)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_alone(self):
        for order in self:
            # sudo: that there are decisions, not which
            if order.state not in (*OPEN, "cancelled") or order.sudo().approval_ids:
                raise UserError(
                    self.env._("%s was proposed once: it is kept as evidence. Cancel it instead.", order.display_name)
                )

    def _content_changes(self):
        """Before content is changed: what is approved is void, what is released stays as it is."""
        if self.env.su:
            return
        for order in self.exists():
            if order.state in BOUND:
                order._void(self.env._("%s changed it.", self.env.user.name))
            elif order.state not in OPEN:
                raise UserError(
                    self.env._("%s has been released: what it says cannot be changed any more.", order.display_name)
                )

    def _content_changed(self):
        """Whoever has had a hand in it neither approves nor releases it."""
        user = self.env.user
        if user._is_superuser():
            return
        # sudo: people do not write who they are
        others = self.sudo().filtered(lambda order: user not in order.editor_ids)
        if others:
            others.write({"editor_ids": [(4, user.id)]})


class FinancePaymentLine(models.Model):
    _name = "finance.payment.line"
    _inherit = ["finance.payment.line", "finance.payment.guarded"]

    _payment_protected = _LINE

    def _payment_order(self):
        return self.order_id

    @api.model_create_multi
    def create(self, vals_list):
        self._orders_of(vals_list)._content_changes()
        return super().create(vals_list)

    def write(self, vals):
        if "order_id" in vals and not self.env.su:
            raise UserError(self.env._("A payment stays in its order. Make a new one in the other order."))
        return super().write(vals)

    def _orders_of(self, vals_list):
        orders = self.env["finance.payment.order"]
        default = self.env.context.get("default_order_id")
        ids = {vals.get("order_id") or default for vals in vals_list}
        return orders.browse(sorted(id_ for id_ in ids if isinstance(id_, int) and id_))


class FinancePaymentItem(models.Model):
    _name = "finance.payment.item"
    _inherit = ["finance.payment.item", "finance.payment.guarded"]

    _payment_protected = _ITEM

    def _payment_order(self):
        return self.line_id.order_id

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_line_id")
        ids = {vals.get("line_id") or default for vals in vals_list}
        lines = self.env["finance.payment.line"].browse(sorted(id_ for id_ in ids if isinstance(id_, int) and id_))
        lines.order_id._content_changes()
        return super().create(vals_list)

    def write(self, vals):
        if "line_id" in vals and not self.env.su:
            raise UserError(self.env._("A part of a payment stays where it is. Make a new one in the other payment."))
        return super().write(vals)
