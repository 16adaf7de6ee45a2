"""What is to be written on the ledger, before anything is written."""
