"""What the client costs over plain httpx, measured: `python -m benchmarks --help`.

cases/          what is measured: cases (rows of the table), curves (cost over size), shares (where time goes)
sides/          the programs that are compared, each run in a process of its own by side.py
server.py       the loopback server of nearly all of them; documents.py is what it answers
h2_server.py    another one, which has HTTP/2
running.py      runs servers and sides, and ends them
measuring.py    rounds of sides, made into figures by results.py
environment.py  what each side sees installed, and the machine
report/         from benchmarks/results/latest.json to docs/performance.md and its plots
"""
