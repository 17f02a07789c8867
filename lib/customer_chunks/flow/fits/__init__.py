"""What the fits and the tables behind them do: builds of steps, one module a model."""
