-- a copy of the database must not fetch, and by that move away, the files the bank left for the original
UPDATE finance_flow SET fetch_interval = 0 WHERE handler LIKE 'finance.bank.%';
