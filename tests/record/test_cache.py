"""The cache: it keeps what was used last, stays within its limit, and can be cleared."""

import string
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from record.cache import Cache

KEYS = st.sampled_from(string.ascii_lowercase[:8])
WEIGHT = 2_000  # letters; such a string needs some hundred bytes more, with its key and the entry


@given(st.lists(st.tuples(st.booleans(), KEYS), max_size=60))
def test_the_longest_unused_goes_first(uses: list[tuple[bool, str]]) -> None:
    """A cache with room for three values has the three that were used last, after any sequence of puts and gets."""
    cache = Cache(3 * (WEIGHT + 500))
    model: list[str] = []  # least recently used first
    for puts, key in uses:
        kept = cache.get(key)
        assert (kept is not None) == (key in model)
        if kept is not None or puts:
            model = [*(other for other in model if other != key), key][-3:]
        if puts:
            cache.put(key, key * WEIGHT, cache.era)
    assert [key for key in string.ascii_lowercase[:8] if key in cache] == sorted(model)


def test_a_key_weighs_too() -> None:
    """Keys count too: many long keys with small values do not exceed the limit."""
    cache = Cache(100_000)
    for number in range(100):
        cache.put(("rendered", f"{number:04}" * 1_000), "", cache.era)
    assert sum(("rendered", f"{number:04}" * 1_000) in cache for number in range(100)) < 100_000 / 4_000


def test_what_is_heavier_than_all_that_may_be_kept_is_not() -> None:
    """A value above the whole capacity is not cached, and removes nothing."""
    cache = Cache(WEIGHT)
    cache.put("light", "a", cache.era)
    cache.put("heavy", "a" * WEIGHT, cache.era)
    assert "light" in cache
    assert "heavy" not in cache


def test_what_was_read_before_all_was_forgotten_is_not_kept() -> None:
    """A value that was read before the cache was cleared is not put into it: a redaction may have removed it."""
    cache = Cache(WEIGHT)
    era = cache.era
    cache.put("before", "a", era)
    cache.clear()
    cache.put("late", "a", era)
    assert "before" not in cache
    assert "late" not in cache


def test_nothing_is_told_from_not_kept() -> None:
    """None is cached like any value, and not read again."""
    cache, reads = Cache(WEIGHT), []
    for _ in range(2):
        assert cache.through("nobody", lambda: reads.append("read")) is None
    assert reads == ["read"]


def test_threads_do_not_get_in_each_others_way() -> None:
    """Each thread gets the value of its own key, while all remove each other's values."""
    cache = Cache(4 * (WEIGHT + 500))

    def use(number: int) -> bool:
        letter = string.ascii_lowercase[number % 8]
        return cache.through(letter, lambda: letter * WEIGHT) == letter * WEIGHT

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(4_000)))
    assert sum(letter in cache for letter in string.ascii_lowercase[:8]) <= 4
