"""What a statement says, as the rows that are kept until it is proved and posted."""
