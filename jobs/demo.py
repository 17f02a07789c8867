"""The demo: a company's year from files to gold tables, then what is in them (`make demo`)."""

import argparse
import sys
from pathlib import Path

from customer_chunks.cli.demo import demo


def main() -> int:
    """Run the demo and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="completejourney", help="completejourney or simulated")
    return demo(parser.parse_args().data, home=Path(__file__).resolve().parent.parent)


if __name__ == "__main__":
    sys.exit(main())
