"""iCalendar files read into the SAS agenda, preview first."""
