"""How much may be sent: limits that learn from the server's refusals, and turns in a queue."""
