"""Seals: a redaction removes values, and everything else of the body is still proven."""

import copy
import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from record.model import Seal
from record.seals import NoSalt, Sealed, proven, redact, seal_of
from tests.conftest import ROOT

SALT = "5a" * 16
NAMES = st.sampled_from(["a", "b", "a/b", "m~n", "0", "", "é", "\U0001f600"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(NAMES, VALUES, min_size=1, max_size=5)


def read(value: Any) -> Any:
    """Return a value as it is read from a canonical body."""
    return json.loads(rfc8785.dumps(value))


def nodes(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (pointer, value) of everything below a value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        pointer = f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}"
        yield pointer, child
        yield from nodes(child, pointer)


def sealed(body: dict[str, Any]) -> Sealed:
    """Return a body as release 1 published it."""
    return Sealed(body, {"": SALT}, (Seal(1, seal_of(body, SALT), {}),))


def is_proven(one: Sealed) -> bool:
    """Return whether the body matches each of its seals."""
    return all(proven(one.members, one.salts, seal.hashes) == seal.seal for seal in one.seals)


@pytest.fixture(scope="module")
def example() -> Any:
    """The function of the guide's program that computes hashes."""
    source = (ROOT / "docs/examples/check_document.py").read_text(encoding="utf-8")
    defined: dict[str, Any] = {}
    with patch("sys.argv", ["", "", "", ""]):
        exec(source[: source.index("\nrevision =")], defined)  # noqa: S102 - our own file, without the part that asks the API
    return defined


@given(BODIES, st.data())
def test_every_seal_survives_redactions_and_nothing_else_may_change(body: dict[str, Any], data: st.DataObject) -> None:
    """After any redactions each seal is still proven. A change of any other value, name or length breaks each seal."""
    one = sealed(read(body))
    named: set[str] = set()
    for release in range(2, data.draw(st.integers(2, 4)) + 1):
        places = [pointer for pointer, _ in nodes(one.members)]
        chosen = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True)) if places else []
        replaced = {pointer: data.draw(st.sampled_from([None, "[redacted]"])) for pointer in chosen}
        named |= set(chosen)
        new = redact(one, replaced, release, f"{release:032x}")
        assert redact(new, replaced, release, f"{release:032x}") == new
        assert [seal.seal for seal in new.seals[: len(one.seals)]] == [seal.seal for seal in one.seals]
        one = new
        assert is_proven(one)
        assert {pointer for seal in one.seals for pointer in seal.hashes} <= named
    near = [(f"{at}/", f"{by}/") for at, _ in nodes(one.members) for by in named]
    touched = {at for at, by in near if at.startswith(by) or by.startswith(at)}
    untouched = [at for at, _ in nodes(one.members) if f"{at}/" not in touched]
    if untouched:
        forged = copy.deepcopy(one.members)
        at = data.draw(st.sampled_from(untouched))
        around: Any = forged
        *way, last = (part.replace("~1", "/").replace("~0", "~") for part in at[1:].split("/"))
        for part in way:
            around = around[int(part)] if isinstance(around, list) else around[part]
        key = int(last) if isinstance(around, list) else last
        around[key] = data.draw(VALUES.filter(lambda value: rfc8785.dumps(value) != rfc8785.dumps(around[key])))
        try:
            found = [proven(forged, one.salts, seal.hashes) for seal in one.seals]
        except NoSalt:
            return
        assert all(new != seal.seal for new, seal in zip(found, one.seals, strict=True))


@given(BODIES, st.data())
def test_no_salt_of_a_removed_value_can_be_derived(body: dict[str, Any], data: st.DataObject) -> None:
    """The salts that stay give neither the removed value's salt nor one of those around it, so that no guess can be tested."""
    one = sealed(read(body))
    places = dict(nodes(one.members))
    if not places:
        return
    pointer = data.draw(st.sampled_from(sorted(places)))
    new = redact(one, {pointer: None}, 2, "77" * 16)
    assert not [at for at in new.salts if f"{pointer}/".startswith(f"{at}/") and at != pointer]
    hidden = new.seals[0].hashes[pointer]
    guessed = copy.deepcopy(one.members)  # the right guess, with every salt that is left
    salts = {at: salt for at, salt in new.salts.items() if at != pointer}
    with pytest.raises(NoSalt):
        proven(guessed, salts, {})
    assert proven(guessed, new.salts, {}) != new.seals[0].seal
    assert hidden not in {proven(places[pointer], {"": salt}, {}) for salt in new.salts.values()}


@given(BODIES, st.data())
def test_the_guides_program_computes_the_same(example: dict[str, Any], body: dict[str, Any], data: st.DataObject) -> None:
    """The standard library's program and this package agree about every body, also after a redaction."""
    one = sealed(read(body))
    places = [pointer for pointer, _ in nodes(one.members)]
    if places:
        one = redact(one, {data.draw(st.sampled_from(places)): None}, 2, "77" * 16)
    text = rfc8785.dumps(one.members).decode()
    for seal in one.seals:
        members = json.loads(text, parse_float=example["Number"])
        assert example["hash_of"](members, one.salts, seal.hashes) == seal.seal
