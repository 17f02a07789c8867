"""``python -m customer_chunks.cli``, where the script ``chunks`` is not on the path."""

from customer_chunks.cli.app import main

main()
