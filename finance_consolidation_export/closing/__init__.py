"""The close of a period without Odoo: working days, the order of tasks, their stages, and readiness."""
