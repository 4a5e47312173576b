"""What a regulator has before their eyes while they send a patient: who, where, when, the phone, one act."""
