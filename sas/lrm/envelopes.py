"""EDXL-DE envelopes of the Hub Santé, written and read (hub-and-lrm.md §1–4). Pure."""
