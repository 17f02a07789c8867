"""How systems know people: ids of their own, and names and addresses as each of them wrote them down."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.generator.company import Company
from customer_chunks.generator.draws import Dice
from customer_chunks.generator.people import ascii_letters

_PRIME = 99_999_989
"""The largest prime below 10^8: multiplying modulo it gives every person another number of 8 digits."""

ADDRESS = ("street", "postal_code", "city_name", "region")
CARD, ACCOUNT, CRM, APP = "loyalty", "eshop", "crm", "app"


@dataclass(frozen=True)
class System:
    """A system that knows people; ``factor`` scrambles their numbers, ``has`` says whom it knows."""

    name: str
    factor: int
    has: str
    has_second: str | None
    loses_letters: bool
    """Some of its clerks or keyboards had plain letters only."""


SYSTEMS = {
    s.name: s
    for s in (
        System(CARD, 32_452_843, "has_card", "has_second_card", True),
        System(ACCOUNT, 49_979_687, "has_account", "has_second_account", False),
        System(CRM, 67_867_967, "has_crm", None, False),
        System(APP, 86_028_121, "has_app", None, True),
    )
}


def source_id(company: Company, system: str, person: Column, version: Column) -> Column:
    """Return the id under which a system knows a person; version 2 is their second card or account."""
    known = person + (version - 1) * F.lit(company.customers).cast("long")
    number = F.pmod((known + 1) * F.lit(SYSTEMS[system].factor).cast("long"), F.lit(_PRIME).cast("long"))
    digits = F.lpad(number.cast("string"), 8, "0")
    if system == CARD:
        return F.concat(F.lit("29"), digits)
    if system == ACCOUNT:
        return F.concat(F.lit("E"), digits)
    if system == CRM:
        return F.concat(F.lit("C-"), digits)
    return F.concat(F.lit("app-"), F.lpad(F.lower(F.conv(number.cast("string"), 10, 16)), 7, "0"))


def members(people: DataFrame, company: Company, system: str) -> DataFrame:
    """Return one row per id of a system: person's columns, version, source_customer_id, registered_day."""
    one = SYSTEMS[system]
    versions = F.array(F.lit(1))
    if one.has_second is not None:
        versions = F.when(F.col(one.has_second), F.array(F.lit(1), F.lit(2))).otherwise(versions)
    known = people.where(one.has).withColumn("version", F.explode(versions))
    return known.withColumns(
        {
            "source_customer_id": source_id(company, system, F.col("person"), F.col("version")),
            "registered_day": F.when(F.col("version") == 1, F.col("joined_day")).otherwise(
                F.col("second_day")
            ),
        }
    )


def written_down(known: DataFrame, company: Company, system: str) -> DataFrame:
    """Write people down as a system does: with its typos, nicknames, plain letters and old addresses.

    Args:
        known: ``members`` with the columns of ``people.with_identity``.
        company: The company and its dirt.
        system: The system.

    Returns:
        The rows with name, address and contact columns as written, and ``name_kind``, ``address_kind`` and
        ``email_kind`` that say what differs from the truth.
    """
    dice, dirt = Dice(company.seed), company.dirt
    key = (F.lit(system), F.col("person"), F.col("version"))
    kind = chosen(
        dice.column("name.kind", *key),
        {
            "typo": dirt.typo,
            "nickname": dirt.nickname,
            "initial": dirt.initial_only,
            "capitals": dirt.capitals,
        },
        otherwise="exact",
    )
    plain = dirt.transliterated if SYSTEMS[system].loses_letters else 0.0
    is_plain = dice.column("plain.letters", *key) < F.lit(plain)
    has_old = dice.column("old.address", *key) < F.lit(dirt.old_address)
    is_shared = (dice.column("shared.email", F.col("household")) < F.lit(dirt.shared_email)) & (
        F.col("person") != F.col("household")
    )
    is_missing = dice.column("no.email", *key) < F.lit(dirt.missing_email)
    told = known.withColumns(
        {
            "name_kind": F.when((kind == "nickname") & F.col("nickname").isNull(), "exact").otherwise(kind),
            "is_transliterated": is_plain,
            "address_kind": F.when(has_old, "old").otherwise("current"),
            "email_kind": F.when(is_missing, "missing").when(is_shared, "household").otherwise("own"),
        }
    )
    return _as_written(told, dice, dirt.missing_phone, key)


def _as_written(
    told: DataFrame, dice: Dice, missing_phone: float, key: tuple[Column, Column, Column]
) -> DataFrame:
    kind, plain = F.col("name_kind"), F.col("is_transliterated")

    def lettered(value: Column) -> Column:
        cased = F.when(kind == "capitals", F.upper(value)).otherwise(value)
        return F.when(plain, ascii_letters(cased)).otherwise(cased)

    first = (
        F.when(kind == "nickname", F.col("nickname"))
        .when(kind == "initial", F.concat(F.substring("first_name", 1, 1), F.lit(".")))
        .otherwise(F.col("first_name"))
    )
    last = F.when(kind == "typo", _mistyped(dice, F.col("last_name"), *key)).otherwise(F.col("last_name"))
    is_old = F.col("address_kind") == "old"
    where = {n: F.when(is_old, F.col(f"old_address.{n}")).otherwise(F.col(n)) for n in ADDRESS}
    has_phone = dice.column("no.phone", *key) >= F.lit(missing_phone)
    return told.withColumns(
        {
            "first_name": lettered(first),
            "last_name": lettered(last),
            **{name: lettered(value) for name, value in where.items()},
            "email": F.when(F.col("email_kind") == "own", F.col("email")).when(
                F.col("email_kind") == "household", F.col("household_email")
            ),
            "phone": F.when(has_phone, _dialled(F.col("phone"), dice.column("phone.style", *key))),
        }
    )


def chosen(uniform: Column, chances: dict[str, float], *, otherwise: str) -> Column:
    """Return the word that a uniform number falls on: each has its chance, ``otherwise`` the rest."""
    result, reached = None, 0.0
    for word, chance in chances.items():
        reached += chance
        here = uniform < F.lit(reached)
        result = F.when(here, word) if result is None else result.when(here, word)
    return F.lit(otherwise) if result is None else result.otherwise(otherwise)


def _mistyped(dice: Dice, name: Column, *key: Column) -> Column:
    """Return a name with two neighbouring letters swapped, or one left out; never the first letter."""
    at = F.floor(dice.column("typo.at", *key) * (F.length(name) - 2)).cast("int") + 2
    before, here = F.substring(name, F.lit(1), at - 1), F.substring(name, at, F.lit(1))
    following, rest = F.substring(name, at + 1, F.lit(1)), F.substring(name, at + 2, F.lit(99))
    swapped = F.concat(before, following, here, rest)
    is_left_out = (dice.column("typo.how", *key) < 0.5) | (here == following)  # noqa: PLR2004 - a coin
    return F.when(is_left_out, F.concat(before, following, rest)).otherwise(swapped)


def _dialled(phone: Column, style: Column) -> Column:
    """Return a number in one of the spellings of a form: +49 151 2345678, 0049..., +49151..., 0151/..."""
    digits = F.regexp_replace(phone, " ", "")
    national = F.concat(F.lit("0"), F.substring_index(F.substring_index(phone, " ", -2), " ", 1))
    return (
        F.when(style < 0.4, phone)  # noqa: PLR2004 - shares of the spellings
        .when(style < 0.6, digits)  # noqa: PLR2004
        .when(style < 0.8, F.concat(F.lit("00"), F.substring(digits, 2, 20)))  # noqa: PLR2004
        .otherwise(F.concat(national, F.lit("/"), F.substring_index(phone, " ", -1)))
    )
