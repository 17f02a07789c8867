"""The type that a bronze column needs when newer files bring another one.

Two types enter, the smallest that holds every value of both leaves, or None where a value could be
lost or change its meaning. Nothing is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from customer_chunks.columns.parsing import as_text
from customer_chunks.sources.names import storage_key, storage_name, storage_type

_WHOLE: tuple[type[T.DataType], ...] = (T.ByteType, T.ShortType, T.IntegerType, T.LongType)
# Digits before the point that Delta gives a whole number which becomes a decimal.
_DIGITS: dict[type[T.DataType], int] = {T.ByteType: 10, T.ShortType: 10, T.IntegerType: 10, T.LongType: 20}
_MOST_DIGITS = 38
_INSTANT = "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"
# An instant is not among them: a mapping may have a format for the clocks that the text shows.
_AS_TEXT: tuple[type[T.DataType], ...] = (
    *_WHOLE, T.FloatType, T.DoubleType, T.DecimalType, T.BooleanType, T.DateType, T.TimestampNTZType,
)  # fmt: skip


def common_type(held: T.DataType, coming: T.DataType) -> T.DataType | None:
    """Return the type that holds what a column has and what comes, under storable names, or None.

    Whole numbers, floats and decimals widen as Delta can widen them; text takes in plain values;
    structs are put together by field name and arrays by element.
    """
    if isinstance(coming, T.NullType) or held == storage_type(coming):
        return held
    if isinstance(held, T.NullType):
        return storage_type(coming)
    if isinstance(held, T.StructType) and isinstance(coming, T.StructType):
        return _common_struct(held, coming)
    if isinstance(held, T.ArrayType) and isinstance(coming, T.ArrayType):
        element = common_type(held.elementType, coming.elementType)
        return None if element is None else T.ArrayType(element, held.containsNull)
    if isinstance(held, T.StringType):
        return held if isinstance(coming, _AS_TEXT) else None
    return _common_number(held, coming)


def _common_struct(held: T.StructType, coming: T.StructType) -> T.StructType | None:
    new = {storage_key(f.name): f for f in coming.fields}
    fields = []
    for field in held.fields:
        other = new.pop(storage_key(field.name), None)
        kind = field.dataType if other is None else common_type(field.dataType, other.dataType)
        if kind is None:
            return None
        fields.append(T.StructField(field.name, kind))
    added = [T.StructField(storage_name(f.name), storage_type(f.dataType)) for f in new.values()]
    return T.StructType([*fields, *added])


def _common_number(held: T.DataType, coming: T.DataType) -> T.DataType | None:
    kinds = (type(held), type(coming))
    if all(kind in _WHOLE for kind in kinds):
        return max((held, coming), key=lambda kind: _WHOLE.index(type(kind)))
    if T.DecimalType in kinds and all(k in _DIGITS or k is T.DecimalType for k in kinds):
        return _common_decimal(_as_decimal(held), _as_decimal(coming))
    floats = {T.FloatType, T.DoubleType}
    # A double holds every 32-bit number; of 64 bits it would lose the last digits.
    if set(kinds) & floats and set(kinds) <= {*floats, *_WHOLE[:3]}:
        return T.DoubleType()
    return None


def _as_decimal(kind: T.DataType) -> T.DecimalType:
    return kind if isinstance(kind, T.DecimalType) else T.DecimalType(_DIGITS[type(kind)], 0)


def _common_decimal(held: T.DecimalType, coming: T.DecimalType) -> T.DecimalType | None:
    scale = max(held.scale, coming.scale)
    digits = max(held.precision - held.scale, coming.precision - coming.scale) + scale
    return T.DecimalType(digits, scale) if digits <= _MOST_DIGITS else None


def shaped(value: Column, kind: T.DataType, target: T.DataType) -> Column:
    """Return a value of ``kind`` as the ``common_type`` of it and another; fields it lacks are null."""
    if isinstance(kind, T.StructType) and isinstance(target, T.StructType):
        mine = {storage_key(f.name): f for f in kind.fields}
        parts = []
        for field in target.fields:
            own = mine.get(storage_key(field.name))
            part = (
                F.lit(None).cast(field.dataType)
                if own is None
                else shaped(value.getField(own.name), own.dataType, field.dataType)
            )
            parts.append(part.alias(field.name))
        return F.when(value.isNotNull(), F.struct(*parts))
    if isinstance(kind, T.ArrayType) and isinstance(target, T.ArrayType):
        inner, wanted = kind.elementType, target.elementType
        return F.transform(value, lambda element: shaped(element, inner, wanted))
    if isinstance(target, T.StringType):
        # An instant says its offset: without one its text would be a clock of the source's zone.
        is_instant = isinstance(kind, T.TimestampType)
        return F.date_format(value, _INSTANT) if is_instant else as_text(value, kind.simpleString())
    return value.cast(target)


def steps_between(
    held: T.DataType, target: T.DataType, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], T.DataType, bool]]:
    """Yield how a column becomes its wider type: path within the table, type, whether it is a new field."""
    if isinstance(held, T.StructType) and isinstance(target, T.StructType):
        known = {f.name: f.dataType for f in held.fields}
        for field in target.fields:
            place = (*path, field.name)
            if field.name in known:
                yield from steps_between(known[field.name], field.dataType, place)
            else:
                yield place, field.dataType, True
    elif isinstance(held, T.ArrayType) and isinstance(target, T.ArrayType):
        yield from steps_between(held.elementType, target.elementType, (*path, "element"))
    elif held.simpleString() != target.simpleString():  # whether a map's values may be null is no other type
        yield path, target, False
