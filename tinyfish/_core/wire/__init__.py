"""One HTTP request: connections, sending, and the outcome."""
