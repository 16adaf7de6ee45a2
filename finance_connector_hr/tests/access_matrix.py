"""Who may call what this module adds; see docs/testing-security.md."""

MODELS = {}
METHODS = {}
