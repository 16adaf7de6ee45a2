"""Account information as GoCardless Bank Account Data tells it (specs/openbanking_aggregators.md, section 2).

The fields are those of NextGenPSD2, with an id of its own that is the safest one: the ids of the banks behind it repeat
or are missing.
"""

from __future__ import annotations

from .berlin_group import BerlinGroup


class GoCardless(BerlinGroup):
    """The dialect of GoCardless Bank Account Data."""

    code = "gocardless"
    name = "GoCardless Bank Account Data"
    identities = ("internalTransactionId", "transactionId", "entryReference")
    references = ("entryReference", "transactionId", "internalTransactionId")
