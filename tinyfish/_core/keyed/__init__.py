"""Starts with a key: at most one run for it, across processes and crashes."""
