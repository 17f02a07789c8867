"""One table and what it needs: the sources' files -> ... -> gold.rfm_scores."""

import sys

from customer_chunks.flow.job import job_args, run_job


def main() -> int:
    """Run with spark-submit's arguments and return the exit code."""
    return run_job(job_args(), until="gold.rfm_scores")


if __name__ == "__main__":
    sys.exit(main())
