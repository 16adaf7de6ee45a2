"""Pure decisions of the control plane: errors, outcomes, retry policy, message states.

Nothing here imports Odoo; the ORM side (``models/``) asks these objects what to do and
writes the answer down.
"""
