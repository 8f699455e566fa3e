"""One API call, from its first attempt to its end."""
