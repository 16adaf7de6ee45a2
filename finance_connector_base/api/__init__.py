"""The programming interface as values: what may be asked, what is answered, and how it is written down. Pure Python."""
