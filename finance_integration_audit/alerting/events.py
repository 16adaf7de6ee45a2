"""What subscribers are told of alerts: by signed webhook or broker, as of everything else that happens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from odoo.addons.finance_connector_base.api.contract import Name
from odoo.addons.finance_connector_base.events import Data, EventType


class AlertMoved(Data):
    """An alert that was raised or is resolved."""

    id: Name
    code: Annotated[str, Field(description="Kind; the runbook has this name.")]
    kind: Literal["technical", "data", "business"]
    urgent: bool
    text: str
    since: datetime


RAISED = EventType(
    name="finance.alert.raised",
    summary="Something is wrong that a person should know of",
    owner="operations",
    subject="alert",
    data=AlertMoved,
)
GONE = EventType(
    name="finance.alert.resolved",
    summary="What an alert was about is not the case any more",
    owner="operations",
    subject="alert",
    data=AlertMoved,
)
TYPES = (RAISED, GONE)
