"""Hostile requests: links and parameters of the API, damaged. Each is made from a seed and its number alone.

It damages the event of API Gateway (HTTP API, payload format 2.0) too: members are missing,
doubled, of another type or full of characters that no text should have.
"""

import base64
import copy
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from handlers.contract import Contract
from tests.conftest import Client
from tests.gateway import REQUEST_ID

Event = dict[str, Any]

LONG = 12_000  # characters; the most that API Gateway hands over in a line of the request or its headers is about 10,000
PIECES = (
    *(
        "",
        " ",
        "\t",
        "\x00",
        "\r\n",
        "\n",
        "\x0b",
        "\x7f",
        "\x85",
        "\u2028",
        "\xa0",
        "\ufeff",
        "\u200b",
        "\u202e",
        "\ud800",
        "\udfff\ud800",
    ),
    *("é", "e\u0301", "ß", "İ", "ǅ", "ﬁ", "한", "😀", "\U0010ffff", "٣", "²", "\uff11", "Ⅷ", "\N{MINUS SIGN}", "\uff05"),
    *("%", "%%", "%0", "%00", "%0a", "%0d%0aSet-Cookie:%20a=b", "%ff", "%c3%28", "%ed%a0%80", "%f4%90%80%80", "%u0041", "%25", "%2525"),
    *("%2e%2e%2f", "%252e%252e%252f", "..", "../", "./", "/", "//", "///evil.example", "\\", "\\\\evil.example", "@evil.example", ":80"),
    *("'", '"', '\\"', "`", "<", ">", "<script>", "{", "}", "{{7*7}}", "${x}", "[", "]", "[]", "(", ")", "*", "?", "??", "#", "&", "&&"),
    *("=", "==", ";", ",", ",,", "|", "~", "!", "^", "+", "-", "--", "_", ".", "$", "\r\nX-Evil: 1", "\r\n\r\n<html>"),
    *("0", "-1", "+1", "00", "1e999", "-0", "0x10", "1_0", "NaN", "Infinity", "null", "true", "None", "9" * 20, "9" * 5_000, "2147483648"),
    *("a", "A", "id", "cases", "' OR '1'='1", "; DROP TABLE", "attribute_exists(pk)", ":bound", "#from", "LIST#", "DOC#", "RELEASE"),
)
MEDIA_TYPES = (
    *("application/json", "application/ld+json", "text/csv", "application/x-ndjson", "text/html", "application/problem+json"),
    *("application/link-format", "application/schema+json", "*/*", "application/*", "text/*", "image/png", "*", "json"),
)
DATES = (
    *("Mon, 23 Nov 2026 12:00:00 GMT", "Tue, 01 Jan 1980 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:60 GMT", "Monday, 23-Nov-26 12:00:00 GMT"),
    *("Mon Nov 23 12:00:00 2026", "Mon, 30 Feb 2026 12:00:00 GMT", "Mon, 00 Nov 0000 24:00:00 GMT", "Mon, 23 Nov 2026 12:00:00 +0100"),
)
TIMES = (
    *(
        "2026-11-23",
        "2026-11-23T12:00:00Z",
        "2026-11-24T12:00:00.123456789+14:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ),
    *("2026-11-23t12:00:00z", "2026-W48-1", "20261123", "2026-11-23T24:00:00Z", "1969-12-31", "2026-02-30", "0000-00-00"),
)
EDTF = (
    *(
        "2015",
        "2015-10",
        "2015-10-22",
        "2015-10-XX",
        "201X",
        "20XX",
        "XXXX",
        "2015-10?",
        "2015~",
        "2015-10-22%",
        "-0044",
        "Y17E8",
        "Y-170000002",
    ),
    *("2015-21", "1950S2", "2015/2016", "[2015,2016]", "{2015..2016}", "../2015", "2015-?10-22", "156X-12-25", "9999-12-31", "0000"),
)
METHODS = (
    *("HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get", "Head", "GET ", "", "GET\r\n", "É"),
)
OF_NO_USE = (
    *(
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
        "x-original-url",
        "x-rewrite-url",
        "x-forwarded-host",
        "x-forwarded-for",
    ),
    *("x-forwarded-proto", "forwarded", "host", "range", "if-match", "if-unmodified-since", "if-range", "content-type", "content-length"),
    *("accept-encoding", "accept-language", "accept-charset", "cookie", "origin", "referer", "user-agent", "authorization", "te", "prefer"),
    *(
        "access-control-request-method",
        "access-control-request-headers",
        "cache-control",
        "x-request-id",
        "x-article33-origin",
        "traceparent",
    ),
)
OTHERS: tuple[Any, ...] = (None, True, 0, -1, 1.5, 10**30, "", "x", [], ["x"], {}, {"x": "y"}, "\ud800", "\x00", [[]], {"": None})


@dataclass
class Corpus:
    """Paths, cursors and ETags of the API, from which hostile requests are made."""

    contract: Contract
    targets: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)  # of each target's answer
    cursors: list[tuple[str, str]] = field(default_factory=list)  # the target without its cursor, and the cursor
    ids: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, client: Client, contract: Contract) -> "Corpus":
        """Return what a client finds on all routes."""
        corpus = cls(contract)
        base = f"/{contract.version}"
        for name in contract.collections:
            corpus.ids += [str(row["id"]) for row in client.every(f"{base}/{name}?limit=100")]
        corpus.ids += [change["path"] for change in client.every(f"{base}/changes") if change["path"] not in corpus.ids]
        slugs: dict[str, list[str]] = {}
        for path in corpus.ids:
            name, _, slug = path.partition("/")
            slugs.setdefault(name, []).append(slug)
        for route in contract.routes:
            owner = route.owner or route.collection
            for slug in dict.fromkeys(slugs.get(owner, ["1"])):
                path = route.path.replace("{slug}", slug).replace("{number}", "1").replace("{name}", "event.json")
                corpus.targets.append(path)
        for name, collection in contract.collections.items():
            for sort in collection.sorts:
                corpus.targets += [f"{base}/{name}?limit=2&sort={sort}", f"{base}/{name}?limit=1&sort=-{sort}&release=1"]
        corpus.targets += [f"{base}/changes?limit=2", f"{base}/releases?limit=1", f"{base}/events?from=2015-10&to=2015-11&limit=1"]
        for target in list(corpus.targets):
            reply = client.get(target)
            if reply.status in (308, 410):  # there are few of them
                corpus.targets += [target] * 20
            if "etag" in reply.headers:
                corpus.tags[target] = reply.headers["etag"]
            if reply.status == 200 and reply.headers["content-type"] == "application/json":
                page = reply.json.get("page") or {}
                for following in (page.get("next"), page.get("resume")):
                    if following:
                        parts = urlsplit(following)
                        named = dict(parse_qsl(parts.query))
                        cursor = named.pop("cursor")
                        corpus.cursors.append((f"{parts.path}?{urlencode(named)}", cursor))
        return corpus


class Hostile:
    """Makes hostile requests out of a corpus."""

    def __init__(self, corpus: Corpus, seed: int) -> None:
        """Take a seed; the same one makes the same requests."""
        self._corpus = corpus
        self._contract = corpus.contract
        self._seed = seed
        self._random = random.Random()
        lists = {name for name, scopes in corpus.contract.parameters.items() if scopes & {"lists", "dated-lists"}}
        self._names_of = {name: sorted({*lists, *one.filters}) for name, one in corpus.contract.collections.items()}
        self._names = sorted({*corpus.contract.parameters, *(name for names in self._names_of.values() for name in names)})
        self._kinds: tuple[tuple[int, Callable[[], Event]], ...] = (
            (3, self._by_parameters),
            (2, self._by_cursor),
            (2, self._by_path),
            (2, self._by_headers),
            (1, self._by_everything),
            (1, self._by_event),
        )

    def event(self, number: int) -> tuple[Event, bool]:
        """Return the request with a number, and whether a gateway could send such an event."""
        self._random.seed(f"{self._seed}:{number}")
        (kind,) = self._random.choices([kind for _, kind in self._kinds], [weight for weight, _ in self._kinds])
        return kind(), kind != self._by_event

    def _by_parameters(self) -> Event:
        target = self._target()
        return self._event(target, self._query(target))

    def _by_cursor(self) -> Event:
        target, cursor = self._random.choice(self._corpus.cursors)
        path, _, query = target.partition("?")
        spoilt = quote(
            self._forged(cursor) if self._one_in(2) else self._spoilt(cursor), safe="%" if self._one_in(2) else "", errors="replace"
        )
        more = f"&{self._query()}" if self._one_in(8) else ""
        return self._event(self._target() if self._one_in(10) else path, f"{query}&cursor={spoilt}{more}")

    def _by_path(self) -> Event:
        path = self._spoilt(self._target())
        if self._one_in(4):
            path = quote(path, safe="/", errors="replace")
        return self._event(path, self._query() if self._one_in(4) else "")

    def _by_headers(self) -> Event:
        target = self._random.choice(self._corpus.targets)
        path, _, query = target.partition("?")
        return self._event(path, query, self._headers(self._corpus.tags.get(target, "*")))

    def _by_everything(self) -> Event:
        event = self._event(self._spoilt(self._target()), self._query(), self._headers())
        event["requestContext"]["http"]["method"] = self._random.choice(METHODS)
        return event

    def _by_event(self) -> Event:
        """Return an event that no gateway sends: some members are changed, missing or new."""
        event = self._by_everything() if self._one_in(2) else self._by_parameters()
        if self._one_in(50):
            return dict.fromkeys(self._random.sample(sorted(event), 2), self._random.choice(OTHERS))
        for _ in range(self._random.randint(1, 3)):
            at: Any = event
            while True:
                name = self._random.choice([*at, "new"])
                if isinstance(at.get(name), dict) and at[name] and self._random.random() < 0.7:
                    at = at[name]
                    continue
                if self._one_in(3):
                    at.pop(name, None)
                else:
                    at[name] = copy.deepcopy(self._random.choice(OTHERS))
                break
        return event

    def _event(self, path: str, query: str, headers: dict[str, str] | None = None) -> Event:
        method = self._random.choice(METHODS) if self._one_in(12) else "GET"
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers or {},
            "requestContext": {
                "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
                "requestId": REQUEST_ID,
                "stage": "$default",
            },
            "isBase64Encoded": False,
        }

    def _target(self) -> str:
        return self._random.choice(self._corpus.targets).partition("?")[0]

    def _query(self, target: str = "") -> str:
        if self._one_in(10):
            return self._spoilt(self._random.choice(self._corpus.targets).partition("?")[2] or "limit=1")
        if self._one_in(200):  # very many of them
            pair = self._pair(self._names, "cases")
            return "&".join(f"{pair}{number}" for number in range(self._random.randint(2, LONG // (len(pair) + 4) + 3)))
        about = next((name for name in reversed(target.split("/")) if name in self._contract.collections), "cases")
        taken = self._names_of[about] if target.endswith(about) else ["as_of", "fields", "format", "include", "release"]
        names = taken if self._random.random() < 0.8 else self._names
        pairs = [self._pair(names, about) for _ in range(self._random.choice((1, 1, 2, 2, 3, 5, 12)))]
        if self._one_in(6):
            pairs += self._random.choices(pairs, k=self._random.randint(1, 3))
        return ("&" if self._random.random() < 0.9 else self._random.choice(("&&", ";", "?", "&amp;"))).join(pairs)

    def _pair(self, names: Sequence[str], about: str) -> str:
        """Return a parameter of one of these names, with a value that may be right for a collection."""
        name = self._random.choice(names)
        value = self._value(name, about)
        if self._one_in(12):
            name = self._spoilt(name)
        if self._one_in(4):
            value = self._spoilt(value)
        safe = self._random.choice(("", "/,:-", "%", "%&=+;#?/"))
        pair = f"{quote(name, safe=safe, errors='replace')}={quote(value, safe=safe, errors='replace')}"
        if self._one_in(12):  # encoded twice, not at all, or by half
            pair = self._random.choice((quote(pair, safe="="), f"{name}={value}", self._spoilt(pair)))
        return pair

    def _value(self, name: str, about: str) -> str:
        choose = self._random.choice
        collection = self._contract.collections[about]
        if name in collection.filters:
            rule = collection.filters[name]
            ids = [path for path in self._corpus.ids if path.partition("/")[0] in rule.allowed] or ["x"]
            return choose({"term": rule.allowed, "reference": ids, "country": ("VN", "CN", "KP")}.get(rule.kind, ("en", "zh-Hans", "x")))
        match name:
            case "limit" | "since" | "release":
                return str(choose((1, 1, 2, 2, 3, 100, 0, 101, -1, 10**9, 10**10)))
            case "from" | "to":
                return choose(EDTF)
            case "as_of":
                return choose(TIMES)
            case "sort":
                return choose((*collection.sorts, *(f"-{sort}" for sort in collection.sorts)))
            case "fields":
                return ",".join(self._random.sample(collection.fields, k=choose((1, 2, 5))) * choose((1, 1, 1, 1, 20)))
            case "include":
                fields = list(collection.references) or ["case"]
                return ",".join(self._random.sample(fields, k=min(len(fields), choose((1, 2, 3)))))
            case "format":
                return choose((*self._contract.formats, "xml"))
        return choose(self._corpus.cursors)[1]

    def _headers(self, tag: str = "*") -> dict[str, str]:
        """Return headers; `tag` is an ETag that the answer may have."""
        headers: dict[str, str] = {}
        for _ in range(self._random.choice((1, 1, 2, 3, 6))):
            name, value = self._random.choice((self._accept, lambda: self._if_none_match(tag), self._date, self._date, self._of_no_use))()
            for _ in range(self._random.choice((0, 0, 0, 1, 3))):
                value = f"{value}, {value}" if self._one_in(3) else self._spoilt(value)
            if self._one_in(30):
                name = self._spoilt(name)
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        if self._one_in(40):
            headers |= {f"{self._random.choice(OF_NO_USE)}{number}": "x" * self._random.randint(0, 900) for number in range(20)}
        return headers

    def _accept(self) -> tuple[str, str]:
        def one() -> str:
            weight = self._random.choice(
                ("", "", ";q=0", ";q=1", "; q=0.5", ";q=1.1.1", ';x="a,b;q=0";q=0.3', ';x="', ";;", ";q=.", ";q=9" + "9" * 400)
            )
            return self._random.choice(MEDIA_TYPES) + weight

        return "accept", self._random.choice((", ", ",", ",,", " ")).join(one() for _ in range(self._random.choice((1, 2, 3, 9, 300))))

    def _if_none_match(self, own: str) -> tuple[str, str]:
        def one() -> str:
            tag = self._random.choice((own, self._random.choice(list(self._corpus.tags.values())), '"x"', "*", '"', '""', "x"))
            return f"W/{tag}" if self._one_in(3) else tag

        return "if-none-match", self._random.choice((", ", ",", " ", "")).join(one() for _ in range(self._random.choice((1, 1, 2, 5, 120))))

    def _date(self) -> tuple[str, str]:
        return self._random.choice(("accept-datetime", "if-modified-since")), self._random.choice((*DATES, *TIMES, *EDTF))

    def _of_no_use(self) -> tuple[str, str]:
        return self._random.choice(OF_NO_USE), self._random.choice(("DELETE", "POST", "/v1/events", "evil.example", "bytes=0-1", *PIECES))

    def _forged(self, cursor: str) -> str:
        """Return a cursor of the right form, its members changed."""
        members = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        for _ in range(self._random.choice((1, 1, 2))):
            place = self._random.randrange(len(members))
            members[place] = self._random.choice((*OTHERS, 1, 2, 3, 4, 10**9, self._spoilt(str(members[place])), str(members[-1]) * 3))
        if self._one_in(20):
            members = self._random.choice((members * 2, {"x": members}, members[:2], "x", None))
        raw = json.dumps(members, ensure_ascii=self._one_in(4), separators=(",", ":")).encode(errors="surrogatepass")
        if self._one_in(30):
            raw = self._random.choice((b"[" * 700, b"1" * 700, raw + b" ", b"\xff" + raw, b"NaN", b'[1,0,"x","\\ud800"]'))
        return base64.urlsafe_b64encode(raw).decode().rstrip("=" if self._random.random() < 0.9 else "")

    def _spoilt(self, text: str) -> str:
        """Return a text, damaged in one to three places."""
        for _ in range(self._random.choice((1, 1, 1, 2, 3))):
            place = self._random.randint(0, len(text))
            end = min(len(text), place + self._random.choice((0, 1, 1, 2, 8)))
            match self._random.randrange(10):
                case 0 | 1 | 2 | 3:
                    text = text[:place] + self._random.choice(PIECES) + text[end:]
                case 4:
                    text = text[:place] + text[end:]
                case 5:
                    text = text[:place] + text[place:end] * self._random.choice((2, 3, 50)) + text[end:]
                case 6:
                    text = text.swapcase() if self._one_in(2) else text[:place] + text[place:end].swapcase() + text[end:]
                case 7:
                    text = text[:place] + "".join(f"%{byte:02x}" for byte in text[place:end].encode(errors="surrogatepass")) + text[end:]
                case 8:
                    text = (
                        text[:place]
                        + chr(self._random.choice((self._random.randrange(256), self._random.randrange(0x110000))))
                        + text[end:]
                    )
                case 9:
                    text = self._large(text) if self._one_in(12) else text[:place]
        return text

    def _large(self, text: str) -> str:
        piece: Sequence[str] = (text or "a", *PIECES)
        chosen = self._random.choice(piece) or "a"
        return (text + chosen * (LONG // len(chosen) + 1))[: self._random.choice((100, 1_000, 4_090, 4_100, 8_190, LONG))]

    def _one_in(self, many: int) -> bool:
        return self._random.randrange(many) == 0
