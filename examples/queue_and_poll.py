"""agent.queue: start a run, return immediately, and poll the run until it has ended.

    python examples/queue_and_poll.py [URL]

The key comes from the environment variable TINYFISH_API_KEY. The loop is written out to show what
happens. `client.runs.wait(queued)` does the same in one line, and has a time limit.
"""

import sys
import time

from tinyfish import TinyFish

URL = sys.argv[1] if len(sys.argv) > 1 else "https://news.ycombinator.com"

client = TinyFish()

queued = client.agent.queue(
    goal="Extract the top 5 headlines",  # required — what to do on the page
    url=URL,  # required — URL to open
    browser_profile=None,  # optional — "lite" (default) or "stealth"
    proxy_config=None,  # optional — proxy settings
)
print(f"Run started: {queued.run_id}")

# Poll for completion
while True:
    run = client.runs.get(queued.run_id)
    if run.is_finished:
        break
    time.sleep(5)

print(run.result)
