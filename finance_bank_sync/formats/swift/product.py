"""Field 86 with codes of two letters, as an American bank writes it everywhere: ``/PT/FT/PY/text/BO/payer/BN/payee``.

They are words of other texts, too, and looked for only where the field begins with the type of the product (PT).
"""

from __future__ import annotations

import re

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import Party
from ..text_values import compact, is_iban
from .values import Info

_new_party = draft(Party)

#: what the field begins with
BEGIN = "/PT/"
_CODE = re.compile(r"/(PT|PY|EI|BE|BN|BI|BO|OB|AB)[1-5]?/")
#: payment details, or what the bank says instead
_TEXTS = ("PY", "EI")
_PAYER, _PAYEE = ("BO",), ("BE", "BN")
_ACCOUNT = re.compile(r"(?:A\.?/?C\.?)?([A-Z]{0,2}[0-9][A-Z0-9-]{5,33})", re.ASCII)


def read_product(text: str, *, negative: bool) -> Info:
    """Read the joined lines of a field 86 that begins with :data:`BEGIN`.

    :param negative: money went out, so that the payee is the other party
    """
    pieces = _CODE.split(text)
    found: dict[str, list[str]] = {}
    for code, value in zip(pieces[1::2], pieces[2::2], strict=True):
        if value := " ".join(value.replace("\x00", " ").split()):
            found.setdefault(code, []).append(value)
    other = [line for code in (_PAYEE if negative else _PAYER) for line in found.pop(code, [])]
    told = next((" ".join(found.pop(code)) for code in _TEXTS if code in found), None)
    del found["PT"]
    more = [f"{code} {' '.join(lines)}" for code, lines in found.items()]
    return Info(remittance=told, party=_party(other), text="; ".join(more) or None)


def _party(lines: list[str]) -> Party | None:
    """Read account, name and address, each in a line of its own."""
    account = ""
    rest: list[str] = []
    for line in lines:
        match = _ACCOUNT.fullmatch(compact(line)) if not account else None
        if match is not None:
            account = match[1]
        else:
            rest.append(line)
    if not account and not rest:
        return None
    iban = account if is_iban(account) else None
    return _new_party(
        name=rest[0] if rest else None,
        iban=iban,
        account_number=None if iban else account or None,
        address=tuple(rest[1:]),
    )
