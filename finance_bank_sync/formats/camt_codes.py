"""Bank transaction codes, ``BkTxCd`` (specs/camt.md section 6)."""

from __future__ import annotations

from functools import lru_cache

from .camt_values import LOCAL, Element, text_of
from .model import TransactionCode

#: longer than any code of the schema (Max35Text); longer ones are not worth remembering
_LONGEST = 35


def read_transaction_code(element: Element | None) -> TransactionCode | None:
    """Read the domain structure and the bank's own code; either may be missing."""
    if element is None:
        return None
    domain = family = subfamily = proprietary = issuer = None
    for child in element:
        name = LOCAL[child.tag]
        if name == "Domn":
            for part in child:
                part_name = LOCAL[part.tag]
                if part_name == "Cd":
                    domain = text_of(part)
                elif part_name == "Fmly":
                    for leaf in part:
                        leaf_name = LOCAL[leaf.tag]
                        if leaf_name == "Cd":
                            family = text_of(leaf)
                        elif leaf_name == "SubFmlyCd":
                            subfamily = text_of(leaf)
        elif name == "Prtry":
            for part in child:
                part_name = LOCAL[part.tag]
                if part_name == "Cd":
                    proprietary = text_of(part)
                elif part_name == "Issr":
                    issuer = text_of(part)
    codes = (domain, family, subfamily, proprietary, issuer)
    if not any(codes[:4]):
        return None
    if max(len(code) for code in codes if code) > _LONGEST:
        return _new_code.__wrapped__(*codes)
    return _new_code(*codes)


@lru_cache(maxsize=1024)
def _new_code(
    domain: str | None, family: str | None, subfamily: str | None, proprietary: str | None, issuer: str | None
) -> TransactionCode:
    """A bank uses few codes: the entries share them."""
    return TransactionCode(domain=domain, family=family, subfamily=subfamily, proprietary=proprietary, issuer=issuer)
