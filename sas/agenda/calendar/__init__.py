"""The SAS agenda on screen: week, day, séries, « pris », unavailability."""
