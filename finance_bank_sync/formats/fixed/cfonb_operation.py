"""An operation of CFONB 120: its record 04, and what records 05 say of it, each under a qualifier."""

from __future__ import annotations

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import NO_REFERENCES, Charge, Detail, Exchange, Money, Party, References, Return
from ..text_values import Invalid, compact, is_iban, reference
from .cfonb_records import BIC, ISO_PURPOSE, ISO_REASON, amount_of, is_return, unsigned
from .record import Record

#: records 05 of one operation
_MOST_NOTES = 200
#: what belongs to the payer, and what to the payee: name, account, bank, identifier, ultimate party
_PAYER = ("NPY", "CPY", "BPY", "IPY", "NPO")
_PAYEE = ("NBE", "CBE", "BDB", "IBE", "NBU")
_KNOWN = frozenset({*_PAYER, *_PAYEE, "LIB", "LCC", "LC2", "LCS", "RCN", "REF", "RUM", "MMO", "FEE", "RET"})
_CHEQUE = "01"
_new_detail = draft(Detail)


class Operation:
    """Record 04 and its records 05."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.amount = amount_of(record)
        self.interbank = record.raw(33, 34)
        self.own = record.raw(8, 11)
        self._notes: dict[str, list[str]] = {}
        self._count = 0

    def take(self, record: Record) -> None:
        """Take a record 05."""
        self._count += 1
        if self._count > _MOST_NOTES:
            raise Invalid("entry_too_large", f"An operation has more than {_MOST_NOTES} records 05", line=record.line)
        self._notes.setdefault(record.raw(46, 48), []).append(record.raw(49, 118))

    def detail(self, money: Money) -> Detail:
        """Return the operation as a transaction."""
        original = self._original(money.currency) if "MMO" in self._notes else None
        label = " ".join(self.record.raw(49, 79).split())
        free = self._text("LIB")
        # one text of 140 characters, which may be parted inside of a word
        said = " ".join((self._raw("LCC") + self._raw("LC2")).split())
        structured = compact(self._text("LCS"))
        is_structured = structured.startswith("RF") and is_creditor_reference(structured)
        told = [said, "" if is_structured else self._text("LCS")]
        zone = self.record.word(105, 120)
        # the label of the bank is all there is, where no record says what the payment is for
        beside = [] if any(told) else [label, free, "" if zone in label or not zone.strip("0") else zone]
        words = [one for one in (*told, *beside) if one]
        others = [text for kind in self._notes if kind not in _KNOWN if (text := self._text(kind))]
        purpose = nature = self._raw("RCN")[35:].strip() or None
        if nature and not ISO_PURPOSE.fullmatch(nature):  # the bank's words for what it is paid for
            others.append(" ".join(nature.split()))
            purpose = None
        more = [*([label, free] if any(told) else []), *others]
        return _new_detail(
            money=money,
            original=original,
            exchange=self._exchange(original, money.currency) if original else None,
            references=self._references(zone),
            counterparty=self._party(),
            structured_references=(structured,) if is_structured else (),
            remittance=" ".join(words) or None,
            additional_information=" ".join(one for one in more if one) or None,
            purpose=purpose,
            charges=self._charges() if "FEE" in self._notes else (),
            return_reason=self._return(),
        )

    def _raw(self, kind: str) -> str:
        """Return the first record of a kind as it stands."""
        notes = self._notes.get(kind)
        return notes[0] if notes else ""

    def _text(self, kind: str) -> str:
        notes = self._notes.get(kind)
        if not notes:
            return ""
        return " ".join((notes[0] if len(notes) == 1 else " ".join(notes)).split())

    def _references(self, zone: str) -> References:
        number = self.record.word(82, 88)
        told = (("REF", self._text("REF")), ("NUMERO", number), ("ZONE", zone))
        proprietary = tuple((name, text) for name, text in told if text.strip("0"))
        end_to_end = reference(self._raw("RCN")[:35])
        mandate = reference(self._raw("RUM")[:35])
        if not (proprietary or end_to_end or mandate):
            return NO_REFERENCES
        cheque = number.lstrip("0") if self.interbank == _CHEQUE else ""
        return References(
            end_to_end_id=end_to_end, mandate_id=mandate, cheque_number=cheque or None, proprietary=proprietary
        )

    def _party(self) -> Party | None:
        """Return the other side: who paid for a credit, who was paid for a debit; where one side is told, that one."""
        sides = (_PAYER, _PAYEE) if self.amount > 0 else (_PAYEE, _PAYER)
        side = next((kinds for kinds in sides if self._notes.keys() & set(kinds)), None)
        if side is None:
            return None
        name, account, bank, identifier, ultimate = (self._text(kind) for kind in side)
        number = compact(account[:34])
        bic = compact(bank)
        is_bic = bool(BIC.fullmatch(bic))
        party = Party(
            name=name or None,
            ultimate_name=ultimate or None,
            iban=number if is_iban(number) else None,
            account_number=None if is_iban(number) else number or None,
            bic=bic if is_bic else None,
            bank_name=None if is_bic else bank or None,
            identifier=self._raw(side[3])[:35].strip() or None,
        )
        return None if party == Party() else party

    # -- another currency: three letters, decimals, fourteen digits; then decimals of the rate, eleven digits ---

    def _money(self, kind: str) -> Money | None:
        text = self._raw(kind)
        amount = unsigned(text[4:18], text[3:4])
        if amount is None or not (text[:3].isascii() and text[:3].isalpha() and text[:3].isupper()):
            return None
        return Money(amount=amount, currency=text[:3])

    def _original(self, currency: str) -> Money | None:
        money = self._money("MMO")
        if money is None or money.currency == currency or not money.amount:
            return None
        return Money(amount=-money.amount, currency=money.currency) if self.amount < 0 else money

    def _exchange(self, original: Money, currency: str) -> Exchange:
        text = self._raw("MMO")
        rate = unsigned(text[19:30], text[18:19])
        return Exchange(source_currency=original.currency, target_currency=currency, rate=rate or None)

    def _charges(self) -> tuple[Charge, ...]:
        fee = self._money("FEE")
        if fee is None or not fee.amount:
            return ()
        return (Charge(money=Money(amount=-fee.amount, currency=fee.currency)),)

    def _return(self) -> Return | None:
        """Return why it came back: the code of ISO 20022 of a record RET, else that of record 04."""
        code = self.record.word(41, 42)
        told = self._raw("RET")
        iso = told[:4].strip()
        is_iso = bool(ISO_REASON.fullmatch(iso))
        text = " ".join((told[4:] if is_iso else told).split())
        if not (code.strip("0") or told.strip()) and not is_return(self.interbank):
            return None
        return Return(code=iso if is_iso else code if code.strip("0") else self.interbank, text=text or None)


def is_creditor_reference(text: str) -> bool:
    """Tell a reference of ISO 11649 by its check digits, which are those of an IBAN."""
    if not (5 <= len(text) <= 25 and text.isascii() and text.isalnum() and text[2:4].isdigit()):
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1
