"""Writes benchmarks/README.md, docs/performance.md and the plots from the figures."""
