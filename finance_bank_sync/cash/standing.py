"""Three plain states of what comes from a bank (K-33): current, pending, needs action."""

from __future__ import annotations

CURRENT, PENDING, ACTION = "current", "pending", "action"

#: state -> name shown to users
STANDINGS: dict[str, str] = {CURRENT: "Current", PENDING: "Pending", ACTION: "Needs action"}

#: state of a received statement -> plain state
STATEMENT_STATES: dict[str, str] = {
    "staged": PENDING,
    "provisional": PENDING,
    "held": ACTION,
    "posted": CURRENT,
    "duplicate": CURRENT,
    "joined": CURRENT,
    "discarded": CURRENT,
    "superseded": CURRENT,
}
