"""A regulator's own orientations: states, search, filters, undo."""
