"""Resources with text in every field that can hold text, made from the models; and all requests that can be made for them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args, get_origin
from urllib.parse import quote

from pydantic import BaseModel
from pydantic.types import JsonValue

from schemas.modelwalk import Place, _of_field, _peel, _walk
from schemas.pointers import Json, leaves
from schemas.registry import RESOURCES
from schemas.resource import Resource
from schemas.v1 import validation
from schemas.v1.dates import HistoricalDate
from schemas.v1.text import CountryCode, LanguageTag
from tests.conftest import World
from tests.contract.asking import COLLECTIONS
from workbench.staging import Staging

CANARY = "canary5e1f"
_CODES = (*get_args(LanguageTag)[1:], get_args(CountryCode)[-1])
# What is a text for the model and an expression for the reader: a date, and pointers to fields.
_EXPRESSIONS = ("/edtf", "/citations/*/fields/*", "/claims/*/field")
_DERIVED = ("earliest", "latest")

Say = Callable[[str], str]
Contents = dict[str, bytes]


def holds_text(pattern: str, place: Place) -> bool:
    """Return whether a field holds free text, and not an id, code, term, date, number, slug or pointer."""
    if place.annotation is not str or place.refers_to or pattern.endswith(_EXPRESSIONS) or any(mark in _CODES for mark in place.marks):
        return False
    patterns = [found for mark in place.marks if (found := getattr(mark, "pattern", None))]
    return all(found.startswith("^https?://") for found in patterns)


def texts_of(resource: Resource) -> set[str]:
    """Return the pointer patterns of all fields of a type that hold free text."""
    return {pattern for pattern, place in _walk(Place(resource.model, ()), "") if holds_text(pattern, place)} | {"/claims/*/value"}


def planted(resource: Resource, say: Say) -> dict[str, Json]:
    """Return a resource of a type with all fields. Each text is what `say` returns for the field's pattern."""
    fields: dict[str, Any] = _filled(Place(resource.model, ()), "", None, say)
    fields["claims"][0] |= {"field": "/name/en", "value": fields["name"]["en"], "preferred": True}
    if resource.collection == "actors":
        fields |= {"kind": "protected-group", "iso3166": None, "public_role_basis": None}
    if resource.collection == "statements":
        fields["text"]["en"] |= {"original": True, "translator": None}
        fields["text"]["ko"]["original"] = False
    return fields


def _filled(place: Place, at: str, example: Any, say: Say) -> Any:
    kind = place.annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        names = [name for name in kind.model_fields if not (kind is HistoricalDate and name in _DERIVED)]
        return {name: _filled(_of_field(kind.model_fields[name]), f"{at}/{name}", _example(kind, name), say) for name in names}
    if get_origin(kind) is list:
        return [_filled(_peel(get_args(kind)[0], ()), f"{at}/*", example[0] if example else None, say)]
    if get_origin(kind) is dict:
        return {tag: _filled(_peel(get_args(kind)[1], ()), f"{at}/*", None, say) for tag in ("en", "ko")}
    if place.refers_to:
        return f"{place.refers_to}/full"
    if at.endswith(_EXPRESSIONS[1:]):
        return "/name/en"
    return say(at) if holds_text(at, place) or kind is JsonValue else example


def _example(model: type[BaseModel], name: str) -> Any:
    examples = model.model_fields[name].examples
    assert examples, "every field has an example"
    return examples[0]


def contents(say: Callable[[str, str], str]) -> Contents:
    """Return the content of one full resource of each type; `say` returns the text for a resource and a pattern."""
    found: Contents = {}
    for resource in RESOURCES:
        path = f"{resource.collection}/full"
        shaped, breaches = validation.shape(path, planted(resource, lambda at, path=path: say(path, at)))  # type: ignore[misc]
        assert shaped is not None, breaches
        found[path] = shaped.canonical()
    return found


def places_of(content: Json, text: str) -> list[str]:
    """Return the pointers of all fields that hold text."""
    return [at for at, value in leaves(content) if isinstance(value, str) and text in value]


def pattern_of(pointer: str) -> str:
    """Return the pattern of a pointer: `*` in place of list positions and languages."""
    return "/".join("*" if part.isdigit() or part in ("en", "ko") else part for part in pointer.split("/"))


def publish(world: World, resources: Mapping[str, bytes], message: str = "") -> int | None:
    """Publish resources, whose content is trusted, as the whole record; return the release's number."""
    with Staging() as staging:
        staging.add_published(sorted(resources.items()))
        release = world.publisher().publish(staging, message)
    return release.number if release else None


def filtered_lists(world: World) -> dict[str, set[tuple[str, str]]]:
    """Return (filter, value) of every list in the table, by collection."""
    found: dict[str, set[tuple[str, str]]] = {name: set() for name in COLLECTIONS}
    for page in world.store.scan():
        for item in page:
            kind, _, name = item["pk"]["S"].partition("#")
            collection, asked, condition = name.partition("|")[0].partition("?")
            if kind in ("LIST", "HISTORY") and asked and "=" in condition:
                found[collection].add((condition.partition("=")[0], condition.partition("=")[2]))
    return found


def targets(lists: Mapping[str, set[tuple[str, str]]], slugs: Mapping[str, list[str]], release: int, *, deep: bool) -> Iterator[str]:
    """Yield the requests for these lists and resources at a release; with `deep`, also in every order and for every field."""
    at = f"release={release}"
    for name, collection in COLLECTIONS.items():
        base = f"/v1/{name}"
        yield f"{base}?{at}"
        yield f"{base}?limit=1&{at}"
        orders = [sign + sort for sort in collection.sorts for sign in ("", "-")] if deep else []
        yield from (f"{base}?sort={order}&{at}" for order in orders)
        for rule, value in sorted(lists[name]):
            yield from (f"{base}?{rule}={quote(value)}&sort={order}&{at}" for order in orders or ["id"])
        for slug in slugs[name]:
            yield from (f"{base}/{slug}{rest}?{at}" for rest in ("", "/revisions", *(f"/{other}" for other in collection.sublists)))
            yield from (f"{base}/{slug}?include={field}&{at}" for field in collection.references)
            yield from (f"{base}/{slug}?fields={field}&{at}" for field in collection.fields if deep)
            yield from (f"{base}/{slug}/revisions/{number}?{at}" for number in range(1, release + 1) if deep)
    yield from (f"/v1/releases/{release}", f"/v1/changes?since={release - 1}&limit=100", f"/v1/changes?{at}", f"/v1/releases?{at}")


def everything(lists: Mapping[str, set[tuple[str, str]]], slugs: Mapping[str, list[str]], releases: int) -> Iterator[str]:
    """Yield the requests at each release and without a release, errors included."""
    for release in range(1, releases + 1):
        yield from targets(lists, slugs, release, deep=release in (1, releases))
    for name in COLLECTIONS:
        yield from (f"/v1/{name}?limit=100", f"/v1/{name}?sort=nothing", f"/v1/{name}/nothing", f"/v1/{name}?nothing=1")
        yield from (f"/v1/{name}/{slug}" for slug in slugs[name])
    yield from ("/", "/v1", "/v1/health", "/v1/problems", "/v1/nothing", "/v1/changes", "/v1/releases")
