"""`python -m tinyfish.demo`, `tinyfish demo`: what this package does that others don't, without a key or a network.

acts.py       what is shown: each act is a small program, and what is set up for it
stage.py      how it's shown: the program's text, then its output
prices.py     the program of the last act, which is killed and started again
site/         the pages that the acts read
"""
