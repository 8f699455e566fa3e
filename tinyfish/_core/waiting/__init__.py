"""When to poll a run again, and when a wait is over."""
