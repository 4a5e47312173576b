"""Territorial organisations of a SAS, their members, and their validation by it."""
