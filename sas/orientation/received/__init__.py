"""What an effector, or a structure, received: honoured, not honoured, cancelled."""
