"""What lists of orientations share: filters of an address, pages by key, a line in words, what is to be followed."""
