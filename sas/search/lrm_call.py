"""The contextual call of regulation software (INT_L01, hub-and-lrm.md part II), read from an address. Pure."""
