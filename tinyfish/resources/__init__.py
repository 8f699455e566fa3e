"""What a client offers, by the product it belongs to: a sync and an async class side by side."""
