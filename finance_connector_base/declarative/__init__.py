"""Systems described by data: no code for one more REST API. Pure; docs/declarative-connectors.md."""

from .calls import Call, Caller, Heard, Refused
from .description import Description, read
from .errors import ContentError, DescriptionError, ExpressionError
from .feed import Made, Part, Row, look, one
from .send import Difference, Sent, send

__all__ = [
    "Call",
    "Caller",
    "ContentError",
    "Description",
    "DescriptionError",
    "Difference",
    "ExpressionError",
    "Heard",
    "Made",
    "Part",
    "Refused",
    "Row",
    "Sent",
    "look",
    "one",
    "read",
    "send",
]
