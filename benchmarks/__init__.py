"""Benchmarks of the client against plain httpx; see `python -m benchmarks --help`.

cases/          what is measured: cases (rows of the table), curves (cost over size), shares (where time goes)
sides/          the programs that are compared; side.py runs each in its own process
server.py       the loopback server of most cases; documents.py has its responses
h2_server.py    another server, with HTTP/2
running.py      starts and stops servers and sides
measuring.py    runs rounds of sides; results.py turns them into figures
environment.py  which packages each side sees, and the machine
report/         writes README.md, docs/performance.md and the plots from benchmarks/results/latest.json
"""
