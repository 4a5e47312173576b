"""The members of a structure and their three days, for whoever manages it."""
