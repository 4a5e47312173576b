"""Bulk import of accounts from a CSV file: read, shown line by line, then applied whole or not at all."""
