"""A stand-in for Expensify: the Integration Server with its jobs, files, labels, workspaces, and templates."""
