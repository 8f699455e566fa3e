"""Runs and faults to order: what a sandbox is told to do instead of the real thing."""
