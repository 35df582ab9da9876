"""The SQL of the row rules, generated from a contract: one expression a field for its value and one for its reason.

The statement reads the relation `documents(i, text, fault, trusted, exact_price, received_at)` (refine.py
makes it) and gives one row for each, with the typed values, the list of reasons, and whether the row is *suspect*:
DuckDB's JSON reader is laxer than RFC 8259 (it takes NaN, Infinity and trailing commas) and keeps numbers as doubles, so
refine.py looks at suspect rows again with a strict reader and asks a second time with what that one found.
"""

from __future__ import annotations

from functools import cache

from rtlakehouse.contract.contract import MAX_DEPTH, Contract, Field

__all__ = ["rules_sql"]

# Doubles hold 15 significant digits exactly; the text of a price that is longer may have been changed by the reader.
_EXACT_DIGITS = 15
_WHITESPACE = "E' \\t\\n\\r'"
_LAX = r"'(?i)nan|inf|,\s*[}\]]'"
# As many opening brackets as it takes to nest deeper than the contract allows; whether they do nest is for the strict reader.
_MANY_BRACKETS = r"'([\[{][^\[{]*){" + str(MAX_DEPTH + 1) + "}'"
_ISO = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)$"
_LOCAL = r"^(\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?)\d*(Z|[+-])"
_OFFSET = r"[+-]([01]\d|2[0-3]):?([0-5]\d)?$"
# Microseconds since the epoch of 0001-01-01 and of the last microsecond of 9999.
_FIRST_US, _LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999
# Its window would end in the year 10000, which few readers of a table can express.
_LAST_MINUTE_US = _LAST_US + 1 - 60_000_000


@cache
def rules_sql(contract: Contract) -> str:
    """The statement for this contract; parameters $future_us, $late_us and $watermark_us are the time limits."""
    return "\n".join(("with", ",\n".join(_steps(contract)), _answer(contract)))


def _steps(contract: Contract) -> list[str]:
    names = [field.name for field in contract.fields]
    texts = ", ".join(f'"{name}" varchar' for name in names)
    members = ", ".join(f'"{name}": null' for name in names)
    reasons = ", ".join(_reason(field) for field in contract.fields)
    return [
        f"""read as (
            select *, fault is null and json_valid(text) as is_json,
                is_json and case when starts_with(text, '{{') then true
                    else starts_with(ltrim(text, {_WHITESPACE}), '{{') end as is_object,
                case when is_object then text end as doc
            from documents)""",
        f"""members as (
            select *, json_transform(doc, '{_structure(names, "JSON")}')::struct({texts}) as j,
                case when contains(doc, '\\') then json_transform(doc, '{_structure(names, "VARCHAR")}') end as v,
                len(json_keys(doc)) as keys
            from read)""",
        f"""unquoted as (select *, {", ".join(_unquoted(field) for field in contract.fields if _is_text(field))} from members)""",
        f"""noticed as (
            select *, coalesce(exact_price, j.price) as price_text,
                case when keys > {_not_null(names)} then
                    case when keys > {_present(names)}
                    then nullif(json_merge_patch(doc, '{{{members}}}')::varchar, '{{}}') end
                end as extras
            from unquoted)""",
        f"""typed as (select *, {", ".join(_value(field) for field in contract.fields)} from noticed)""",
        f"""judged as (
            select *, case
                when fault is not null then fault
                when not is_json then 'malformed_json'
                when not is_object then 'not_an_object'
                when coalesce({reasons}) is null then ''
                else concat_ws(' ', {reasons}) end as reason_text
            from typed)""",
    ]


def _structure(names: list[str], kind: str) -> str:
    return "{" + ", ".join(f'"{name}": "{kind}"' for name in names) + "}"


def _not_null(names: list[str]) -> str:
    """How many contract members of a document have a value. Where there are as many keys, there are no others."""
    return "(" + " + ".join(f'(j."{name}" is not null)::int' for name in names) + ")"


def _present(names: list[str]) -> str:
    """How many contract members a document has, nulls among them; doubles of a key make it differ, which only costs a look."""
    paths = ", ".join(f"'$.{name}'" for name in names)
    return f"list_count(json_type(doc, [{paths}]))"


def _unquoted(field: Field) -> str:
    """What a JSON string says. Few have escapes, and reading those twice costs less than reading all twice.

    It is a column, as a plan in which it is written out wherever it is needed takes longer to begin.
    """
    text = f'j."{field.name}"'
    return f"""case when contains({text}, '\\') then v."{field.name}" else {text}[2:-2] end as {_said(field)}"""


def _is_text(field: Field) -> bool:
    """Whether its value is, or may be, read from a string."""
    return field.kind not in {"decimal", "integer"}


def _said(field: Field) -> str:
    return f'"{field.name} said"'


def _value(field: Field) -> str:
    text, value = f'j."{field.name}"', _said(field)
    if field.kind == "decimal":
        return f'try_cast(price_text as decimal({field.precision}, {field.scale})) as "{field.name}"'
    if field.kind == "integer":
        return f'case when {_is_integer(text)} then try_cast({text} as bigint) end as "{field.name}"'
    if field.kind == "timestamp":
        return f'{_instant_us(text, value)} as "{field.name}_us"'
    return f'case when {_is_string(text)} then {value} end as "{field.name}"'


def _is_string(text: str) -> str:
    return f"starts_with({text}, '\"')"


def _is_number(text: str) -> str:
    return f"({text} >= '-' and {text} < ':')"


def _is_integer(text: str) -> str:
    return f"({_is_number(text)} and not contains({text}, '.') and not contains({text}, 'e') and not contains({text}, 'E'))"


def _instant_us(text: str, value: str) -> str:
    """Microseconds since the epoch, null where there is no such instant."""
    from_integer = f"try_cast({text} as bigint)"
    local = f"try_cast(regexp_extract({value}, '{_LOCAL}', 1) as timestamp)"
    sign = f"case when {value}[-3] = '-' or {value}[-5] = '-' or {value}[-6] = '-' then -1 else 1 end"
    hours = f"try_cast(regexp_extract({value}, '{_OFFSET}', 1) as bigint)"
    minutes = f"coalesce(try_cast(nullif(regexp_extract({value}, '{_OFFSET}', 2), '') as bigint), 0)"
    offset = f"case when right({value}, 1) = 'Z' then 0 else ({sign}) * ({hours} * 60 + {minutes}) end"
    moment = f"(epoch_us({local}) - ({offset}) * 60000000)"
    milliseconds = f"case when {from_integer} between {_FIRST_US // 1000} and {_LAST_US // 1000} then {from_integer} * 1000 end"
    from_text = f"case when {moment} between {_FIRST_US} and {_LAST_US} then {moment} end"
    return f"""case when {_is_integer(text)} then {milliseconds}
        when {_is_string(text)} and regexp_full_match({value}, '{_ISO}') and left({value}, 4) <> '0000' then {from_text} end"""


def _reason(field: Field) -> str:
    text = f'j."{field.name}"'
    rules = {"string": _string, "enum": _enum, "code": _code, "decimal": _decimal, "integer": _integer, "timestamp": _timestamp}
    missing = f"when {text} is null then " + (f"'missing:{field.name}'" if field.required else "null")
    return f"case {missing} {rules[field.kind](field, text)} end"


def _string(field: Field, text: str) -> str:
    length = f'length("{field.name}")'
    return f"""when not {_is_string(text)} then 'type:{field.name}'
        when {length} < {field.min_length} or {length} > {field.max_length} then 'length:{field.name}'"""


def _enum(field: Field, text: str) -> str:
    values = ", ".join(f"'{value}'" for value in field.values)
    return f"""when not {_is_string(text)} then 'type:{field.name}'
        when "{field.name}" not in ({values}) then 'unknown_event_type'"""


def _code(field: Field, text: str) -> str:
    return f"""when not {_is_string(text)} then 'type:{field.name}'
        when not regexp_full_match("{field.name}", '{field.pattern.strip("^$")}') then 'bad_currency'"""


def _decimal(field: Field, text: str) -> str:
    return f"""when not {_is_number(text)} then 'type:{field.name}'
        when "{field.name}" is null or "{field.name}" < {field.minimum} then 'range:{field.name}'"""


def _integer(field: Field, text: str) -> str:
    return f"""when not {_is_integer(text)} then 'type:{field.name}'
        when "{field.name}" is null or "{field.name}" not between {field.minimum} and {field.maximum} then 'range:{field.name}'"""


def _timestamp(field: Field, text: str) -> str:
    instant, received = f'"{field.name}_us"', "epoch_us(received_at)"
    return f"""when not {_is_integer(text)} and not {_is_string(text)} then 'type:{field.name}'
        when {instant} is null then 'bad_timestamp'
        when {instant} > {received} + $future_us then 'future_timestamp'
        when {instant} < {received} - $late_us then 'too_late'
        when {instant} >= {_LAST_MINUTE_US} then 'bad_timestamp'"""


def _answer(contract: Contract) -> str:
    values = ", ".join(f'"{field.name}"' for field in contract.fields if field.kind != "timestamp")
    delay = "(epoch_us(received_at) - ts_us)"
    return f"""select i, {values}, make_timestamp(ts_us) as event_time,
        coalesce(received_at, make_timestamp(ts_us)) as received_at,
        coalesce(cast(floor({delay} / 1000) as bigint), 0) as lateness_ms,
        coalesce({delay} > $watermark_us, false) as is_late,
        extras, string_split(nullif(reason_text, ''), ' ') as reasons,
        not trusted and fault is null and ({_suspect()}) as suspect
    from judged"""


def _suspect() -> str:
    """Whatever has a reason, and what the lax reader may have let pass: only a nested or extra member, or the tail of
    the object, can hide a constant or a comma that RFC 8259 refuses without the row having a reason anyway."""
    hidden = f"regexp_matches(text, {_LAX}) or regexp_matches(extras, {_MANY_BRACKETS})"
    odd_tails = " or ".join(f"ends_with(text, '{tail}}}')" for tail in (",", " ", "\t", "\n", "\r"))
    return f"""reason_text <> '' or not ends_with(text, '}}') or {odd_tails}
        or case when extras is not null then {hidden} else false end
        or strlen(price_text) > {_EXACT_DIGITS}"""
