"""`python -m tinyfish.demo [--keep]`."""

import argparse
import sys


def main() -> int:
    """Show the demo."""
    parser = argparse.ArgumentParser(
        prog="python -m tinyfish.demo", description="Show what this package does."
    )
    parser.add_argument("--keep", action="store_true", help="keep the sandbox open at the end, until Ctrl-C")
    given = parser.parse_args()
    try:
        from tinyfish.demo.stage import show
    except ImportError as error:
        print(f"The demo needs the sandbox: pip install 'tinyfish[sandbox]' ({error})", file=sys.stderr)
        return 2
    return show(keep=given.keep)


if __name__ == "__main__":
    sys.exit(main())
