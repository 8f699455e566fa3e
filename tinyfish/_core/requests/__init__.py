"""Checks methods' arguments, and builds requests from them."""
