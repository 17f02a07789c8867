"""The HTML report: small aggregate frames enter, one self-contained page leaves."""

from __future__ import annotations

from customer_chunks.serving.report.data import ReportData
from customer_chunks.serving.report.page import write_report

__all__ = ["ReportData", "write_report"]
