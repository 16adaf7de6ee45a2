"""A stand-in for GoCardless Bank Account Data: tokens, agreements, requisitions, accounts, four calls a day."""
