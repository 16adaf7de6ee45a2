"""Stand-ins for the systems around Odoo. They speak the real protocols and misbehave on command.

Nothing in here imports ``odoo`` or any ``finance_*`` module: the stand-ins read the specifications
a second time, so that a misreading in the product shows up as a difference.
"""
