"""A stand-in for Payhawk, API v3: expenses, payments by card, coding lists, webhooks signed by RSA."""
