"""Scripted runs and faults: what a sandbox does instead of the real thing."""
