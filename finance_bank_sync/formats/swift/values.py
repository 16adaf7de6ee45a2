"""What the readers of field 86 find."""

from __future__ import annotations

from typing import NamedTuple

from ..model import Party, References, Return


class Info(NamedTuple):
    """What was found; None where nothing was."""

    remittance: str | None = None
    structured: tuple[str, ...] = ()
    references: References | None = None
    party: Party | None = None
    #: business transaction code of the German banks, or the bank's own name of the transaction
    code: str | None = None
    text: str | None = None
    purpose: str | None = None
    returned: Return | None = None
    #: other amounts, charges and rate, written as in field 61: ``/OCMT/USD6,00/EXCH/1,1``
    amounts: str = ""


NOTHING = Info()
