"""What the client costs over plain httpx, measured: `python -m benchmarks --help`."""
