-- a copy of the database must not reach the outside world: connections pause until a person says so
UPDATE finance_connection SET state = 'paused', hold_until = NULL WHERE state IN ('active', 'draining');
UPDATE finance_connection SET check_ok = FALSE;
-- and it must not carry usable secrets
DELETE FROM finance_secret;
