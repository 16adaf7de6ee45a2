"""A stand-in for Plaid's transactions: a log of changes behind an opaque cursor, which can mutate between pages."""
