"""The orientations of a territory, for its referent."""
