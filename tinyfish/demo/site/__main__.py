"""Serves the example site: `python -m tinyfish.demo.site --port 8788`."""

import argparse

from tinyfish.demo.site import Site


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tinyfish.demo.site", description="Serve the example site."
    )
    parser.add_argument(
        "--port", type=int, default=8788, help="the port; 0 for any free port (default: %(default)s)"
    )
    with Site(parser.parse_args().port) as site:
        print(f"The example site is at {site.url} (press Ctrl-C to stop)", flush=True)
        site.wait()


if __name__ == "__main__":
    main()
