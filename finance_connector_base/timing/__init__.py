"""When something may leave: opening times with cut-offs, and the rhythm of a flow."""
