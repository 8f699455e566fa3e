"""One event stream, its breaks included."""
