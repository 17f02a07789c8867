"""The one error tree of Customer Chunks.

Every error names the object, the rule it broke, what was found and the remedy.
None carries a personal value: names, counts, positions and hashed keys only.
The exit code of the command line is a property of the class.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class CustomerChunksError(Exception):
    """Base of every error that a user can mend; ``exit_code`` is what the shell sees."""

    exit_code = 1

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what} {remedy}".strip())


class ConfigError(CustomerChunksError):
    """A setting or a mapping says something that cannot be meant."""

    exit_code = 3


class SourceError(CustomerChunksError):
    """Outside data cannot be read as its mapping declares it."""

    exit_code = 4


class ContractError(CustomerChunksError):
    """A frame does not keep the contract of the table it is meant for."""

    exit_code = 5


class AccountError(CustomerChunksError):
    """The rows that went in are not the rows that came out."""

    exit_code = 6


class StorageError(CustomerChunksError):
    """A table cannot be read or written where the target says."""

    exit_code = 7


class LeaseError(CustomerChunksError):
    """Another run holds the warehouse."""

    exit_code = 8


class MachineError(CustomerChunksError):
    """Java, the jars or an optional package is missing."""

    exit_code = 9


class TableRuleError(CustomerChunksError):
    """A version of a table breaks a rule of the table; gold keeps to the version before."""

    exit_code = 10


class ModelError(CustomerChunksError):
    """A model cannot be fitted to the data as they are, or was asked for what it cannot do."""

    exit_code = 11


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean X?" for the nearest known name, or the known names if none is near."""
    names = sorted(known)
    folded = {candidate.casefold(): candidate for candidate in names}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"Did you mean '{folded[near[0]]}'?"
    return f"Known: {', '.join(names)}." if names else ""
