"""One call of the API, from its first attempt to its end."""
