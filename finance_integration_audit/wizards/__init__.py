from . import (
    finance_access_review_decide,
    finance_access_review_start,
    finance_access_review_take,
    finance_alert_answer,
    finance_destroyed_list_wizard,
    finance_evidence_wizard,
    finance_legal_hold_lift,
    finance_risk_override_wizard,
    finance_incident_wizard,
    finance_trace_hit,
    finance_trace_look,
)
