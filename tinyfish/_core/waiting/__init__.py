"""When to look at a run again, and when a wait is over."""
