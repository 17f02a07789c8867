"""The main job: the sources' files -> bronze -> silver -> gold, whatever is stale.

spark-submit --py-files dist/customer_chunks-0.1.0-py3-none-any.whl jobs/bronze_to_gold.py \
        --sources conf/sources --warehouse /data/warehouse
"""

import sys

from customer_chunks.flow.job import job_args, run_job


def main() -> int:
    """Run with spark-submit's arguments and return the exit code."""
    return run_job(job_args())


if __name__ == "__main__":
    sys.exit(main())
