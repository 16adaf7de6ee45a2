"""A receiver of the neutral trial balance over REST."""
