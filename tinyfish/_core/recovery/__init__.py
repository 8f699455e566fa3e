"""What an unanswered start has started, and who owns it."""
