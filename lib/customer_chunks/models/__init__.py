"""Estimators: fit -> model -> transform, as pyspark.ml has them. They know no table."""
