"""A stand-in for Ponto Connect: JSON:API, cursors that walk to older resources, synchronisations, signed requests."""
