"""Recording the answers of the real API as rules of a sandbox."""
