"""One step of a run as OpenLineage has it: job, run, datasets and their facets.

Names follow the naming rules of OpenLineage: a folder is ``file`` and its path, an address its scheme
and host and the path behind them, a catalog's table ``catalog.schema.table``. A table also carries
its name in the house (``silver.orders``) as a symlink. No event holds a value of the data.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    RunFacet,
    data_quality_assertions_dataset,
    dataset_version_dataset,
    error_message_run,
    job_type_job,
    output_statistics_output_dataset,
    parent_run,
    processing_engine_run,
    schema_dataset,
    symlinks_dataset,
)

import customer_chunks
from customer_chunks.contracts import TABLES
from customer_chunks.flow.bookmarks import read_bookmark
from customer_chunks.flow.lineage import Node
from customer_chunks.flow.outcome import Outcome
from customer_chunks.quality.table_rules import Verdict, expected, shown
from customer_chunks.storage.warehouse import Warehouse

NAME = "customer-chunks"
PRODUCER = f"https://pypi.org/project/{NAME}/{customer_chunks.__version__}"
_S3 = {"s3a": "s3", "s3n": "s3"}
_GLOB = set("*?[")


class Emitter:
    """Makes the events of one run and hands them to the client, which knows where they go."""

    def __init__(self, warehouse: Warehouse, run_id: str) -> None:
        self._warehouse = warehouse
        self._run_id = run_id
        self._namespace = os.environ.get("OPENLINEAGE_NAMESPACE") or NAME
        self._client = OpenLineageClient()

    def start(self, name: str, node: Node, at: datetime) -> RunEvent:
        """Return the event of a step that begins, with what it will read and write."""
        inputs = [*map(_files, node.files), *[self._input(t) for t in node.inputs]]
        return self._event(RunState.START, name, at, inputs, [self._output(t) for t in node.outputs])

    def end(self, outcome: Outcome, node: Node, at: datetime) -> RunEvent:
        """Return the event of a step that is done, with versions and counts; or that failed, and why."""
        state = RunState.FAIL if outcome.error is not None else RunState.COMPLETE
        read = self._versions_read(node) if state is RunState.COMPLETE else {}
        inputs = [*map(_files, node.files), *[self._input(t, read.get(t)) for t in node.inputs]]
        if outcome.verdicts:
            inputs = [self._input(outcome.table, None, outcome.verdicts)]
        outputs = [self._output(t) for t in node.outputs]
        if state is RunState.COMPLETE:
            outputs = [self._written(t, is_main=t == node.outputs[-1]) for t in node.outputs]
        return self._event(state, outcome.step, at, inputs, outputs, str(outcome.error or ""))

    def send(self, event: RunEvent) -> None:
        """Hand the event to the client's transport, which may fail in ways of its own."""
        self._client.emit(event)

    def _event(
        self,
        state: RunState,
        name: str,
        at: datetime,
        inputs: list[InputDataset],
        outputs: list[OutputDataset],
        error: str = "",
    ) -> RunEvent:
        facets: dict[str, RunFacet] = {
            "parent": self._parent(),
            "processing_engine": processing_engine_run.ProcessingEngineRunFacet(
                self._warehouse.spark.version, "spark", customer_chunks.__version__
            ),
        }
        if error:
            facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(error, "python")
        run = Run(str(uuid5(NAMESPACE_URL, f"{PRODUCER}#{self._run_id}/{name}")), facets)
        kind = job_type_job.JobTypeJobFacet("BATCH", "CUSTOMER_CHUNKS", "JOB")
        job = Job(self._namespace, name, {"jobType": kind})
        return RunEvent(
            eventTime=at.isoformat(),
            producer=PRODUCER,
            run=run,
            job=job,
            eventType=state,
            inputs=inputs,
            outputs=outputs,
        )

    def _parent(self) -> parent_run.ParentRunFacet:
        """Return the run that steps are part of: the scheduler's where it names one, else ours."""
        given = os.environ.get("OPENLINEAGE_PARENT_ID", "").rsplit("/", 2)
        if len(given) == 3:  # noqa: PLR2004 - namespace/job/run, as dbt and Airflow write it
            return parent_run.ParentRunFacet(parent_run.Run(given[2]), parent_run.Job(given[0], given[1]))
        run = str(uuid5(NAMESPACE_URL, f"{PRODUCER}#{self._run_id}"))
        return parent_run.ParentRunFacet(parent_run.Run(run), parent_run.Job(self._namespace, "run"))

    def _versions_read(self, node: Node) -> dict[str, int]:
        bookmark = read_bookmark(self._warehouse, node.step) if node.step is not None else None
        return {table: version for table, (_, version) in bookmark.inputs.items()} if bookmark else {}

    def _input(
        self, table: str, version: int | None = None, verdicts: Sequence[Verdict] = ()
    ) -> InputDataset:
        namespace, name = place(self._warehouse, table)
        found: dict[str, InputDatasetFacet] = {}
        if verdicts:
            found["dataQualityAssertions"] = _assertions(verdicts)
        return InputDataset(namespace, name, inputFacets=found, facets=self._facets(table, version))

    def _output(self, table: str) -> OutputDataset:
        return OutputDataset(*place(self._warehouse, table), facets=self._facets(table, None))

    def _written(self, table: str, *, is_main: bool) -> OutputDataset:
        """Return an output with its version; the main one, whose commit is the step's, with its counts."""
        commit = self._warehouse.last_commit(table)
        if commit is None:
            return self._output(table)
        dataset = OutputDataset(*place(self._warehouse, table), facets=self._facets(table, commit.version))
        if is_main:
            counts = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                commit.rows_written, commit.bytes_written
            )
            dataset.outputFacets = {"outputStatistics": counts}
        return dataset

    def _facets(self, table: str, version: int | None) -> dict[str, DatasetFacet]:
        known = symlinks_dataset.Identifier(self._namespace, table, "TABLE")
        facets: dict[str, DatasetFacet] = {"symlinks": symlinks_dataset.SymlinksDatasetFacet([known])}
        if table in TABLES:
            columns = [
                schema_dataset.SchemaDatasetFacetFields(c.name, c.type, c.description)
                for c in TABLES[table].columns
            ]
            facets["schema"] = schema_dataset.SchemaDatasetFacet(columns)
        if version is not None:
            facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(str(version))
        return facets


def place(warehouse: Warehouse, table: str) -> tuple[str, str]:
    """Return namespace and name of a table."""
    target = warehouse.target
    if target.warehouse is None:
        return f"catalog://{target.catalog or 'spark_catalog'}", f"{target.schema_prefix}{table}"
    return address(warehouse.location(table))


def address(path: str) -> tuple[str, str]:
    """Return namespace and name of a folder or file, on this machine or in a store."""
    parts = urlsplit(path)
    if "://" not in path or parts.scheme == "file":
        return "file", str(Path(parts.path if "://" in path else path).absolute())
    return f"{_S3.get(parts.scheme, parts.scheme)}://{parts.netloc}", parts.path.lstrip("/") or "/"


def _files(pattern: str) -> InputDataset:
    """Return what a feed reads: the file or folder named, or the folder before the first glob."""
    whole = Path(pattern.removeprefix("file://"))
    globs = [n for n, part in enumerate(whole.parts) if _GLOB & set(part)]
    return InputDataset(*address(str(Path(*whole.parts[: globs[0]]) if globs else whole)))


def _assertions(
    verdicts: Sequence[Verdict],
) -> data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet:
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
        [
            data_quality_assertions_dataset.Assertion(
                v.asked.rule.measure.name.lower(),
                v.is_passed,
                column=v.asked.rule.column or None,
                severity="warn" if v.asked.rule.level.value == "warning" else "error",
                name=v.asked.name,
                description=v.asked.rule.description,
                expected=expected(*v.bounds),
                actual=shown(v.observed),
            )
            for v in verdicts
        ]
    )
