from . import (
    test_account,
    test_continuity,
    test_duplicates,
    test_ledger_bulk,
    test_lines,
    test_matching,
    test_period,
    test_proof,
    test_reconcile,
    test_security,
    test_unsafe,
    test_way,
)
