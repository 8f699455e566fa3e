"""What a start without an answer has started, and whose it is."""
