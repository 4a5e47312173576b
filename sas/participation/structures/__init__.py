"""Structures that somebody manages, and those that an account manager has to identify."""
