"""What regulators see of somebody, live, by whoever acts for them."""
