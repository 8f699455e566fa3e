"""`python -m tinyfish`: the command `tinyfish`."""

from tinyfish.cli import main

if __name__ == "__main__":
    main()
