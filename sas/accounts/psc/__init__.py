"""Pro Santé Connect: entering with a health professional's card (platform.md §2.1–2, docs/adr)."""
