"""Telling the regulation software (LRM) of a SAMU, through the Hub Santé. It receives plain values only."""
