"""Bank transaction codes, ``BkTxCd`` (specs/camt.md section 6)."""

from __future__ import annotations

from odoo.addons.finance_connector_base.safe.xml_repeats import content_of

from ..model import TransactionCode
from .values import Element, descend, text_at

#: codes remembered, and the longest text of one that is (a full one has about 400 characters)
_REMEMBERED = 1024
_LONGEST = 600

_remembered: dict[tuple[str, ...], TransactionCode | None] = {}


def read_transaction_code(element: Element) -> TransactionCode | None:
    """Read the domain structure and the bank's own code; either may be missing.

    A bank uses few codes and writes each the same way every time, so the text of the element
    finds a code that was read before. That is twice as fast as reading it again, and a
    statement has one or two codes an entry.
    """
    written = content_of(element)
    try:
        return _remembered[written]
    except KeyError:
        code = _read(element)
    if sum(map(len, written)) <= _LONGEST:
        if len(_remembered) >= _REMEMBERED:
            _remembered.clear()
        _remembered[written] = code
    return code


def _read(element: Element) -> TransactionCode | None:
    domain = descend(element, "Domn")
    family = descend(domain, "Fmly")
    proprietary = descend(element, "Prtry")
    code = TransactionCode(
        domain=text_at(domain, "Cd"),
        family=text_at(family, "Cd"),
        subfamily=text_at(family, "SubFmlyCd"),
        proprietary=text_at(proprietary, "Cd"),
        issuer=text_at(proprietary, "Issr"),
    )
    return code if code.domain or code.family or code.subfamily or code.proprietary else None
