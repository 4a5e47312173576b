"""Administration of accounts by account managers, on their own territories, and by national administrators."""
