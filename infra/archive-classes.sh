#!/usr/bin/env bash
# archive-classes.sh PYTHON FOLDER : run a little of everything once and keep Spark's loaded classes in FOLDER.
# It goes through spark-submit, which ends only when Java has written the archive.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=$1 folder=$PWD/$2

work=$(mktemp -d "${TMPDIR:-/tmp}/customer-chunks-archive.XXXXXX")
trap 'rm -rf "$work"' EXIT
jars=$("$python" -c 'import os; from customer_chunks.flow import machine; print(os.pathsep.join(map(str, machine.jars())))')
export PYSPARK_PYTHON=$PWD/$python PYSPARK_DRIVER_PYTHON=$PWD/$python SPARK_LOCAL_IP=127.0.0.1
SPARK_HOME=$("$python" -c 'import pyspark; print(pyspark.__path__[0])')
export SPARK_HOME

rm -f "$folder/classes.jsa"
"$SPARK_HOME/bin/spark-submit" --master 'local[2]' --driver-memory 1g \
    --driver-class-path "$jars" \
    --driver-java-options "-XX:+UseParallelGC '-XX:ArchiveClassesAtExit=$folder/classes.jsa.part' -Xlog:disable" \
    --conf spark.ui.enabled=false --conf spark.local.dir="$work" --conf spark.sql.shuffle.partitions=2 \
    --conf spark.sql.warehouse.dir="$work/warehouse" --conf spark.databricks.delta.snapshotPartitions=1 \
    infra/archive_classes.py "$work"
mv "$folder/classes.jsa.part" "$folder/classes.jsa"
