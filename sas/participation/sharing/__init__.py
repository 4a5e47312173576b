"""Partial sharing: what of their editors’ slots somebody lets regulators see (platform.md §4)."""
