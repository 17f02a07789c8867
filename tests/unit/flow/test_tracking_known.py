"""Which of our versions a registry has already."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from customer_chunks.flow.tracking import _published


def test_version_of_a_number_that_was_given_twice_is_not_ours() -> None:
    """ops.models was made anew, or another warehouse publishes under the same name."""
    held = [
        a_version("1", "READY", chunks_version="1", chunks_run="other"),
        a_version("2", "READY", chunks_version="1", chunks_run="mine"),
        a_version("3", "PENDING_REGISTRATION", chunks_version="2", chunks_run="mine"),
        a_version("4", "READY", chunks_version="7", chunks_run="gone"),
        a_version("5", "READY"),
    ]
    client = SimpleNamespace(
        search_model_versions=lambda _: held,
        get_model_version=lambda _, version: next(v for v in held if v.version == version),
    )
    assert _published(client, "customer_chunks.churn", {1: "mine", 2: "mine"}) == {1: "2"}


def a_version(number: str, status: str, **tags: str) -> Any:
    return SimpleNamespace(version=number, status=status, tags=tags)
