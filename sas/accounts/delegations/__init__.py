"""Somebody acts for an effector or a structure manager on agenda and settings, until a date (platform.md §2.6)."""
