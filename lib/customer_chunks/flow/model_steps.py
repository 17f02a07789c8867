"""The steps of what is learnt: fits, which bring versions of models, and tables that a version fills.

A fit runs when there is none yet, when its settings change, and with every new period; what fills tables runs
like any other step. Modules that need the extra `models` are looked for when a step is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pyspark.sql import DataFrame

from customer_chunks.config.model_settings import (
    ModelSettings,
    PropensitySettings,
    SegmentSettings,
    ValueSettings,
)
from customer_chunks.errors import MachineError
from customer_chunks.flow.step import Built, Input, Now, OnChange, Refresh, Step

Fit = Callable[[Mapping[str, DataFrame], Now], Built]
_EXTRA = ("numpy", "scipy", "sklearn", "lightgbm")


def model_steps(models: ModelSettings) -> tuple[Step, ...]:
    """Return the steps of the models that the settings ask for.

    Raises:
        MachineError: they need packages that are not installed.
    """
    steps: list[Step] = []
    if models != ModelSettings():
        _require()
    if models.customer_values is not None:
        steps += _customer_values(models.customer_values)
    if models.segments is not None:
        steps += _segments(models.segments)
    for name in ("churn", "high_value"):
        if getattr(models, name) is not None:
            steps += _propensity(name, getattr(models, name), has_segments=models.segments is not None)
    return tuple(steps)


def fit_step(name: str, fit: Fit, *inputs: str, refit: str, fingerprint: str) -> Step:
    """Declare a fit: tables -> a version of a model in ops.models."""
    on_change = OnChange.FULL if refit == "each_run" else OnChange.NOTHING
    return Step(
        name=f"ops.models[{name}]", outputs=("ops.models",),
        inputs={table.split(".", 1)[1]: Input(table, on_change=on_change) for table in inputs},
        build=fit, refresh=Refresh.WHOLE, scope_key="model", owns=name, fingerprint=fingerprint,
        needs_as_of=True, refit=refit,
    )  # fmt: skip


def _customer_values(asked: ValueSettings) -> Sequence[Step]:
    from customer_chunks.flow.fits.customer_values import fill_values, fit_values  # noqa: PLC0415 - an extra

    return (
        fit_step("customer_values", fit_values, "silver.orders", refit=asked.refit, fingerprint=repr(asked)),
        _filled("customer_values", ("gold.customer_values",), fill_values, "silver.orders"),
    )


def _segments(asked: SegmentSettings) -> Sequence[Step]:
    from customer_chunks.flow.fits.segments import fill_profiles, fill_segments, fit_segments  # noqa: PLC0415

    profiles = "gold.customer_profiles"
    return (
        fit_step("segments", fit_segments, profiles, refit=asked.refit, fingerprint=repr(asked)),
        _filled(
            "segments",
            ("gold.segment_flows", "gold.segments"),
            fill_segments,
            profiles,
            fingerprint=asked.population,
        ),
        _filled(
            "segments",
            ("gold.segment_profiles",),
            fill_profiles,
            "gold.segments",
            profiles,
            settings=("reporting_currency",),
        ),
    )


def _propensity(name: str, asked: PropensitySettings, *, has_segments: bool) -> Sequence[Step]:
    from customer_chunks.flow.fits.propensities import CHURN, HIGH_VALUE  # noqa: PLC0415 - an extra

    told = {"churn": CHURN, "high_value": HIGH_VALUE}[name]
    inputs = ["silver.orders", *(["gold.segments"] if has_segments else [])]
    return (
        fit_step(name, told.fit, "silver.orders", refit=asked.refit, fingerprint=repr(asked)),
        _filled(
            name,
            (told.output,),
            told.fill,
            *inputs,
            fingerprint=repr(asked.explained),
        ),
    )


def _filled(
    model: str,
    outputs: tuple[str, ...],
    build: Fit,
    *inputs: str,
    fingerprint: str = "",
    settings: tuple[str, ...] = (),
) -> Step:
    """Declare tables that the champion of a model fills; it alone is read of ops.models.

    What the champion was fitted with comes with it: only settings that scoring itself reads count here.
    """
    read = {table.split(".", 1)[1]: Input(table, on_change=OnChange.FULL) for table in inputs}
    return Step(
        name=outputs[-1], outputs=outputs,
        inputs={**read, "models": Input("ops.models", on_change=OnChange.FULL, model=model)},
        build=build, refresh=Refresh.WHOLE, needs_as_of=True, fingerprint=fingerprint, settings=settings,
    )  # fmt: skip


def _require() -> None:
    from importlib.util import find_spec  # noqa: PLC0415 - for those who ask for models

    missing = [package for package in _EXTRA if find_spec(package) is None]
    if missing:
        raise MachineError(
            f"The settings ask for models, and {', '.join(missing)} is not installed.",
            "Run `pip install 'customer-chunks[models]'`, or leave the models out.",
        )
