"""One layer: bronze -> silver."""

import sys

from customer_chunks.flow.job import job_args, run_job


def main() -> int:
    """Run with spark-submit's arguments and return the exit code."""
    return run_job(job_args(), until="silver")


if __name__ == "__main__":
    sys.exit(main())
