"""Query parameters, checked strictly against the contract: all faults of a request are reported together, and nothing is ignored."""

import datetime
import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

from handlers.contract import Collection as ResourceCollection
from handlers.contract import Contract, FilterRule
from handlers.dates import parsed_date
from handlers.problems import BadParameters, Fault, Problem, nearest
from handlers.request import Request

if TYPE_CHECKING:
    from schemas.edtf import Bounds

_REFERENCE = re.compile(r"[a-z]+/[a-z0-9]+(-[a-z0-9]+)*")
_FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    "country": (re.compile("[A-Z]{2}"), "an ISO 3166-1 alpha-2 code such as VN"),
    "language": (re.compile("[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"), "a BCP 47 language tag such as en or zh-Hans"),
    "slug": (re.compile("[a-z0-9]+(-[a-z0-9]+)*"), "lower-case letters, digits and hyphens"),
}
LONGEST_VALUE = 120  # characters; no id is longer, and DynamoDB limits a partition key to 2,048 bytes
MOST_FAULTS = 20  # reported one by one; without a limit a response could be a hundred times as long as the query
MOST_VALUES = 20  # of a repeated filter; DynamoDB limits an expression to 4 KB
_WHOLE_NUMBER = re.compile("[0-9]{1,9}", re.ASCII)


class RequestedRelease(NamedTuple):
    """The release that a request asks for, by number or by time; the current one if both are None.

    `negotiated` is true if the time comes from an Accept-Datetime header (RFC 7089).
    """

    release: int | None = None
    as_of: str | None = None
    negotiated: bool = False


class Parameters:
    """The parameters of one request. Reading a parameter collects its faults; `done` raises all of them together."""

    def __init__(self, request: Request, allowed: Collection[str], repeatable: Collection[str] = ()) -> None:
        """Take a request's parameters. Only the `allowed` ones can be given, and only the `repeatable` ones more than once."""
        self._values: dict[str, list[str]] = {}
        self._now = request.now
        self._accept_datetime = request.headers.get("accept-datetime")
        self._faults: list[Fault] = []
        self._unnamed = 0
        if request.malformed:
            self._fault("", "invalid-parameter", "the query is not percent-encoded UTF-8")
        for name, value in request.parameters:
            if name not in allowed:
                if name not in self._values:
                    self._unknown(name, allowed)
                self._values.setdefault(name, [])
            elif name in self._values and name not in repeatable:
                self._fault(name, "invalid-parameter", f"{name} can be given only once")
            else:
                self._values.setdefault(name, []).append(value)

    def done(self) -> None:
        """Raise BadParameters if there were faults: the first MOST_FAULTS of them, and the number of the others."""
        if self._faults:
            raise BadParameters(self._faults, self._unnamed)

    def text(self, name: str) -> str | None:
        """Return a parameter's text; None if it is not given."""
        values = self._values.get(name)
        return values[0] if values else None

    def number(self, name: str, lowest: int, highest: int | None, default: int) -> int:
        """Return a whole number between `lowest` and `highest`, both inclusive."""
        text = self.text(name)
        if text is None:
            return default
        if not _WHOLE_NUMBER.fullmatch(text) or int(text) < lowest or (highest is not None and int(text) > highest):
            span = f"from {lowest} to {highest}" if highest is not None else f"from {lowest} with at most nine digits"
            self._fault(name, "invalid-parameter", f"{name} is a whole number {span}, not {_shown(text)}")
            return default
        return int(text)

    def choice(self, name: str, allowed: Collection[str], default: str) -> str:
        """Return one of the allowed values."""
        text = self.text(name)
        if text is None:
            return default
        if text not in allowed:
            self._not_among(name, text, allowed)
            return default
        return text

    def choices(self, name: str, allowed: Collection[str]) -> tuple[str, ...]:
        """Return several of the allowed values, separated by commas, each at most once."""
        text = self.text(name)
        if text is None:
            return ()
        words = text.split(",")
        for word in dict.fromkeys(words):
            if word not in allowed:
                self._not_among(name, word, allowed)
            elif words.count(word) > 1:
                self._fault(name, "invalid-parameter", f"{name} names {word} more than once")
        return tuple(words)

    def filter(self, rule: FilterRule) -> tuple[str, ...]:
        """Return a filter's values; none if it is not given."""
        values = self._values.get(rule.name, [])
        for value in values:
            self._check(rule, value)
        if len(values) > MOST_VALUES:
            self._fault(rule.name, "invalid-parameter", f"{rule.name} is given {len(values)} times; the most is {MOST_VALUES}")
        if len(set(values)) != len(values):
            self._fault(rule.name, "invalid-parameter", f"{rule.name} has the same value more than once")
        return tuple(values)

    def day_range(self) -> tuple[str, str] | None:
        """Return the first and last day of the range from `from` to `to`, an open side as ""; None if neither is given."""
        first, last = self._bounds("from"), self._bounds("to")
        if first is None and last is None:
            return None
        start = (first.earliest if first else None) or ""
        end = (last.latest if last else None) or ""
        if start and end and start > end:
            self._fault("to", "invalid-parameter", f"to ends on {end}, which is before from begins, on {start}")
        return start, end

    def requested_release(self, *, negotiable: bool = True) -> RequestedRelease:
        """Return the release that `release` or `as_of` asks for, or if it is `negotiable` the Accept-Datetime header."""
        release = self.number("release", 1, None, 0) or None
        as_of = self.text("as_of")
        if release is not None and as_of is not None:
            self._fault("as_of", "conflicting-parameters", "release and as_of can't be used together")
        named = release is not None or as_of is not None or self.text("cursor") is not None
        if named or not negotiable or self._accept_datetime is None:
            return RequestedRelease(release, self._time("as_of", as_of) if as_of is not None else None)
        return self._negotiated(self._accept_datetime)

    def _negotiated(self, text: str) -> RequestedRelease:
        moment = parsed_date(text, self._now)
        if moment is None:
            message = f"Accept-Datetime is an HTTP date such as Mon, 23 Nov 2026 12:00:00 GMT, not {_shown(text)}"
            self._report(Fault("header", "Accept-Datetime", "invalid-parameter", message))
            return RequestedRelease()
        # An HTTP date has no fractions of a second, so it means the whole second.
        return RequestedRelease(as_of=_utc(moment.replace(microsecond=999_000)), negotiated=True)

    def _bounds(self, name: str) -> "Bounds | None":
        text = self.text(name)
        if text is None:
            return None
        from schemas.edtf import BadDate, bounds  # noqa: PLC0415 - only requests for a range of days need it

        if "/" in text or text[:1] in ("[", "{"):
            self._fault(name, "invalid-parameter", f"{name} is a single date; use from and to for an interval")
            return None
        try:
            return bounds(text)
        except BadDate as bad:
            self._fault(name, "invalid-parameter", f"{name} is an EDTF date such as 2015, 2015-10 or 2015-10-22: {bad}")
            return None

    def _time(self, name: str, text: str) -> str | None:
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
                day = datetime.date.fromisoformat(text)
                if day > self._now.date():
                    raise ValueError
                return f"{text}T23:59:59.999Z"
            # A plus sign that was not percent-encoded arrives as a space. An RFC 3339 time has no space at this place.
            restored = re.sub(r" (\d{2}:\d{2})$", r"+\1", text)
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", restored, re.ASCII):
                raise ValueError
            moment = datetime.datetime.fromisoformat(restored.upper()).astimezone(datetime.UTC)
            if moment > self._now:
                raise ValueError
        except (ValueError, OverflowError):
            self._fault(
                name, "invalid-parameter", f"{name} is a past RFC 3339 time or date, such as 2026-11-23T12:00:00Z, not {_shown(text)}"
            )
            return None
        return _utc(moment)

    def _check(self, rule: FilterRule, value: str) -> None:
        if len(value) > LONGEST_VALUE:
            message = f"{rule.name} has at most {LONGEST_VALUE} characters, not the {len(value):,} of {_shown(value)}"
            self._fault(rule.name, "invalid-parameter", message)
        elif rule.kind == "term":
            if value not in rule.allowed:
                self._not_among(rule.name, value, rule.allowed)
        elif rule.kind == "reference":
            if not _REFERENCE.fullmatch(value) or value.partition("/")[0] not in rule.allowed:
                example = f"{rule.allowed[0]}/{value}" if _FORMS["slug"][0].fullmatch(value) else f"{rule.allowed[0]}/a-slug"
                hint = example if _FORMS["slug"][0].fullmatch(value) else None
                message = f"{rule.name} is the id of one of {', '.join(rule.allowed)}, such as {example}, not {_shown(value)}"
                self._report(Fault("query", rule.name, "invalid-parameter", message, did_you_mean=hint))
        else:
            pattern, form = _FORMS[rule.kind]
            if not pattern.fullmatch(value):
                self._fault(rule.name, "invalid-parameter", f"{rule.name} is {form}, not {_shown(value)}")

    def _unknown(self, name: str, allowed: Collection[str]) -> None:
        near = self._nearest(name, allowed)
        hint = f"; did you mean {near}?" if near else ""
        message = f"there is no parameter {_shown(name)} here{hint}"
        self._report(Fault("query", name[:100], "unknown-parameter", message, tuple(sorted(allowed)), near))

    def _not_among(self, name: str, value: str, allowed: Collection[str]) -> None:
        near = self._nearest(value, allowed)
        hint = f"; did you mean {near}?" if near else ""
        message = f"{name} can't be {_shown(value)}{hint}"
        self._report(Fault("query", name, "invalid-parameter", message, tuple(allowed), near))

    def _fault(self, name: str, code: str, message: str) -> None:
        self._report(Fault("query", name, code, message))

    def _report(self, fault: Fault) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(fault)
        else:
            self._unnamed += 1

    def _nearest(self, text: str, known: Collection[str]) -> str | None:
        """Return the most similar known name; None once MOST_FAULTS is reached, because the search is the slowest part of a check."""
        return nearest(text, known) if len(self._faults) < MOST_FAULTS else None


def names_for(contract: Contract, *scopes: str) -> list[str]:
    """Return the names of the parameters of a route with these scopes."""
    return [name for name, its_scopes in contract.parameters.items() if its_scopes & set(scopes)]


def of_list(contract: Contract, collection: ResourceCollection, request: Request, fixed: Mapping[str, str]) -> Parameters:
    """Return the parameters of a list. The path sets the filters in `fixed`, so they can't be given in the query."""
    filters = [rule for rule in collection.filters.values() if rule.name not in fixed]
    scopes = ("lists", "dated-lists") if collection.dated else ("lists",)
    names = [*(rule.name for rule in filters), *names_for(contract, *scopes)]
    return Parameters(request, names, [rule.name for rule in filters if rule.repeatable])


def only(request: Request, allowed: Collection[str] = ()) -> Parameters:
    """Return the parameters of a route that allows only these."""
    return Parameters(request, allowed)


def slug(text: str, missing: Callable[[], Problem]) -> str:
    """Return a path's slug. Raises the problem that `missing` returns if the text can't be a slug."""
    if not _FORMS["slug"][0].fullmatch(text) or len(text) > 100:
        raise missing()
    return text


def _utc(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
