-- a copy of the database must not reach the outside world: connections pause until a person says so on each
UPDATE finance_connection
   SET state = 'paused', hold_until = NULL
 WHERE state IN ('active', 'draining');
UPDATE finance_connection
   SET check_ok = FALSE, check_result = NULL, checked_at = NULL, auth_needed = FALSE, auth_reason = NULL;
-- what the original has learned of others is not true of this copy
DELETE FROM finance_circuit;
UPDATE finance_limit SET next_at = NULL, ramp_at = NULL;
-- nothing is fetched on a schedule
UPDATE finance_flow
   SET paused = TRUE, next_fetch_at = NULL
 WHERE fetch_interval > 0;
-- and it must not carry usable secrets
DELETE FROM finance_secret;
DELETE FROM finance_subscription_secret;
DELETE FROM finance_credential WHERE has_key;
DELETE FROM finance_oauth2_token;
DELETE FROM finance_oauth2_request;
-- not even the names of the keys: whether something is sealed here begins anew
DELETE FROM finance_key;
