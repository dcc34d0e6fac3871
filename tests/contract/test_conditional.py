"""Validators and conditional requests (RFC 9110, 8.8 and 13): a strong ETag on every 200, and a 304 for a current copy."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import GATEWAY, Client
from tests.contract.asking import CONTRACT, SEARCH, ask, path_of, sha256

EVENT = "/v1/events/stopped-in-viet-nam"
CASE = "/v1/cases/nine-north-koreans-viet-nam-2015"
TARGETS = [
    "/",
    "/v1",
    *(path_of(name) for name in CONTRACT.collections),
    "/v1/events?limit=2&sort=-date",
    "/v1/events?country=VN&act=arrest",
    "/v1/events?fields=name&include=case",
    EVENT,
    f"{EVENT}?fields=name",
    f"{EVENT}?include=case",
    f"{EVENT}?release=1",
    f"{EVENT}/revisions",
    f"{EVENT}/revisions/1",
    f"{CASE}/events",
    "/v1/releases",
    "/v1/releases/1",
    "/v1/changes",
    *(() if GATEWAY else ("/v1/health",)),  # which says its age in seconds, and behind a gateway the clock goes on
    "/v1/problems",
    "/v1/problems/withdrawn",
    "/v1/schemas/event.json",
]
KEPT = ("etag", "cache-control", "vary")


@pytest.mark.parametrize("target", TARGETS)
def test_the_tag_is_the_digest_of_the_bytes(target: str, client: Client) -> None:
    """The same request gives the same ETag, on another instance too, and it is the digest of the body."""
    replies = [ask(client, target), ask(client, target), ask(client.world.api(), target)]
    assert {reply.headers["etag"] for reply in replies} == {sha256(replies[0].body)}
    assert {reply.body for reply in replies} == {replies[0].body}


def test_the_tag_of_a_resource_is_the_digest_of_its_revision(client: Client) -> None:
    """The ETag is the digest that the history shows."""
    digest = ask(client, f"{EVENT}/revisions").json["data"][0]["digest"]
    assert ask(client, EVENT).headers["etag"] == ask(client, f"{EVENT}/revisions/1").headers["etag"] == f'"{digest}"'


CURRENT = ("{tag}", "W/{tag}", '"x", {tag}', '{tag},"x"', 'W/"x" , W/{tag} ,"y"', "*", " * ", '"a,b", {tag}', "  {tag}  ")
OTHERS = ('"x"', 'W/"x"', '""', "", "x", "{bare}", '"{bare}x"', '"x{bare}"', '"*"', "{upper}", '"x", "y"')


@pytest.mark.parametrize("target", TARGETS)
def test_a_current_copy_is_answered_304(target: str, warm: Client) -> None:
    """By its tag, alone or among others, weak or `*`: the same validators and cache policy, no body, and HEAD likewise."""
    full = ask(warm, target)
    for form in CURRENT:
        for method in ("GET", "HEAD"):
            reply = ask(warm, target, {"If-None-Match": form.format(tag=full.headers["etag"])}, method)
            assert (form, reply.status, reply.body) == (form, 304, "")
            assert {name: reply.headers[name] for name in KEPT} == {name: full.headers[name] for name in KEPT}
            assert "content-type" not in reply.headers


@pytest.mark.parametrize("target", TARGETS)
def test_another_copy_is_answered_with_all_bytes(target: str, warm: Client) -> None:
    """A tag that is not the current one, and what is not a tag, changes nothing."""
    full = ask(warm, target)
    tag = full.headers["etag"]
    for form in OTHERS:
        reply = ask(warm, target, {"If-None-Match": form.format(bare=tag.strip('"'), upper=tag.upper())})
        assert (form, reply.status, reply.body, dict(reply.headers)) == (form, 200, full.body, dict(full.headers))


@SEARCH
@given(tags=st.lists(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"'), max_size=20), max_size=5))
def test_only_the_right_tag_among_others_counts(tags: list[str], warm: Client) -> None:
    """The ETag is found in a list of others, whatever these look like."""
    tag = ask(warm, EVENT).headers["etag"]
    others = [f'"{other}"' for other in tags]
    assert ask(warm, EVENT, {"If-None-Match": ", ".join(others)}).status == 200
    for place in range(len(others) + 1):
        assert ask(warm, EVENT, {"If-None-Match": ", ".join([*others[:place], tag, *others[place:]])}).status == 304


def test_what_is_shown_is_a_part_of_the_tag(client: Client) -> None:
    """Each choice of fields and inclusions has its own ETag, different from that of the whole resource."""
    choices = ["", "fields=name", "fields=summary", "fields=name,summary", "include=case", "include=citations", "fields=name&include=case"]
    for target in (EVENT, "/v1/events", "/v1/events?country=VN"):
        joined = "&" if "?" in target else "?"
        tags = [ask(client, f"{target}{joined}{choice}" if choice else target).headers["etag"] for choice in choices]
        assert len(set(tags)) == len(choices)


def test_the_tag_of_one_page_is_not_that_of_another(client: Client) -> None:
    """Pages, orders and limits of a list have different ETags."""
    first = ask(client, "/v1/events?limit=2")
    targets = ["/v1/events?limit=2&sort=-date", "/v1/events?limit=3", first.json["page"]["next"]]
    assert first.headers["etag"] not in {ask(client, target).headers["etag"] for target in targets}


@pytest.mark.parametrize("target", ["/v1/nope", "/v1/events/nope", "/v1/events?limit=0"])
def test_an_error_has_no_tag_and_meets_no_condition(target: str, client: Client) -> None:
    """If-None-Match applies to successful answers (RFC 9110, 13.2.1). An error stays an error."""
    plain = ask(client, target)
    conditional = ask(client, target, {"If-None-Match": "*"})
    assert (conditional.status, conditional.body) == (plain.status, plain.body)


def test_other_methods_and_redirects_meet_no_condition(client: Client) -> None:
    """Only a 200 to GET or HEAD becomes a 304."""
    assert ask(client, EVENT, {"If-None-Match": "*"}, "POST").status == 405
    assert ask(client, EVENT, {"If-None-Match": "*"}, "OPTIONS").status == 204
    assert ask(client, f"{EVENT}/", {"If-None-Match": "*"}).status == 308


def test_a_body_is_passed_on_as_it_was_published(client: Client) -> None:
    """Canonical JSON (RFC 8785): keys in order, no blanks, text as text."""
    body = ask(client, EVENT).body
    assert body == json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert "Móng Cái" in body
