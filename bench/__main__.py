"""Run all benchmarks and write RESULTS.md (`python -m bench`), or only growth to a million resources (`python -m bench --scale`)."""

import datetime
import os
import platform
import re
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import cold, growth, instructions, money, packages, publishing, throughput, warm
from bench.engine import DYNALITE, engine, environment
from bench.loading import LARGEST_PUBLISHED, STAMP, load, name_of
from bench.packages import FASTAPI, FLOOR, OURS, POWERTOOLS, SIDES
from bench.questions import event, resource
from bench.report import Row, above, below, median, prose, spread, summary, table
from record.paging import FILTERED_STEP, MOST_COUNTED

RESULTS = Path(__file__).with_name("RESULTS.md")
SCALE = Path(__file__).with_name("RESULTS-scale.md")
SMALL, WARM, LARGE, HUGE = 1_000, 3_000, 100_000, 1_000_000
STARTS = 9  # cold starts per side
PASSES = 3  # processes per side for warm responses; the sides take turns
ROUNDS = 12  # per process, of forty resources that were not read before; the sides take turns
PUBLISHED, CHANGED = 30_000, 100
MOST_GROWN = 8  # MB
ONE, ONE_304, ONE_COLD = "a resource, repeated", "a resource, 304", "a resource, first read"
PAGE, PAGE_304, PAGE_COLD = "a page of 20, repeated", "a page of 20, 304", "a page of 20, first read"
Found = dict[str, Any]
Part = tuple[list[Row], str]


def main() -> None:
    """Run the benchmarks that the command line selects."""
    interpreter = packages.python()
    began = time.monotonic()
    if "--scale" in sys.argv:
        _load(SMALL, LARGE, HUGE)
        with engine() as endpoint:
            rows, text = _growth(endpoint, (SMALL, LARGE, HUGE))
        SCALE.write_text(f"# Growth to a million\n\n{_machine(interpreter, began)}{summary(rows)}\n{text}", encoding="utf-8")
        _say(f"wrote {SCALE.name}")
        return
    if not throughput.has_tools():  # check now: a failure at the end would lose all measurements
        raise SystemExit("the throughput benchmark needs wrk, and Datasette as installed by `make bench`")
    _say("packages")
    size = packages.build(interpreter)
    _load(SMALL, WARM, LARGE)
    with engine() as endpoint:
        own = environment(endpoint, name_of(WARM)) | {"BENCH_STAMP": STAMP}
        parts: dict[str, Part] = {"Cold start": _cold(interpreter, own, size)}
        found = _warm_answers(interpreter, own)
        counts = {side.name: warm.count(interpreter, side, own) for side in SIDES}
        parts["Warm responses"] = _warm(found, counts, instructions.measure(interpreter, own))
        parts["DynamoDB calls and read units"] = _counts(counts)
        parts["Cost"] = _money(found, counts)
        parts["Growth"] = _growth(endpoint, (SMALL, LARGE))
    with engine("publishing") as endpoint:  # a separate engine: to delete a table, dynalite scans the keys of all other tables
        parts["Publishing"] = _publishing(endpoint)
    parts["Throughput over HTTP"] = _throughput()
    rows = [row for part, _ in parts.values() for row in part]
    body = "\n\n".join(f"## {name}\n\n{text.strip()}" for name, (_, text) in parts.items())
    RESULTS.write_text(f"# Results\n\n{_machine(interpreter, began)}{summary(rows)}\n{body}\n", encoding="utf-8")
    _say(f"wrote {RESULTS.name}")


def _cold(interpreter: str, own: dict[str, str], size: int) -> Part:
    _say("cold starts")
    asked = event(resource(150))
    starts: dict[str, list[cold.ColdStart]] = {side.name: [] for side in SIDES}
    for _ in range(STARTS):
        for side in SIDES:
            starts[side.name].append(cold.cold_start(interpreter, side, own, asked))
    seconds = {name: median([one.seconds for one in found]) for name, found in starts.items()}
    peaks = {name: median([one.peak for one in found]) for name, found in starts.items()}
    ours = OURS.name
    rows = [
        below("cold start, CPU, relative to the floor", seconds[ours] / seconds[FLOOR.name], 1.5, "at most 1.5"),
        below("cold start, CPU, relative to peer A", seconds[ours] / seconds[FASTAPI.name], 0.6, "at most 0.6"),
        below("cold start, CPU, relative to peer B", seconds[ours] / seconds[POWERTOOLS.name], 1.0, "below 1"),
        below("peak memory, relative to the floor", peaks[ours] / peaks[FLOOR.name], 1.2, "at most 1.2"),
    ]
    lines = [
        (
            side.title,
            f"{seconds[ours] / seconds[side.name]:.2f}",
            spread([one.seconds * 1000 for one in starts[side.name]]),
            f"{peaks[ours] / peaks[side.name]:.2f}",
            spread([one.peak / 1e6 for one in starts[side.name]], 1),
        )
        for side in SIDES
    ]
    text = prose(
        "CPU time from the start of the process to its first response, for one resource. Lambda's own client (awslambdaric) runs each "
        f"side against a stub of the Runtime API; {STARTS} starts per side, the sides take turns. Article 33 is the unpacked zip of "
        f"`article33 package`: {size:,} bytes."
    )
    return rows, text + table(("side", "CPU: ours / its", "CPU, ms", "memory: ours / its", "peak memory, MB"), lines)


def _warm_answers(interpreter: str, own: dict[str, str]) -> dict[str, Found]:
    """Return the rows of each side, joined over its processes."""
    found: dict[str, Found] = {side.name: {} for side in SIDES}
    for at in range(PASSES):
        _say(f"warm responses, pass {at + 1} of {PASSES}")
        for side, rows in warm.measure(interpreter, SIDES, own, ROUNDS).items():
            for name, row in rows.items():
                if name != "warming up":
                    before = found[side].setdefault(name, {**row, "cpu": [], "wall": []})
                    before["cpu"] += row["cpu"]
                    before["wall"] += row["wall"]
    return found


def _warm(found: dict[str, Found], counts: dict[str, Found], counted: dict[str, instructions.Work] | None) -> Part:
    cpu = {side: {name: median(row["cpu"]) for name, row in rows.items()} for side, rows in found.items()}
    ours, peer, least = cpu[OURS.name], cpu[FASTAPI.name], cpu[FLOOR.name]
    calls = {name: counts[OURS.name][name]["calls"] for name in ("a resource", "a page of 20")}
    rows = [
        Row("warm GET of a cached resource, µs of CPU", f"{ours[ONE]:.0f}", "at most 200", ours[ONE] <= 200),
        below("warm GET of a cached resource, CPU, relative to peer A", ours[ONE] / peer[ONE], 0.05, "at most 0.05"),
        Row("304 for a cached resource, µs of CPU", f"{ours[ONE_304]:.0f}", "less than the 200", ours[ONE_304] < ours[ONE]),
        below("warm GET of an uncached resource, CPU, relative to the floor", ours[ONE_COLD] / least[ONE_COLD], 1.15, "at most 1.15"),
        Row("round trips for an uncached resource", str(len(calls["a resource"])), "1", len(calls["a resource"]) == 1),
        Row("round trips for an uncached page", str(len(calls["a page of 20"])), "2", len(calls["a page of 20"]) == 2),
        below("a cached page, CPU, relative to peer A", ours[PAGE] / peer[PAGE], 0.03, "at most 0.03"),
    ]
    text = prose(
        "In process, from an event to its response, microseconds of CPU. Only Article 33 caches what it has read; the others read it again "
        f"for a repeated request. {PASSES} processes per side; first reads come in {ROUNDS} rounds, in which the sides take turns."
    )
    lines = []
    for name in (ONE, ONE_304, ONE_COLD, PAGE, PAGE_304, PAGE_COLD):
        its = [(side, found[side.name].get(name) or (found[side.name].get(PAGE) if name == PAGE_COLD else None)) for side in SIDES]
        lines += [(name, side.title, f"{ours[name] / median(row['cpu']):.3f}", spread(row["cpu"])) for side, row in its if row]
    text += table(("request", "side", "ours / its", "CPU, µs"), lines)
    if counted:
        mine, floor = counted[OURS.title], counted[FLOOR.title]
        ratio = mine.instructions / floor.instructions
        rows.append(below("warm GET of an uncached resource, instructions, relative to the floor", ratio, 1.15, "at most 1.15"))
        text += "\n" + prose(
            f"Instructions for the first read of a resource ({instructions.version()}): {mine.instructions:,.0f} for Article 33, "
            f"{floor.instructions:,.0f} for the floor, ratio {ratio:.2f}. Accesses that miss a cache of {instructions.CACHE_KB} KB: "
            f"{mine.misses:,.0f} and {floor.misses:,.0f}, ratio {mine.misses / floor.misses:.2f}. Cache misses are why a response can take "
            "fewer instructions but more time: between two responses, botocore's code fills the cache, and the code that checks a request, "
            "builds its headers and logs it must be loaded again."
        )
    return rows, text


def _counts(counts: dict[str, Found]) -> Part:
    ours = counts[OURS.name]
    listed, fetched = ours["a page of 20"]["each"]
    again = ours["a page of 20, 304"]["units"]
    rows = [
        Row("read units for a resource of at most 4 KB", f"{ours['a resource']['units']:g}", "1", ours["a resource"]["units"] == 1),
        Row("read units for a page: its list, and its 20 documents with the total", f"{listed:g} and {fetched:g}", "21", fetched == 21),
        Row("read units for a 304 on a list", f"{again:g}", "0", again == 0),
    ]
    names = ("a resource", "a resource, repeated", "a resource, 304", "a page of 20", "a page of 20, repeated", "a page of 20, 304")
    lines = [
        (name, side.title, str(len(row["calls"])), f"{row['units']:g}", f"{row['bytes']:,}", f"{row['headers']:,}")
        for name in names
        for side in SIDES
        if (row := counts[side.name].get(name))
    ]
    text = prose("For an instance that knows the current release. The floor knows the key of the revision and uses GetItem.")
    return rows, text + table(("request", "side", "round trips", "read units", "bytes of the body", "bytes of the headers"), lines)


def _money(found: dict[str, Found], counts: dict[str, Found]) -> Part:
    def costs(side: packages.Side, question: str, timed: str) -> dict[float, tuple[float, float]]:
        row = counts[side.name][question]
        milliseconds = median(found[side.name][timed]["wall"]) / 1000
        answer = money.Answer(milliseconds, row["units"], row["bytes"] + row["headers"])
        return {cached: (money.function(answer, cached), money.edge(answer)) for cached in (0.0, 0.9, 1.0)}

    first, again = costs(OURS, "a resource", ONE_COLD), costs(OURS, "a resource, repeated", ONE)
    peers = {side.title: costs(side, "a resource", ONE_COLD) for side in (FASTAPI, POWERTOOLS)}
    rows = [
        below(
            f"cost per million requests, {share:.0%} answered by CloudFront, relative to the cheaper peer",
            sum(first[share]) / min(sum(peer[share]) for peer in peers.values()),
            1.0,
            "below 1",
        )
        for share in (0.0, 0.9, 1.0)
    ]
    behind = min(peer[0.0][0] for peer in peers.values())
    rows.append(below("origin cost per million uncached requests, relative to the cheaper peer", first[0.0][0] / behind, 1.0, "below 1"))
    rows.append(below("the same, for an instance that has the resource cached", again[0.0][0] / behind, 1.0, "below 1"))
    text = prose(
        f"USD per million requests for one resource, computed in `bench/money.py` (prices of {money.AS_OF}). In brackets: the origin (API "
        "Gateway, Lambda and DynamoDB), and CloudFront. For comparison, a small always-on server (t4g.small) costs "
        f"{money.SERVER_MONTH:.2f} a month, whatever the load."
    ) + prose(
        "CloudFront charges for bytes, and Article 33 sends a kilobyte more of headers: Cache-Control, ETag and digest, links, CORS. No "
        "peer sends a Cache-Control; the columns with cached requests assume that it did, without counting the bytes."
    )
    sides = {
        f"{OURS.title}, first read": first,
        f"{OURS.title}, cached by the instance": again,
        f"{OURS.title}, a 304": costs(OURS, "a resource, 304", ONE_304),
        **peers,
    }
    lines = [(title, *(f"{sum(cost):.2f} ({cost[0]:.2f} and {cost[1]:.2f})" for cost in its.values())) for title, its in sides.items()]
    return rows, text + table(("side", "0 % answered by CloudFront", "90 %", "100 %"), lines)


def _load(*sizes: int) -> None:
    for size in sizes:
        _say(f"a record of {size:,} resources")
        load(size)


def _growth(endpoint: str, sizes: tuple[int, ...]) -> Part:
    _say("growth")
    found = growth.measure(endpoint, {size: name_of(size) for size in sizes})
    rows, lines, ratios = [], [], {}
    for name, its in found.items():
        least = median(its[sizes[0]]["ms"])
        most = 1.1 if name == growth.ONE else 1.2
        ratio = ratios[name] = median(its[sizes[-1]]["ms"]) / least
        lines += [
            (name, f"{size:,}", f"{median(row['ms']) / least:.2f}", spread(row["ms"], 2), f"{row['units']:g}", str(len(row["calls"])))
            for size, row in its.items()
        ]
        if name == growth.BARE:
            continue
        rows.append(below(f"{name}: median time with {sizes[-1]:,} resources, relative to {sizes[0]:,}", ratio, most, f"at most {most}"))
        units = [its[size]["units"] for size in sizes]
        steady, target = len(set(units)) == 1, "the same"
        if name == growth.FILTERED:
            steady, target = max(units) <= 1.2 * units[0], "at most 1.2 times"
        rows.append(
            Row(
                f"{name}: read units with {_listed([f'{size:,}' for size in sizes])} resources",
                _listed([f"{one:g}" for one in units]),
                target,
                steady,
            )
        )
    own = ratios[growth.ONE] / ratios[growth.BARE]
    rows.append(below(f"{growth.ONE}: this growth, relative to the growth of a plain GetItem", own, 1.1, "at most 1.1"))
    text = prose(
        "Milliseconds of wall time, including the engine's work, for an instance that knows the release and has nothing else cached. The "
        f"sizes take turns. A page with two filters reads up to {FILTERED_STEP} entries of the smaller list at once. Its total is counted "
        f"by one Query, once per release, if that list has at most {MOST_COUNTED:,} entries; above that, the total is null and costs "
        "nothing. So above that size, such a page does not grow with the record. In a large record, no resource is requested twice, so "
        "the engine reads it from its files. The plain GetItem reads an item of the same kind, by a key that only the publisher knows."
    ) + prose(
        f"A record of more than {LARGEST_PUBLISHED:,} resources is made from the items of a published one: its cases are repeated with "
        "other numbers and matching totals, and written into the engine."
    )
    return rows, text + table(("request", "resources", "relative to the smallest", "ms", "read units", "round trips"), lines)


def _publishing(endpoint: str) -> Part:
    _say("publishing")
    found = publishing.measure(endpoint, PUBLISHED, CHANGED)
    smaller, new, same, few, raw = found.values()
    grown = max(one.grown for one in (new, same, few))
    pace = new.items / new.seconds / (raw.items / raw.seconds)
    rows = [
        above(f"publishing {PUBLISHED:,} new resources: items per second, relative to plain BatchWriteItem", pace, 0.5, "at least 0.5"),
        below("publishing the same again: time, relative to the first publish", same.seconds / new.seconds, 0.1, "at most 0.1"),
        below(
            f"publishing {CHANGED} changed resources: items written per resource, relative to a new one",
            few.items / CHANGED / (new.items / PUBLISHED),
            2.0,
            "at most 2 (old entries end and new ones begin)",
        ),
        below(
            f"publishing {CHANGED} changed: time, relative to an unchanged publish plus {few.items:,} items at the rate of the first",
            few.seconds / (same.seconds + few.items * new.seconds / new.items),
            1.5,
            "at most 1.5",
        ),
        Row(
            f"memory growth of a publish, with {PUBLISHED // publishing.FEWER:,} and with {PUBLISHED:,} resources, MB",
            f"{smaller.grown / 1e6:.1f} and {grown / 1e6:.1f}",
            f"independent of the size (at most {MOST_GROWN} MB more)",
            grown <= smaller.grown + MOST_GROWN * 1e6,
        ),
    ]
    lines = [
        (name, f"{one.seconds:.1f}", f"{one.items:,}", f"{one.items / one.seconds:,.0f}", f"{one.grown / 1e6:.1f}")
        for name, one in found.items()
    ]
    text = prose(
        "Wall time of one publish each, from a prepared staging area. A publish compares all documents with the record once, even if "
        "nothing has changed, and keeps what it will write on disk until then. It writes "
        f"{few.items / CHANGED:.0f} items per changed resource and {new.items / PUBLISHED:.0f} per new one, because old entries end and "
        "new ones begin. Each entry ends by a separate UpdateItem, one after the other, because a batch accepts no updates: "
        f"{few.updates:,} of the {few.items:,} items for {CHANGED} changed resources, and {new.updates:,} of the {new.items:,} items of a "
        "new record, mostly for its totals. Memory is the peak of the process during the publish (VmHWM), minus what it had before, after "
        "freeing unused memory."
    )
    return rows, text + table(("publish", "seconds", "items written", "items per second", "memory growth, MB"), lines)


def _throughput() -> Part:
    _say("throughput")
    rates = throughput.measure()
    ours, theirs = rates.values()
    rows, lines = [], []
    for name, least in ((throughput.ONE, 3), (throughput.PAGE, 8)):
        best = max(rate.a_second for (what, _), rate in theirs.items() if what == name)
        for connections in throughput.CONNECTIONS:
            mine, its = ours[name, connections], theirs[name, connections]
            ratio = mine.a_second / best
            rows.append(
                above(
                    f"{name}, {_counted(connections, 'connection')}: requests per second, relative to Datasette's best",
                    ratio,
                    least,
                    f"at least {least}",
                )
            )
            lines.append(
                (
                    name,
                    str(connections),
                    f"{mine.a_second / its.a_second:.1f}",
                    f"{mine.a_second:,.0f}",
                    f"{its.a_second:,.0f}",
                    f"{mine.bytes:,}",
                    f"{its.bytes:,}",
                )
            )
    text = prose(
        "`make serve` and Datasette serve the same documents on the loopback interface; wrk with one thread, "
        f"{throughput.SECONDS} seconds each. Datasette serves an immutable file with precomputed counts, and suggests no facets."
    )
    return rows, text + table(
        ("request", "connections", "ours / its", "Article 33, per second", "Datasette, per second", "bytes, ours", "bytes, its"), lines
    )


def _machine(interpreter: str, began: float) -> str:
    """Return when, on which machine and with which versions this was measured."""
    model = re.search(r"model name\s+: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    files = {"fastapi": ("fastapi", "mangum", "boto3", "pydantic"), "powertools": ("aws-lambda-powertools",), "datasette": ("datasette",)}
    pinned = [_pinned(file, name) for file, names in (files | {"runtime": ("awslambdaric",)}).items() for name in names]
    dynalite = re.search(r'"version": "([^"]+)"', (DYNALITE / "node_modules" / "dynalite" / "package.json").read_text(encoding="utf-8"))
    return prose(
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {os.cpu_count()} cores of {model[1] if model else platform.machine()}, "
        f"Linux {platform.release().split('-')[0]}. {_said(interpreter, '--version')} for the sides, "
        f"Python {platform.python_version()} for `make serve`, publishing and growth. botocore {version('botocore')}, {', '.join(pinned)}; "
        f"dynalite {dynalite[1] if dynalite else '?'} on Node {_said('node', '--version')}. "
        f"The run took {(time.monotonic() - began) / 60:.1f} minutes. Figures are medians, with quartiles in brackets."
    ) + prose(
        "Written by `make bench`. Peer A is FastAPI with Mangum, boto3 and response models. Peer B is Powertools' resolver with "
        "validation, boto3 and the same models. The floor is a bare handler: one GetItem with botocore's client, by a known key."
    )


def _pinned(file: str, name: str) -> str:
    """Return the name of a package and its version as pinned in a requirements file of a side."""
    text = (Path(__file__).parent / "requirements" / f"{file}.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{name}==([\w.]+)", text, re.MULTILINE)
    assert found is not None, f"{file}.txt pins {name}"
    return f"{name} {found[1]}"


def _listed(words: list[str]) -> str:
    """Return words as an enumeration: "1, 2 and 3"."""
    return " and ".join([", ".join(words[:-1]), words[-1]])


def _counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural if needed."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _say(what: str) -> None:
    print(f"{datetime.datetime.now(datetime.UTC):%H:%M:%S} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
