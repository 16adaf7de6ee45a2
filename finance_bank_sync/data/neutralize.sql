-- a copy of the database must not fetch, and by that move away, the files the bank left for the original
UPDATE finance_flow SET fetch_interval = 0 WHERE handler LIKE 'finance.bank.%';
-- what a person has said yes to at a bank was said to the original
UPDATE finance_bank_consent
   SET state = 'revoked', state_hash = NULL, session_hash = NULL
 WHERE state IN ('waiting', 'valid');
-- how far the original has read is not how far this copy has
UPDATE finance_bank_online_account SET position = NULL;
