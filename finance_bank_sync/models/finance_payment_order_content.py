"""What an order says to the bank, made of what stands in Odoo now."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

from odoo import fields, models

from ..formats.model import Money
from ..payments import addresses, canonical, profile, rules, transliterate
from ..payments.charset import charset
from ..payments.model import Account, Agent, Batch, Code, Group, Party, Payment, PaymentType, Structured
from ..payments.versions import DIALECTS

#: begins like an IBAN; whether it is a right one, the rules say
_LIKE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+")
_PLACE = re.compile(r"groups\[(\d+)\](?:\.payments\[(\d+)\])?\.?(.*)")
#: where a profile asks for it, the tax number of the payee is told
PAYEE_NUMBERS = "payment.counterparty.identifications"
#: forms of an address that say enough to be told where nobody asks for one
_TOLD = ("structured", "hybrid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """An order as the bank gets it.

    :param batch: with the defaults of the profile, in the letters of the bank
    :param changes: texts that are different in those letters
    :param lines: ids of the lines, by group and payment of the batch
    """

    batch: Batch
    changes: tuple
    lines: tuple

    def line_at(self, place):
        """:return: id of the line that a place of the rules is in (False: none), and the place inside of it"""
        match = _PLACE.match(place)
        if not match:
            return False, place
        group, payment, rest = match.groups()
        return (self.lines[int(group)][int(payment)] if payment is not None else False), rest


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _profile(self):
        self.ensure_one()
        return profile.profiles()[self.profile]

    def _version(self):
        """:return: name of the message, e.g. ``pain.001.001.09``"""
        return self.version or self._profile().versions[0]

    def _batch(self):
        """:return: the order as it will be told to the bank, out of the records as they are now"""
        return self._content().batch

    def _digest(self):
        """:return: what an approval of the order as it is now is bound to"""
        return canonical.batch_digest(self._batch())

    def _content(self):
        """Build the order with a number of queries that does not grow with its payments.

        :return: :class:`Content`
        """
        self.ensure_one()
        # sudo: what leaves is the whole, whatever of it the user may see; nothing of it is shown to them here
        order = self.sudo().with_company(self.company_id)
        groups = defaultdict(order.line_ids.browse)
        collected = defaultdict(list)
        for line in order.line_ids.sorted(lambda line: (line.sequence, line.id)):
            collected[order._group_key(line)].append(line.id)
        # the day first, and the others after it
        keys = sorted(collected, key=lambda key: tuple(map(str, key)))
        for key in keys:
            groups[key] = order.line_ids.browse(collected[key]).with_prefetch(order.line_ids.ids)
        message_id = order.message_id_for_bank or order.name or "DRAFT"
        made = [
            Group(
                id=f"{message_id}-{number}",
                payments=tuple(Payment(**line._payment_values()) for line in groups[key]),
                **order._group_values(key, groups[key]),
            )
            for number, key in enumerate(keys, 1)
        ]
        batch = Batch(
            message_id=message_id,
            created_at=fields.Datetime.context_timestamp(order, self.env.cr.now()).replace(tzinfo=None, microsecond=0),
            initiator=replace(order._own_party(), **order.journal_id._payment_initiator()),
            direction=order.direction,
            groups=tuple(made),
        )
        rule = order._profile()
        batch = profile.with_defaults(batch, rule)
        batch, changes = transliterate.prepare(batch, charset(rule.charset))
        return Content(batch=batch, changes=changes, lines=tuple(tuple(collected[key]) for key in keys))

    # -- what it is made of ------------------------------------------------------------------------

    def _group_key(self, line):
        """What payments of one group have in common, the day first; EXTENDS by direct debits (sequence)."""
        return (line.date or self.requested_date,)

    def _group_values(self, key, lines):
        """:return: values of the :class:`Group` of these lines, without id and payments; EXTENDS by direct debits"""
        bank = self.journal_id.bank_account_id
        return {
            "party": self._own_party(),
            "account": bank._payment_account(self.journal_id.currency_id or self.company_id.currency_id),
            "agent": bank._payment_agent(),
            "date": key[0],
            "type": self._payment_type(),
            "charges": self.charges or None,
            "batch_booking": {"one": True, "each": False}.get(self.batch_booking),
        }

    def _payment_type(self):
        kind = PaymentType(
            service_level=Code(value="URGP") if self.urgency == "urgent" else None,
            local_instrument=Code(value="INST") if self.urgency == "instant" else None,
            category_purpose=Code(value=self.category_purpose) if self.category_purpose else None,
        )
        return kind if kind != PaymentType() else None

    def _own_party(self):
        partner = self.company_id.partner_id
        identity = partner._payment_identity(self._version())
        return Party(name=partner.name or None, address=partner._payment_address(), **identity)

    # -- what is wrong with it ---------------------------------------------------------------------

    def _issues(self, content=None):
        """Everything that stands against the order or should be looked at, all at once.

        :param content: of :meth:`_content`, where it was built already
        :return: list of dict with ``code``, ``place``, ``message``, ``fix``, ``line_id`` (False: the order)
            and ``severity`` (``error`` or ``warning``), in the order of the payments
        """
        self.ensure_one()
        content = content or self._content()
        today = fields.Date.context_today(self)
        found = [
            *rules.check(content.batch, self._profile(), version=self._version(), today=today),
            *rules.check_losses(content.changes),
        ]
        issues = []
        for one in found:
            line_id, place = content.line_at(one.place)
            message, fix = self._in_words_of(one.code, one.message, one.fix)
            issues.append(
                {
                    "code": one.code,
                    "place": place,
                    "message": message,
                    "fix": fix,
                    "line_id": line_id,
                    "severity": "error" if one.is_error else "warning",
                }
            )
        return issues + self._propose_checks()

    def _propose_checks(self):
        """More that stands against proposing; EXTENDS by duplicates, mandates ...

        :return: list of dict as of :meth:`_issues`
        """
        return []


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    def _payment_values(self):
        """:return: values of the :class:`Payment`; EXTENDS by direct debits (mandate)"""
        order = self.order_id
        with_uetr = self.uetr and not DIALECTS[order._version()].is_first
        return {
            # one is given when it is proposed; before, nothing is sent
            "end_to_end_id": self.end_to_end_id or f"{order.name or 'DRAFT'}-{self.id}",
            "uetr": self.uetr if with_uetr else None,
            "amount": Money(amount=self._decimal(self.amount), currency=self.currency_id.name),
            "counterparty": self._payee(),
            "account": self.partner_bank_id._payment_account() if self.partner_bank_id else None,
            "agent": self.partner_bank_id._payment_agent() if self.partner_bank_id else None,
            "purpose": Code(value=self.purpose) if self.purpose else None,
            "remittance": (self.remittance,) if self.remittance else (),
            "structured": self._payment_reference(),
        }

    def _decimal(self, amount):
        """:return: the exact amount with as many places as the currency has"""
        return Decimal(f"{amount:.{self.currency_id.decimal_places}f}")

    def _payee(self):
        partner = self.partner_id
        name = self.partner_bank_id.acc_holder_name or partner.name or partner.commercial_partner_id.name
        order = self.order_id
        is_asked = PAYEE_NUMBERS in order._profile().required
        identity = partner._payment_identity(order._version(), with_tax_number=is_asked)
        return Party(name=name or None, address=partner._payment_address(), **identity)

    def _payment_reference(self):
        if not self.reference:
            return ()
        kind, issuer = self.reference_type, None
        if kind == "BBA":
            kind, issuer = "SCOR", "BBA"
        code = Code(value=kind, is_proprietary=kind == "QRR") if kind else None
        return (Structured(reference_type=code, reference_issuer=issuer, reference=self.reference),)


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _payment_address(self):
        """:return: the address as banks take it from November 2026 on; None: not enough of it is known to be told

        A country alone, or a street without a town, is left out: where the profile needs an address, its rules say so.
        """
        country = self.country_id.code
        if not self.city or not country:
            return None
        guess = addresses.of_fields(
            street=self.street or None,
            more=self.street2 or None,
            postcode=self.zip or None,
            town=self.city,
            country=country,
        )
        return guess.address if guess.address.form in _TOLD else None


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    def _payment_account(self, currency=None):
        """:return: the number as a bank is told it, an IBAN where it looks like one"""
        number = self.sanitized_acc_number or ""
        code = currency.name if currency else None
        if _LIKE_IBAN.fullmatch(number):
            return Account(iban=number, currency=code)
        return Account(number=number or None, currency=code)

    def _payment_agent(self):
        """:return: the bank of the account; None: nothing is known of it"""
        bic = (self.bank_id.bic or "").replace(" ", "").upper()
        return Agent(bic=bic) if bic else None
