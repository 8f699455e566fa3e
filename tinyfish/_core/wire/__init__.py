"""One HTTP request on its way: connections, and what became of it."""
