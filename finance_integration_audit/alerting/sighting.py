"""What a condition has seen."""

from __future__ import annotations

from dataclasses import dataclass

TECHNICAL, DATA, BUSINESS = "technical", "data", "business"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One thing that is wrong now.

    :param key: tells it apart from what else the same rule sees; the same key again is the same alert
    :param text: what a person reads, in one sentence
    :param klass: ``technical``, ``data`` or ``business``, where the rule does not say it for all
    :param model, res_id: what it is about
    :param company_id, connection_id: whose it is; 0 where it concerns no company or connection alone
    :param value: what the threshold was compared with
    """

    key: str
    text: str
    klass: str = ""
    model: str = ""
    res_id: int = 0
    company_id: int = 0
    connection_id: int = 0
    correlation_id: str = ""
    value: float = 0.0
