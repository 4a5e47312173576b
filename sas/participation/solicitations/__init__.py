"""Who was called « en sus », and what they said: shared, so that two regulators do not call the same doctor."""
