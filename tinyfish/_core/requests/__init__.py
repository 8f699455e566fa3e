"""What a method is given, checked, and the request that is made of it."""
