"""Contracts of what the house writes about itself: quarantine, deliveries, accounts."""

from __future__ import annotations

from customer_chunks.contracts.table import Col, Pii, Table

BRONZE_COLUMNS = (
    Col("_source", "string", "the mapping", required=True),
    Col("_delivery", "bigint", "number of the delivery within the table: a file version", required=True),
    Col(
        "_position",
        "bigint",
        "rises with the record's place in its file; unique within the delivery",
        required=True,
    ),
    Col("_ingested_at", "timestamp", "when the delivery was read", unit="UTC", required=True, volatile=True),
    Col(
        "_subject_key",
        "string",
        "hash of the person's id: finds a person's rows for erasure",
        pii=Pii.INDIRECT,
    ),
    Col("_rescued", "string", "the record as text, where it does not fit the header", pii=Pii.DIRECT),
)

QUARANTINE = Table(
    "silver",
    "quarantine",
    "one received row that broke a rule",
    ("source", "feed", "delivery", "position", "entity"),  # deliveries are numbered feed by feed
    (
        Col("source", "string", "the mapping", required=True),
        Col("feed", "string", "the feed of the mapping", required=True),
        Col("delivery", "bigint", "delivery of the bronze row", required=True),
        Col("position", "bigint", "position of the bronze row", required=True),
        Col("entity", "string", "what the row was meant to become", required=True),
        Col("reason_codes", "array<string>", "every rule that the row broke", required=True),
        Col("raw_row", "string", "JSON of the row as received", pii=Pii.DIRECT),
        Col("subject_key", "string", "hash of the person's id", pii=Pii.INDIRECT),
        Col("run_id", "string", "the run that quarantined it", required=True, volatile=True),
        Col("quarantined_at", "timestamp", "when", unit="UTC", required=True, volatile=True),
        Col("replayed_at", "timestamp", "when the row was accepted after all", unit="UTC", volatile=True),
    ),
    stats_on=("source", "delivery", "position"),
)

DELIVERIES = Table(
    "ops",
    "deliveries",
    "one version of one file that was read",
    ("bronze_table", "delivery"),
    (
        Col("bronze_table", "string", "where its rows went", required=True),
        Col("delivery", "bigint", "number within the bronze table", required=True),
        Col("path", "string", "the file, as found", required=True),
        Col("bytes", "bigint", "size", unit="bytes", required=True),
        Col("modified_at", "timestamp", "modification time", unit="UTC", required=True),
        Col("content_hash", "string", "SHA-256 of the content", required=True),
        Col("row_count", "bigint", "rows read from it", required=True),
        Col("replaces", "bigint", "the delivery that this one replaced"),
        Col("bronze_version", "bigint", "version of the bronze table that holds it", required=True),
        Col("starts_over", "boolean", "the table was read anew: no delivery before this one counts"),
    ),
    stats_on=("bronze_table", "delivery"),
)

METRICS = Table(
    "ops",
    "metrics",
    "one step of one run that did something",
    ("run_id", "step"),
    (
        Col("run_id", "string", "the run", required=True),
        Col("step", "string", "the step", required=True),
        Col("table_name", "string", "the step's main table", required=True),
        Col("state", "string", "done, failed, or skipped because its source failed before", required=True),
        Col("detail", "string", "what was done, or the error", required=True),
        Col("exit_code", "int", "of the error; 0 where there was none", required=True),
        Col("started_at", "timestamp", "when the step began", unit="UTC", volatile=True),
        Col("duration", "double", "how long it took", unit="seconds", required=True, volatile=True),
        Col("rows_read", "bigint", "rows that came in and were accounted for"),
        Col("rows_written", "bigint", "rows that the main table's commit wrote"),
        Col("rows_quarantined", "bigint", "rows that broke a rule"),
        Col("bytes_written", "bigint", "size of the files that the main table's commit wrote", unit="bytes"),
        Col("files_written", "bigint", "files that the main table's commit wrote"),
        Col("cpu_seconds", "double", "processor time of its Spark tasks", unit="seconds", volatile=True),
        Col("shuffle_bytes", "bigint", "written for other tasks to read", unit="bytes", volatile=True),
        Col("spilled_bytes", "bigint", "written to disk for want of memory", unit="bytes", volatile=True),
        Col("package_version", "string", "of Customer Chunks", required=True),
    ),
    stats_on=("run_id", "step"),
)

RUN_ACCOUNTS = Table(
    "ops",
    "run_accounts",
    "one entity of one feed in one step of one run",
    ("run_id", "step", "feed", "entity"),
    (
        Col("run_id", "string", "the run", required=True),
        Col("step", "string", "the step", required=True),
        Col("table_name", "string", "the step's main table", required=True),
        Col("source", "string", "the mapping", required=True),
        Col("feed", "string", "the feed of the mapping", required=True),
        Col("entity", "string", "what its rows became", required=True),
        Col("is_full", "boolean", "counts every row ever received, not only new ones", required=True),
        Col("is_replay", "boolean", "counts rows of the quarantine that were tried again"),
        Col("rows_read", "bigint", "rows that came in", required=True),
        Col("inserted", "bigint", "became new rows", required=True),
        Col("updated", "bigint", "changed rows", required=True),
        Col("unchanged", "bigint", "said what was known", required=True),
        Col("superseded", "bigint", "overtaken by a newer row of the same key", required=True),
        Col("deleted", "bigint", "withdrawn by the source", required=True),
        Col("quarantined", "bigint", "broke a rule", required=True),
        Col("duplicate", "bigint", "exact copies of a row received before", required=True),
        Col("excluded", "bigint", "left out by a named rule of the mapping", required=True),
        Col("excluded_by", "map<string,bigint>", "rows by excluding rule"),
        Col("quarantined_by", "map<string,bigint>", "rows by reason code; a row may have several"),
        Col("warnings", "map<string,bigint>", "accepted rows by warning code"),
        Col("moved_in", "bigint", "rows counted earlier that went to quarantine by what came now"),
        Col("moved_out", "bigint", "rows counted earlier that left the quarantine by what came now"),
        Col("committed_at", "timestamp", "when", unit="UTC", required=True, volatile=True),
    ),
    stats_on=("run_id", "step"),
)

TABLE_CHECKS = Table(
    "ops",
    "table_checks",
    "one table rule, judged on one version of one table",
    ("table_id", "table_name", "table_version", "rule"),
    (
        Col("table_id", "string", "the table; another one where it was made anew", required=True),
        Col("table_name", "string", "its full name", required=True),
        Col("table_version", "bigint", "the version that was judged", required=True),
        Col("rule", "string", "code of the rule, with the source in brackets where it is one", required=True),
        Col("aspect", "string", "completeness, uniqueness, referential share, volume...", required=True),
        Col("column_name", "string", "the column that it is about; empty for the table", required=True),
        Col("description", "string", "what holds where the rule is kept", required=True),
        Col("level", "string", "error holds the version back from gold, warning does not", required=True),
        Col("observed", "double", "what was measured; null where there was nothing to measure"),
        Col("low", "double", "least that is expected; null without a bound"),
        Col("high", "double", "most that is expected; null without a bound"),
        Col("measured_rows", "bigint", "rows that it was measured on", required=True),
        Col("is_passed", "boolean", "observed lies within the bounds", required=True),
        Col("accepted_reason", "string", "why a broken rule was let pass (`chunks run --accept`)"),
        Col("accepted_run_id", "string", "the run that let it pass"),
        Col("run_id", "string", "the run that judged it", required=True),
        Col("checked_at", "timestamp", "when", unit="UTC", required=True, volatile=True),
    ),
    stats_on=("table_name", "table_version", "rule"),
)
