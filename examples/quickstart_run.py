"""agent.run: start a run and wait for its result.

    python examples/quickstart_run.py [URL]

The key comes from the environment variable TINYFISH_API_KEY.
"""

import sys

from tinyfish import BrowserProfile, ProxyConfig, ProxyCountryCode, RunStatus, TinyFish

URL = sys.argv[1] if len(sys.argv) > 1 else "https://news.ycombinator.com"

client = TinyFish()

response = client.agent.run(
    goal="Extract the top 5 headlines",  # required — what to do on the page
    url=URL,  # required — URL to open
    browser_profile=BrowserProfile.STEALTH,  # optional — "lite" (default) or "stealth"
    proxy_config=ProxyConfig(  # optional — proxy settings
        enabled=True,
        country_code=ProxyCountryCode.US,  # optional — US, GB, CA, DE, FR, JP, AU
    ),
)

if response.status == RunStatus.COMPLETED:
    print(response.result)
else:
    print(f"Failed: {response.error.message}")
