"""Runs all benchmarks and writes RESULTS.md: `python -m bench`, or `python -m bench --scale` for growth to a million resources alone."""

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
STARTS = 9  # cold starts of each side
PASSES = 3  # processes of each side for warm answers, in turn
ROUNDS = 12  # of forty resources that were not read before, in each of them, the sides in turn
PUBLISHED, CHANGED = 30_000, 100
MOST_GROWN = 8  # MB
ONE, ONE_304, ONE_COLD = "a resource, read before", "a resource, 304", "a resource, not read before"
PAGE, PAGE_304, PAGE_COLD = "a page of 20, read before", "a page of 20, 304", "a page of 20, not read before"
Found = dict[str, Any]
Part = tuple[list[Row], str]


def main() -> None:
    """Run what the command line asks for."""
    interpreter = packages.python()
    began = time.monotonic()
    if "--scale" in sys.argv:
        _load(SMALL, LARGE, HUGE)
        with engine() as endpoint:
            rows, text = _growth(endpoint, (SMALL, LARGE, HUGE))
        SCALE.write_text(f"# Growth to a million\n\n{_machine(interpreter, began)}{summary(rows)}\n{text}", encoding="utf-8")
        _say(f"{SCALE.name} is written")
        return
    if not throughput.has_tools():  # at the end it would cost all that was measured
        raise SystemExit("throughput needs wrk, and Datasette as `make bench` installs it")
    _say("packages")
    size = packages.build(interpreter)
    _load(SMALL, WARM, LARGE)
    with engine() as endpoint:
        own = environment(endpoint, name_of(WARM)) | {"BENCH_STAMP": STAMP}
        parts: dict[str, Part] = {"Cold start": _cold(interpreter, own, size)}
        found = _warm_answers(interpreter, own)
        counts = {side.name: warm.count(interpreter, side, own) for side in SIDES}
        parts["Warm answers"] = _warm(found, counts, instructions.measure(interpreter, own))
        parts["What an answer takes of DynamoDB"] = _counts(counts)
        parts["Money"] = _money(found, counts)
        parts["Growth"] = _growth(endpoint, (SMALL, LARGE))
    with engine("publishing") as endpoint:  # of its own: to remove a table dynalite goes through the keys of all others
        parts["Publishing"] = _publishing(endpoint)
    parts["Throughput over HTTP"] = _throughput()
    rows = [row for part, _ in parts.values() for row in part]
    body = "\n\n".join(f"## {name}\n\n{text.strip()}" for name, (_, text) in parts.items())
    RESULTS.write_text(f"# Results\n\n{_machine(interpreter, began)}{summary(rows)}\n{body}\n", encoding="utf-8")
    _say(f"{RESULTS.name} is written")


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
        below("cold start, CPU, to the floor", seconds[ours] / seconds[FLOOR.name], 1.25, "at most 1.25"),
        below("cold start, CPU, to peer A", seconds[ours] / seconds[FASTAPI.name], 0.65, "at most 0.65"),
        below("cold start, CPU, to peer B", seconds[ours] / seconds[POWERTOOLS.name], 1.0, "below 1"),
        below("peak memory, to the floor", peaks[ours] / peaks[FLOOR.name], 1.2, "at most 1.2"),
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
        "CPU from the start of the process to its first answer, one resource, Lambda's own client (awslambdaric) against a stub of the "
        f"Runtime API, {STARTS} starts of each side in turn. Article 33 is the zip of `article33 package`, unpacked: {size:,} bytes."
    )
    return rows, text + table(("side", "ours to it", "CPU, ms", "ours to it", "peak memory, MB"), lines)


def _warm_answers(interpreter: str, own: dict[str, str]) -> dict[str, Found]:
    """Return each side's rows, joined over its processes."""
    found: dict[str, Found] = {side.name: {} for side in SIDES}
    for at in range(PASSES):
        _say(f"warm answers, pass {at + 1} of {PASSES}")
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
        Row("warm GET of a resource read before, µs of CPU", f"{ours[ONE]:.0f}", "at most 60", ours[ONE] <= 60),
        below("the same, to peer A", ours[ONE] / peer[ONE], 0.1, "at most 0.1"),
        Row("its 304, µs of CPU", f"{ours[ONE_304]:.0f}", "cheaper still", ours[ONE_304] < ours[ONE]),
        below("warm GET not read before, CPU, to the floor", ours[ONE_COLD] / least[ONE_COLD], 1.15, "at most 1.15"),
        Row("round trips of a resource not read before", str(len(calls["a resource"])), "1", len(calls["a resource"]) == 1),
        Row("round trips of a page not read before", str(len(calls["a page of 20"])), "2", len(calls["a page of 20"]) == 2),
        below("a page read before, CPU, to peer A", ours[PAGE] / peer[PAGE], 0.15, "at most 0.15"),
    ]
    text = prose(
        "In process, from an event to its answer, microseconds of CPU. Only Article 33 keeps what it has read; the others read it again "
        f"each time. {PASSES} processes of each side; what was not read before is asked for in {ROUNDS} rounds, the sides in turn."
    )
    lines = []
    for name in (ONE, ONE_304, ONE_COLD, PAGE, PAGE_304, PAGE_COLD):
        its = [(side, found[side.name].get(name) or (found[side.name].get(PAGE) if name == PAGE_COLD else None)) for side in SIDES]
        lines += [(name, side.title, f"{ours[name] / median(row['cpu']):.3f}", spread(row["cpu"])) for side, row in its if row]
    text += table(("what", "side", "ours to it", "CPU, µs"), lines)
    if counted:
        mine, floor = counted[OURS.title], counted[FLOOR.title]
        ratio = mine.instructions / floor.instructions
        rows.append(below("warm GET not read before, instructions, to the floor", ratio, 1.15, "at most 1.15"))
        text += "\n" + prose(
            f"Instructions of a resource not read before ({instructions.version()}): {mine.instructions:,.0f} by Article 33, "
            f"{floor.instructions:,.0f} by the floor, {ratio:.2f} to it. Accesses that miss a cache of {instructions.CACHE_KB} KB: "
            f"{mine.misses:,.0f} and {floor.misses:,.0f}, {mine.misses / floor.misses:.2f} to it. An answer that takes "
            "fewer instructions and more time waits for these: between two of them botocore's code fills the cache, and what checks a "
            "request, words its headers and logs it is fetched anew."
        )
    return rows, text


def _counts(counts: dict[str, Found]) -> Part:
    ours = counts[OURS.name]
    listed, fetched = ours["a page of 20"]["each"]
    again = ours["a page of 20, 304"]["units"]
    rows = [
        Row("read units of a resource of at most 4 KB", f"{ours['a resource']['units']:g}", "1", ours["a resource"]["units"] == 1),
        Row("read units of a page: of its list, and of 20 documents with the total", f"{listed:g} and {fetched:g}", "21", fetched == 21),
        Row("read units of a 304 on a list", f"{again:g}", "none", again == 0),
    ]
    names = ("a resource", "a resource, again", "a resource, 304", "a page of 20", "a page of 20, again", "a page of 20, 304")
    lines = [
        (name, side.title, str(len(row["calls"])), f"{row['units']:g}", f"{row['bytes']:,}", f"{row['headers']:,}")
        for name in names
        for side in SIDES
        if (row := counts[side.name].get(name))
    ]
    text = prose("By an instance that knows the current release. The floor knows the key of the revision, and asks by GetItem.")
    return rows, text + table(("what", "side", "round trips", "read units", "bytes of the body", "of the headers"), lines)


def _money(found: dict[str, Found], counts: dict[str, Found]) -> Part:
    def costs(side: packages.Side, question: str, timed: str) -> dict[float, tuple[float, float]]:
        row = counts[side.name][question]
        milliseconds = median(found[side.name][timed]["wall"]) / 1000
        answer = money.Answer(milliseconds, row["units"], row["bytes"] + row["headers"])
        return {cached: (money.function(answer, cached), money.edge(answer)) for cached in (0.0, 0.9, 1.0)}

    first, again = costs(OURS, "a resource", ONE_COLD), costs(OURS, "a resource, again", ONE)
    peers = {side.title: costs(side, "a resource", ONE_COLD) for side in (FASTAPI, POWERTOOLS)}
    rows = [
        below(
            f"money for a million answers, {share:.0%} of them from the edge, to the cheaper peer",
            sum(first[share]) / min(sum(peer[share]) for peer in peers.values()),
            1.0,
            "below 1",
        )
        for share in (0.0, 0.9, 1.0)
    ]
    behind = min(peer[0.0][0] for peer in peers.values())
    rows.append(below("what of it is behind the edge, none from the edge, to the cheaper peer", first[0.0][0] / behind, 1.0, "below 1"))
    rows.append(below("the same, by an instance that has read it", again[0.0][0] / behind, 1.0, "below 1"))
    text = prose(
        f"USD for a million answers of one resource by the sums and prices in `bench/money.py` (prices of {money.AS_OF}): in brackets "
        "API Gateway, Lambda and DynamoDB, and the edge. A small always-on server (t4g.small) is "
        f"{money.SERVER_MONTH:.2f} a month, whatever is asked of it."
    ) + prose(
        "The edge's price is one of bytes, and Article 33 sends a kilobyte of headers more: how long it may be kept, its tag and digest, "
        "its links, what a browser may see. No peer says how long an answer may be kept; a share from the edge supposes that it did, for "
        "no bytes."
    )
    sides = {
        f"{OURS.title}, by an instance that has not read it": first,
        f"{OURS.title}, by one that has": again,
        f"{OURS.title}, a 304 to who has it": costs(OURS, "a resource, 304", ONE_304),
        **peers,
    }
    lines = [(title, *(f"{sum(cost):.2f} ({cost[0]:.2f} and {cost[1]:.2f})" for cost in its.values())) for title, its in sides.items()]
    return rows, text + table(("side", "none from the edge", "90 %", "all"), lines)


def _load(*sizes: int) -> None:
    for size in sizes:
        _say(f"a record of {size:,}")
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
        rows.append(below(f"{name}: p50 at {sizes[-1]:,} to that at {sizes[0]:,}", ratio, most, f"at most {most}"))
        units = [its[size]["units"] for size in sizes]
        steady, target = len(set(units)) == 1, "the same"
        if name == growth.FILTERED:
            steady, target = max(units) <= 1.2 * units[0], "at most 1.2 times"
        rows.append(Row(f"{name}: read units at {sizes[0]:,} and {sizes[-1]:,}", " and ".join(f"{one:g}" for one in units), target, steady))
    own = ratios[growth.ONE] / ratios[growth.BARE]
    rows.append(below(f"{growth.ONE}: that growth, to that of the engine alone, by a GetItem of its key", own, 1.1, "at most 1.1"))
    text = prose(
        "Milliseconds of wall time by an instance that knows the release and nothing else, the engine's work with it; the sizes take "
        f"turns. A page by two filters reads {FILTERED_STEP} entries of the smaller list at once, where there are so many. For its total "
        f"what matches is counted, by one Query once at a release, where that list has at most {MOST_COUNTED:,} entries; beyond that the "
        "total is null, at no cost. So that page does not grow with the record beyond those entries. No resource of a large record is "
        "asked for twice, so the engine fetches it from its files; the engine alone is a GetItem of the same kind, by a key that only "
        "who published it knows."
    ) + prose(
        f"A record of more than {LARGEST_PUBLISHED:,} resources is made of the items of one that was published: its cases are repeated "
        "under other numbers, with totals to match, and written into the engine."
    )
    return rows, text + table(("what", "resources", "to the smallest", "ms", "read units", "round trips"), lines)


def _publishing(endpoint: str) -> Part:
    _say("publishing")
    found = publishing.measure(endpoint, PUBLISHED, CHANGED)
    smaller, new, same, few, raw = found.values()
    grown = max(one.grown for one in (new, same, few))
    pace = new.items / new.seconds / (raw.items / raw.seconds)
    rows = [
        above(f"publishing {PUBLISHED:,} new resources: items a second, to raw BatchWriteItem", pace, 0.5, "at least 0.5"),
        below("the same again, nothing changed: time, to the first", same.seconds / new.seconds, 0.1, "at most 0.1"),
        below(
            f"{CHANGED} changed: items written a resource, to those of a new one",
            few.items / CHANGED / (new.items / PUBLISHED),
            2.0,
            "in proportion (at most 2: entries end and begin)",
        ),
        below(
            f"{CHANGED} changed: time, to that of nothing changed and of its {few.items:,} items at the pace of the first",
            few.seconds / (same.seconds + few.items * new.seconds / new.items),
            1.5,
            "in proportion (at most 1.5)",
        ),
        Row(
            f"memory that a publish grows by, a record of {PUBLISHED // publishing.FEWER:,} and any of {PUBLISHED:,}, MB",
            f"{smaller.grown / 1e6:.1f} and {grown / 1e6:.1f}",
            f"does not grow with the record (at most {MOST_GROWN} more)",
            grown <= smaller.grown + MOST_GROWN * 1e6,
        ),
    ]
    lines = [
        (name, f"{one.seconds:.1f}", f"{one.items:,}", f"{one.items / one.seconds:,.0f}", f"{one.grown / 1e6:.1f}")
        for name, one in found.items()
    ]
    text = prose(
        "Wall time of one publish each, from a staging that is ready. A publish compares all documents with the record once, "
        "which is what it takes where nothing changed, and keeps what it is to write on disk until then. Of a changed resource "
        f"{few.items / CHANGED:.0f} items are written, of a new one {new.items / PUBLISHED:.0f}: entries end and begin. An entry ends by "
        f"an UpdateItem of its own, one after the other, because no batch takes updates: {few.updates:,} of the {few.items:,} items of "
        f"{CHANGED} changed, and {new.updates:,} of the {new.items:,} of a new record, mostly for its totals. Memory is the peak of the "
        "process (VmHWM) during the publish beyond what it had before, when it had given back what was free."
    )
    return rows, text + table(("what", "seconds", "items written", "items a second", "memory grown, MB"), lines)


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
                above(f"{name}, {connections} connections: requests a second, to Datasette's best", ratio, least, f"at least {least}")
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
        "`make serve` and Datasette over the same documents on the loopback, wrk with one thread, "
        f"{throughput.SECONDS} seconds each. Datasette serves an immutable file, counted beforehand, and suggests no facets."
    )
    return rows, text + table(
        ("what", "connections", "ours to it", "Article 33, a second", "Datasette", "bytes, ours", "bytes, theirs"), lines
    )


def _machine(interpreter: str, began: float) -> str:
    """Return what the figures were measured on, when and with which versions."""
    model = re.search(r"model name\s+: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    files = {"fastapi": ("fastapi", "mangum", "boto3", "pydantic"), "powertools": ("aws-lambda-powertools",), "datasette": ("datasette",)}
    pinned = [_pinned(file, name) for file, names in (files | {"runtime": ("awslambdaric",)}).items() for name in names]
    dynalite = re.search(r'"version": "([^"]+)"', (DYNALITE / "node_modules" / "dynalite" / "package.json").read_text(encoding="utf-8"))
    return prose(
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {os.cpu_count()} cores of {model[1] if model else platform.machine()}, "
        f"Linux {platform.release().split('-')[0]}. {_said(interpreter, '--version')} for the function's sides, "
        f"{platform.python_version()} for `make serve`, publishing and growth. botocore {version('botocore')}, {', '.join(pinned)}; "
        f"dynalite {dynalite[1] if dynalite else '?'} on Node {_said('node', '--version')}. "
        f"The run took {(time.monotonic() - began) / 60:.1f} minutes. Figures are medians, in brackets the quarters beside them."
    ) + prose(
        "Written by `make bench`. A is FastAPI with Mangum, boto3 and response models; B Powertools' resolver with validation, boto3 and "
        "the same models; the floor one GetItem by botocore's client, which knows the key of what it reads."
    )


def _pinned(file: str, name: str) -> str:
    """Return a package's name and the version that a side's requirements pin."""
    text = (Path(__file__).parent / "requirements" / f"{file}.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{name}==([\w.]+)", text, re.MULTILINE)
    assert found is not None, f"{file}.txt pins {name}"
    return f"{name} {found[1]}"


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _say(what: str) -> None:
    print(f"{datetime.datetime.now(datetime.UTC):%H:%M:%S} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
