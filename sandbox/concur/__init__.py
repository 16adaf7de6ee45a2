"""A stand-in for SAP Concur: Financial Integration Service v4 with its queue, tokens, images, events, list items."""
