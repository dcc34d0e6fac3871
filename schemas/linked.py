"""The JSON-LD context of the resources: what their members mean, in the terms of schema.org and ELI, and in our own for the rest.

The context follows from the models. `TERMS` and `CLASSES` say where a field or a model means exactly what somebody else has a term
for; whatever they do not name is a term of our own, `/v1/terms#` and its name, so a new type needs no line here. What a value is (a
reference, a day, a text by language) is read off the model.

Members that mean the same wherever they stand are defined once. The others are defined where they stand, by the type or by the member
that they are inside: `case` is a member of an event, and the name of a type; `basis` is a text in a date, and one by language in a
claimed legal basis.
"""

import datetime
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, get_args, get_origin

from pydantic import BaseModel, JsonValue
from pydantic.fields import FieldInfo

from schemas import modelwalk
from schemas.resource import Resource
from schemas.v1.dates import HistoricalDate
from schemas.v1.event import Event
from schemas.v1.instrument import Instrument, Provision
from schemas.v1.places import Coordinates, Place
from schemas.v1.shared import Identifier, Record, Redacted
from schemas.v1.source import Source
from schemas.v1.statement import Statement, Wording
from schemas.v1.text import LanguageTag

Value = TypeVar("Value")
# What a context says of a term: what it means, or more of it.
Definition: TypeAlias = str | Mapping[str, Any]

VOCABULARY = "/v1/terms#"
PREFIXES = {
    "schema": "https://schema.org/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"

# Classes of others, where every resource of the type is one. A case is no single event, an actor may be a person, a body or a group,
# and a statement may be a paraphrase, which is no quotation: they are of classes of our own.
CLASSES: Mapping[type[BaseModel], str] = {
    Event: "schema:Event",
    Instrument: "eli:LegalResource",
    Source: "schema:CreativeWork",
}

# Terms of others, by the model that declares the field: only where both the meaning and the kind of value are theirs. A date with
# bounds is an object, so it is no `schema:startDate`; a citation says what supports which field, so it is no `schema:citation`.
TERMS: Mapping[type[BaseModel], Mapping[str, str]] = {
    Record: {"name": "schema:name", "summary": "schema:description", "identifiers": "schema:identifier", "same_as": "schema:sameAs"},
    Identifier: {"scheme": "schema:propertyID", "value": "schema:value"},
    Place: {"name": "schema:name", "country": "schema:addressCountry", "same_as": "schema:sameAs", "coordinates": "schema:geo"},
    Coordinates: {"latitude": "schema:latitude", "longitude": "schema:longitude"},
    Event: {"place": "schema:location"},
    Instrument: {"languages": "schema:inLanguage", "text_url": "schema:url", "provisions": "eli:has_part"},
    Provision: {"key": "eli:id_local", "heading": "schema:name"},
    Statement: {"speaker": "schema:author", "about": "schema:about"},
    Source: {
        "publisher": "schema:publisher",
        "title": "schema:alternateName",
        "language": "schema:inLanguage",
        "url": "schema:url",
        "archive_url": "schema:archivedAt",
        "sha256": "schema:sha256",
    },
}

_BY_LANGUAGE = {"@container": "@index", "@index": "schema:inLanguage"}

# How a value is read where its type does not tell.
READ_AS: Mapping[type[BaseModel], Mapping[str, Mapping[str, str]]] = {
    HistoricalDate: {"edtf": {"@type": EDTF}},
    # Each of its members is a list of references that it is about; which list one stands in tells no more than the reference itself.
    Statement: {
        "about": {"@type": "@id", "@container": "@index"},
        "reported_by": {"@type": "@id", "@container": "@list"},
        "text": _BY_LANGUAGE,
    },
    # A text, which being no map is read as it is. Defined like the map around it, because processors stumble over a term that is defined
    # anew inside itself.
    Wording: {"text": _BY_LANGUAGE},
}

_DATATYPES = {datetime.date: "xsd:date", float: "xsd:double", JsonValue: "@json"}
_FORMATS = {"uri": "@id", "date": "xsd:date", "date-time": "xsd:dateTime"}
_SET_BY_PUBLISH: Mapping[str, Definition] = {
    "id": "@id",
    "type": "@type",
    "included": "@included",
    "revision": "revision",
    "release": "release",
    "published_at": {"@id": "schema:sdDatePublished", "@type": "xsd:dateTime"},
}


# What the publish sets, in our own terms.
_OF_PUBLISH = {
    "revision": "Which revision of the resource it is.",
    "release": "The release that published it; of a redaction, the one that notes it.",
    "redactions": "What was taken out of it after it was published.",
}


def context(resources: Sequence[Resource]) -> dict[str, Any]:
    """Return the context of these types as a JSON-LD 1.1 document; raise ValueError where a declaration names what no model has."""
    found = inconsistencies(resources)
    if found:
        raise ValueError("\n".join(found))
    apart = _apart(resources)
    shared = dict(_SET_BY_PUBLISH) | {"redactions": _object("redactions", Redacted, apart)}
    for model in _models_of(resources):
        shared |= {name: _term(model, name, apart) for name in model.model_fields if name not in apart}
    for resource in resources:
        shared[resource.singular] = _object(CLASSES.get(resource.model, resource.model.__name__), resource.model, apart)
    return {"@context": {"@version": 1.1, **PREFIXES, "@vocab": VOCABULARY, **shared}}


def vocabulary(resources: Sequence[Resource]) -> dict[str, Any]:
    """Return what our own terms mean, as a JSON-LD document: where their IRIs lead. A term has a comment for each model that has it."""
    meanings: dict[str, list[str]] = defaultdict(list, {name: [text] for name, text in _OF_PUBLISH.items()})
    for model in _models_of(resources):
        for name, field in model.model_fields.items():
            if _declared(TERMS, model, name) is None:
                meanings[name].append(f"{model.__name__}: {field.description}")
    properties = [
        {"@id": f"{VOCABULARY}{name}", "@type": "rdf:Property", "rdfs:label": name, "rdfs:comment": found}
        for name, found in sorted(meanings.items())
    ]
    classes = [
        {"@id": f"{VOCABULARY}{model.__name__}", "@type": "rdfs:Class", "rdfs:label": model.__name__, "rdfs:comment": [model.__doc__]}
        for model in (resource.model for resource in resources)
        if model not in CLASSES
    ]
    prefixes = {"rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdfs": "http://www.w3.org/2000/01/rdf-schema#"}
    return {"@context": prefixes, "@graph": [*classes, *properties]}


def inconsistencies(resources: Sequence[Resource]) -> list[str]:
    """Return what `TERMS`, `CLASSES` and `READ_AS` say of models or fields that the types do not have, one sentence each."""
    known = {base for model in _models_of(resources) for base in model.__mro__}
    found = [f"{model.__name__} is no part of any type" for table in (TERMS, CLASSES, READ_AS) for model in table if model not in known]
    for table in (TERMS, READ_AS):
        found += [f"{model.__name__} has no field {name!r}" for model in table for name in table[model] if name not in model.model_fields]
    taken = {*PREFIXES, *_SET_BY_PUBLISH} - {"release"}
    found += [
        f"{model.__name__} has a field {name!r}, which means something else in JSON-LD"
        for model in known
        if issubclass(model, BaseModel)
        for name in model.model_fields
        if name in taken
    ]
    return found


def _apart(resources: Sequence[Resource]) -> frozenset[str]:
    """Return the names that are defined where they stand: those of several meanings, and those of types."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for name, definition in _SET_BY_PUBLISH.items():
        meanings[name].add(json.dumps(definition))
    for model in _models_of(resources):
        for name in model.model_fields:
            meanings[name].add(json.dumps(_term(model, name, None), sort_keys=True))
    types = {resource.singular for resource in resources}
    return frozenset(name for name, found in meanings.items() if len(found) > 1 or name in types)


def _term(model: type[BaseModel], name: str, apart: frozenset[str] | None) -> Definition:
    """Return the definition of a field. With no `apart` it holds all that stands inside, so that it can be compared."""
    term = _declared(TERMS, model, name) or name
    read_as = _declared(READ_AS, model, name)
    if read_as is not None:
        return {"@id": term, **read_as}
    (place,) = modelwalk.places(model, f"/{name}")
    if get_origin(place.annotation) is list:
        (place,) = modelwalk.places(model, f"/{name}/*")
    kind = place.annotation
    if get_origin(kind) is dict and get_args(kind)[0] == LanguageTag:
        (inner,) = modelwalk.places(model, f"/{name}/*")
        if not _is_model(inner.annotation):
            return {"@id": term, "@container": "@language"}
        found = _object(term, inner.annotation, apart)
        return {**({"@id": found} if isinstance(found, str) else found), **_BY_LANGUAGE}
    if _is_model(kind):
        return _object(term, kind, apart)
    datatype = _datatype(place, model.model_fields[name])
    return {"@id": term, "@type": datatype} if datatype else term


def _object(term: str, model: type[BaseModel], apart: frozenset[str] | None) -> Definition:
    """Return the definition of a member that holds objects of a model, or of a type, with what is defined inside it only."""
    inner = {name: _term(model, name, apart) for name in model.model_fields if apart is None or name in apart}
    return {"@id": term, "@context": inner} if inner else term


def _declared(table: Mapping[type[BaseModel], Mapping[str, Value]], model: type[BaseModel], name: str) -> Value | None:
    """Return what a table says of a field, by its own model or by one that the model extends."""
    return next((table[base][name] for base in model.__mro__ if name in table.get(base, {})), None)


def _models_of(resources: Sequence[Resource]) -> list[type[BaseModel]]:
    """Return every model that a resource holds, each once, in an order that does not change."""
    roots: list[type[BaseModel]] = [Redacted, *(resource.model for resource in resources)]
    return list(dict.fromkeys(model for root in roots for model, _, _ in modelwalk.fields(root)))


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _datatype(place: modelwalk.Place, field: FieldInfo) -> str | None:
    if place.refers_to is not None:
        return "@id"
    for mark in (field, *place.marks):
        extra = mark.json_schema_extra if isinstance(mark, FieldInfo) else None
        if isinstance(extra, dict) and extra.get("format") in _FORMATS:
            return _FORMATS[str(extra["format"])]
    return _DATATYPES.get(place.annotation)
