from . import (
    finance_access_review_decide,
    finance_access_review_start,
    finance_access_review_take,
    finance_evidence_wizard,
    finance_trace_hit,
    finance_trace_look,
)
from . import finance_alert_answer
