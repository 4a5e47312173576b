"""What somebody says of a place: phone for regulators, complementary information, opening hours."""
