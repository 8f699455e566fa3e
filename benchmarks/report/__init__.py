"""From the figures to docs/performance.md and its plots."""
