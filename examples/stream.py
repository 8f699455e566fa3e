"""agent.stream: start a run and stream its events.

    python examples/stream.py [URL]

The key comes from the environment variable TINYFISH_API_KEY.
"""

import sys

from tinyfish import CompleteEvent, TinyFish

URL = sys.argv[1] if len(sys.argv) > 1 else "https://news.ycombinator.com"

client = TinyFish()

with client.agent.stream(
    goal="Extract the top 5 headlines",  # required — what to do on the page
    url=URL,  # required — URL to open
    browser_profile=None,  # optional — "lite" (default) or "stealth"
    proxy_config=None,  # optional — proxy settings
    on_started=lambda e: print(f"Started: {e.run_id}"),  # optional — called when run starts
    on_streaming_url=lambda e: print(f"Watch: {e.streaming_url}"),  # optional — called with live browser URL
    on_progress=lambda e: print(f"  > {e.purpose}"),  # optional — called on each step
    on_heartbeat=lambda e: None,  # optional — called on keepalive pings
    on_complete=lambda e: print(f"Done: {e.status}"),  # optional — called when run finishes
) as stream:
    for event in stream:
        # Callbacks fire automatically during iteration.
        # You can also inspect events directly:
        if isinstance(event, CompleteEvent):
            print(event.result_json)
