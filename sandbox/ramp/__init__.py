"""A stand-in for Ramp, Developer API v1: card transactions, reimbursements, syncs, coding lists, webhooks."""
