"""What people are called and where they live: person numbers -> names, addresses and contact points.

Every attribute is an expression over the person's (or household's) number, so that the same person
can be written down by any system without a join.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.generator.company import CITIES_PER_COUNTRY, COUNTRIES, Company
from customer_chunks.generator.draws import Dice
from customer_chunks.generator.words import CountryWords, words

_FACTOR, _PRIME = 7_368_787, 99_999_989
_OLDEST, _YOUNGEST = 1938, 2006
_DAYS_OF_YEAR = 365
_EXPANDED = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
_PLAIN = (
    "éèêëáàâãíìîïóòôõúùûçñýÿœÉÈÊÁÀÂÍÎÓÔÚÇąćęłńśźżĄĆĘŁŃŚŹŻğışĞİŞ",
    "eeeeaaaaiiiioooouuucnyyoEEEAAAIIOOUCacelnszzACELNSZZgisGIS",
)


def with_identity(people: DataFrame, company: Company) -> DataFrame:
    """Add names, birth_date, contact points and addresses to people.

    Besides the address there are two others in the same country: ``old_address``, which a system may still
    have, and ``new_address``, to which some move.
    """
    dice, person, home = Dice(company.seed), F.col("person"), F.col("household")
    named = people.withColumn("_names", _first_names(dice, person)).withColumns(
        {
            "gender": F.when(_is_female(dice, person), "f").otherwise("m"),
            "first_name": F.element_at("_names", 1),
            "nickname": F.when(
                F.size("_names") > 1, dice.pick(F.expr("slice(_names, 2, 9)"), "nickname", person)
            ),
            "last_name": _last_name(dice, home),
            "birth_date": _birth_date(dice, person),
            "email": email(dice, person, home),
            "household_email": email(dice, home, home),
            "phone": _phone(dice, person),
            "country_name": F.element_at(F.array(*[F.lit(c.name) for c in COUNTRIES]), F.col("country") + 1),
        }
    )
    elsewhere = {
        stream: F.struct(*[value.alias(part) for part, value in _address(dice, stream, home, city).items()])
        for stream in ("old_address", "new_address")
        for city in [dice.below(f"{stream}.city", CITIES_PER_COUNTRY, home)]
    }
    here = _address(dice, "address", home, F.col("city"))
    return named.withColumns({**here, **elsewhere}).drop("_names")


def _address(dice: Dice, stream: str, key: Column, place: Column) -> dict[str, Column]:
    """Return street, postal_code, city_name and region of an address drawn for ``key``.

    Args:
        dice: The draws.
        stream: Another stream is another address.
        key: Who lives there.
        place: Place of the city in its country.
    """

    def of_city(field: str) -> Column:
        listed = _by_country(lambda w: _words([getattr(c, field) for c in w.cities]))
        return F.element_at(listed, place + 1)

    street = dice.pick(_by_country(lambda w: _words(w.streets)), f"{stream}.street", key)
    number = (dice.below(f"{stream}.number", 180, key) + 1).cast("string")
    is_number_first = F.col("country").isin(_place("FR"), _place("GB"))
    rest = F.lpad(dice.below(f"{stream}.post", 1000, key).cast("string"), 3, "0")
    return {
        "street": F.when(is_number_first, F.concat_ws(" ", number, street)).otherwise(
            F.concat_ws(" ", street, number)
        ),
        "postal_code": _postal_code(of_city("postal"), rest),
        "city_name": of_city("name"),
        "region": of_city("region"),
    }


def email(dice: Dice, person: Column, household: Column) -> Column:
    """Return a person's own e-mail address, which no other person has."""
    first = F.lower(ascii_letters(F.element_at(_first_names(dice, person), 1)))
    last = F.lower(ascii_letters(_last_name(dice, household)))
    unique = F.lower(F.conv(F.pmod(person * _FACTOR, F.lit(_PRIME)).cast("string"), 10, 36))
    name = F.regexp_replace(F.concat_ws(".", first, last, unique), "[^a-z0-9.]", "")
    host = dice.pick(_by_country(lambda w: _words(w.mail_hosts)), "mail.host", person)
    return F.concat_ws("@", name, host)


def ascii_letters(value: Column) -> Column:
    """Return text as systems without other letters write it: Müller as Mueller, Łódź as Lodz."""
    opened = reduce(lambda v, pair: F.replace(v, F.lit(pair[0]), F.lit(pair[1])), _EXPANDED.items(), value)
    return F.translate(opened, *_PLAIN)


def _first_names(dice: Dice, person: Column) -> Column:
    """Return a first name and its nicknames as an array."""

    def listed(names: tuple[tuple[str, ...], ...]) -> Column:
        return F.array(*[_words(n) for n in names])

    female = dice.pick(_by_country(lambda w: listed(w.female)), "first.name", person)
    male = dice.pick(_by_country(lambda w: listed(w.male)), "first.name", person)
    return F.when(_is_female(dice, person), female).otherwise(male)


def _is_female(dice: Dice, person: Column) -> Column:
    return dice.column("gender", person) < F.lit(0.53)


def _last_name(dice: Dice, household: Column) -> Column:
    return dice.pick(_by_country(lambda w: _words(w.family)), "last.name", household)


def _birth_date(dice: Dice, person: Column) -> Column:
    days = (_YOUNGEST - _OLDEST) * _DAYS_OF_YEAR
    return F.date_add(F.lit(f"{_OLDEST}-01-01").cast("date"), dice.below("birth", days, person))


def _phone(dice: Dice, person: Column) -> Column:
    """Return a mobile number as +49 151 2345678, its groups parted by blanks."""
    dial = F.element_at(
        F.array(*[F.lit(words().countries[c.code].dial) for c in COUNTRIES]), F.col("country") + 1
    )
    network = (dice.below("phone.network", 80, person) + 110).cast("string")
    return F.concat_ws(" ", dial, network, F.lpad(dice.below("phone", 10**7, person).cast("string"), 7, "0"))


def _postal_code(prefix: Column, rest: Column) -> Column:
    british = F.concat(prefix, F.lit(" "), F.substring(rest, 1, 1), F.lit("AB"))
    polish = F.concat(prefix, F.lit("-"), rest)
    return (
        F.when(F.col("country") == _place("GB"), british)
        .when(F.col("country") == _place("PL"), polish)
        .when(F.col("country") == _place("AT"), F.concat(prefix, F.substring(rest, 1, 2)))
        .otherwise(F.concat(prefix, rest))
    )


def _place(code: str) -> int:
    return next(n for n, c in enumerate(COUNTRIES) if c.code == code)


def _words(listed: tuple[str, ...] | list[str]) -> Column:
    return F.array(*[F.lit(word) for word in listed])


def _by_country(of: Callable[[CountryWords], Column]) -> Column:
    """Return the words of the row's country."""
    return F.element_at(F.array(*[of(words().countries[c.code]) for c in COUNTRIES]), F.col("country") + 1)
