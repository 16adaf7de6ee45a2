-- a copy of the database destroys nothing by itself, and was never told to the risk system of the original
UPDATE finance_retention_policy SET automatic = FALSE;
DELETE FROM finance_risk_exposure;
-- checkpoints of a copy are not anchored beside those of the original
UPDATE finance_audit_anchor SET active = FALSE;
-- transactions of a copy are not told to the collectors of the original
UPDATE finance_telemetry_collector SET active = FALSE;
