"""Row rules from the contracts, and the quarantine."""
