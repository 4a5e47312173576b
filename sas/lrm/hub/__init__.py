"""The operators' pages on the Hub Santé: what is sent, what is not, and what needs a hand."""
