"""One event stream, including interruptions."""
