"""Where an invitation's link leads, before any sign-in."""
