"""The search that regulation software opens (INT_L01): from a call to a question, its remarks, and how many came."""
