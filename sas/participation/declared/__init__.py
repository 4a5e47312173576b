"""Structures that nobody found, as account managers answer them: a list, a sheet, two acts."""
