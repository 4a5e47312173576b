"""« Qui a vu mes créneaux »: counts per day, SAS and role, never a name."""
