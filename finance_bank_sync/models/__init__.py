from . import (
    account_bank_statement_line,
    account_journal,
    finance_bank_entry,
    finance_bank_handler_file,
    finance_bank_handler_statement,
    finance_bank_ledger,
    finance_bank_matcher,
    finance_bank_stager,
    finance_bank_statement,
    finance_bank_statement_format,
    finance_bank_suggestion,
    res_company,
)
