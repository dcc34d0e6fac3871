"""The resource types. This module raises an error at import if their declarations contradict each other.

To add a type: one file in `v1/`, one line in `RESOURCES`, its seed files.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from schemas import modelwalk
from schemas.resource import Filter, Resource, Sort, Via
from schemas.v1.actor import ACTOR
from schemas.v1.case import CASE
from schemas.v1.dates import HistoricalDate
from schemas.v1.event import EVENT
from schemas.v1.instrument import INSTRUMENT
from schemas.v1.parameters import PARAMETERS
from schemas.v1.shared import Record
from schemas.v1.source import SOURCE
from schemas.v1.statement import STATEMENT
from schemas.v1.terms import Term

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def completed(*declared: Resource) -> tuple[Resource, ...]:
    """Return the declarations with `via` filled in for every filter with `cited_for`, which depends on all types."""
    return tuple(replace(one, filters=tuple(_through_citations(one, found, declared) for found in one.filters)) for one in declared)


def _through_citations(resource: Resource, declared: Filter, resources: Sequence[Resource]) -> Filter:
    if not declared.cited_for:
        return declared
    ways: list[Via] = []
    for other in resources:
        references = modelwalk.references(other.model)
        about = [pattern for pattern, target in references.items() if target == declared.cited_for]
        values = [""] if other.collection == declared.cited_for else about
        citing = [pattern for pattern, target in references.items() if target == resource.collection]
        ways += [Via(other.collection, pointer, value) for value in values for pointer in citing]
    return replace(declared, via=tuple(ways))


RESOURCES: tuple[Resource, ...] = completed(CASE, EVENT, ACTOR, INSTRUMENT, STATEMENT, SOURCE)


class Inconsistent(Exception):
    """The declarations contradict each other or their models; the message lists the contradictions, one per line."""


def resource_of(collection: str) -> Resource:
    """Return the declaration of a collection; raise KeyError if there is none."""
    return BY_COLLECTION[collection]


def inconsistencies(resources: Sequence[Resource]) -> list[str]:
    """Return the contradictions in these declarations, one sentence each; empty if there are none."""
    found: list[str] = []
    by_collection = {resource.collection: resource for resource in resources}
    if len(by_collection) != len(resources):
        found.append("two types share a collection name")
    if len({resource.singular for resource in resources}) != len(resources):
        found.append("two types share a singular name")
    for resource in resources:
        where = f"{resource.collection}:"
        if not issubclass(resource.model, Record):
            found.append(f"{where} its model is not a Record")
        names = (resource.collection, resource.singular)
        if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", resource.example):
            found.append(f"{where} its example {resource.example!r} is not a slug")
        found += [f"{where} {name!r} is not a valid name" for name in names if not _NAME.fullmatch(name)]
        found += [f"{where} {problem}" for problem in _of_filters(resource, by_collection)]
        found += [f"{where} {problem}" for problem in _of_sorts(resource)]
        found += [f"{where} {problem}" for problem in _of_sublists(resource, by_collection)]
        found += [f"{where} {problem}" for problem in _of_fields(resource)]
        found += [
            f"{where} refers at {pointer} to {target!r}, which is not a collection"
            for pointer, target in modelwalk.references(resource.model).items()
            if target not in by_collection
        ]
    return found


def filter_form(resource: Resource, declared: Filter, resources: Sequence[Resource]) -> dict[str, object]:
    """Return the form of a filter's values: a reference, a term of a vocabulary, a country, a language or a slug.

    `resources` are all types of the version, because a filter may take its values through them.
    """
    if targets := _targets(resource, declared, {one.collection: one for one in resources}):
        return {"kind": "reference", "collections": sorted(targets)}
    places = [place for pointer in declared.pointers for place in modelwalk.places(resource.model, pointer)]
    if all(place.terms for place in places):
        return {"kind": "term", "values": list(dict.fromkeys(term for place in places for term in place.terms or ()))}
    pointer = declared.pointers[0]
    if pointer.endswith(("/country", "/nationality")):
        return {"kind": "country"}
    if pointer.endswith("/language"):
        return {"kind": "language"}
    return {"kind": "slug"}


def _targets(resource: Resource, declared: Filter, by_collection: Mapping[str, Resource]) -> set[str]:
    """Return the collections that a filter's values refer to; empty if they are not references."""
    own = {place.refers_to for pointer in declared.pointers for place in modelwalk.places(resource.model, pointer)}
    through = {
        place.refers_to
        for via in declared.via
        if via.value and via.collection in by_collection
        for place in modelwalk.places(by_collection[via.collection].model, via.value)
    }
    return {target for target in own | through if target} | {via.collection for via in declared.via if not via.value}


def _of_filters(resource: Resource, by_collection: dict[str, Resource]) -> list[str]:
    found: list[str] = []
    names = [declared.name for declared in resource.filters]
    reserved = {parameter.name for parameter in PARAMETERS}
    for declared in resource.filters:
        where = f"filter {declared.name!r}"
        if not _NAME.fullmatch(declared.name) or names.count(declared.name) > 1 or declared.name in reserved:
            found.append(f"{where} has an invalid, duplicate or reserved name")
        if bool(declared.pointers) == bool(declared.via):
            found.append(f"{where} must take its values either from pointers or via other resources")
        if declared.cited_for and declared.cited_for not in by_collection:
            found.append(f"{where} is cited for {declared.cited_for!r}, which is not a collection")
        if not declared.example:
            found.append(f"{where} has no example")
        if declared.via and declared.repeatable:
            found.append(f"{where} takes its values via other resources, so index entries don't carry them, and it can't be repeatable")
        found += [
            f"{where}: its model has nothing at {pointer}" for pointer in declared.pointers if not modelwalk.places(resource.model, pointer)
        ]
        for via in declared.via:
            other = by_collection.get(via.collection)
            if other is None:
                found.append(f"{where} goes via {via.collection!r}, which is not a collection")
                continue
            if [place.refers_to for place in modelwalk.places(other.model, via.pointer)] != [resource.collection]:
                found.append(f"{where}: {via.collection} have no reference to {resource.collection} at {via.pointer}")
            if via.value and not all(place.refers_to for place in modelwalk.places(other.model, via.value) or [modelwalk.Place(None, ())]):
                found.append(f"{where}: {via.collection} have no reference at {via.value}")
    return found


def _of_sorts(resource: Resource) -> list[str]:
    found: list[str] = []
    names = [sort.name for sort in resource.sorts]
    if len(set(names)) != len(names) or "id" in names:
        found.append("its sorts have duplicate names, or one is named id, which always exists")
    if resource.default_sort not in [*names, "id"]:
        found.append(f"its default sort {resource.default_sort!r} is not declared")
    for sort in resource.sorts:
        found += _of_sort(resource, sort)
    for pointer in resource.span:
        if [place.annotation for place in modelwalk.places(resource.model, pointer)] != [HistoricalDate]:
            found.append(f"its span {pointer} is not a date")
    return found


def _of_sort(resource: Resource, sort: Sort) -> list[str]:
    if bool(sort.dates) == bool(sort.text):
        return [f"sort {sort.name!r} must be either by dates or by a text"]
    found = [
        f"sort {sort.name!r}: {pointer} is not a date"
        for pointer in sort.dates
        if [place.annotation for place in modelwalk.places(resource.model, pointer)] != [HistoricalDate]
    ]
    if sort.text and [place.annotation for place in modelwalk.places(resource.model, sort.text)] != [str]:
        found.append(f"sort {sort.name!r}: {sort.text} is not a text")
    return found


def _of_sublists(resource: Resource, by_collection: dict[str, Resource]) -> list[str]:
    found: list[str] = []
    for sublist in resource.sublists:
        other = by_collection.get(sublist.collection)
        filters = {declared.name: declared for declared in other.filters} if other else {}
        if other is None or sublist.filter not in filters:
            found.append(f"its sub-list {sublist.collection!r} needs a filter {sublist.filter!r} in that collection")
        elif resource.collection not in _targets(other, filters[sublist.filter], by_collection):
            found.append(f"its sub-list {sublist.collection!r} needs a filter by {resource.collection}, but {sublist.filter!r} is not one")
    return found


def _of_fields(resource: Resource) -> list[str]:
    found: list[str] = []
    for model, name, field in modelwalk.fields(resource.model):
        if not field.description:
            found.append(f"{model.__name__}.{name} has no description")
        if not field.examples:
            found.append(f"{model.__name__}.{name} has no example")
    found += [
        f"the vocabulary {vocabulary.__name__} has a value without a description"
        for vocabulary in modelwalk.vocabularies(resource.model)
        if not issubclass(vocabulary, Term) or not all(term.description for term in vocabulary)
    ]
    return found


BY_COLLECTION: dict[str, Resource] = {resource.collection: resource for resource in RESOURCES}

if _problems := inconsistencies(RESOURCES):
    raise Inconsistent("\n".join(_problems))
