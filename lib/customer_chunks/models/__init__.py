"""Estimators: fit -> model -> transform; their place is kept."""
