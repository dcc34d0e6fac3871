"""The JSON-LD context of the resources: the meaning of their members, in terms of schema.org and ELI or in our own terms.

The context is derived from the models. `TERMS` and `CLASSES` list the fields and models that mean exactly the same as an existing
term or class. All others get a term of our own, `/v1/terms#` and the name, so a new type needs no line here. The kind of a value (a
reference, a day, a text by language) is read from the model.

Members with the same meaning everywhere are defined once. The others are defined inside their type or member: `case` is a member of
an event, but also the name of a type; `basis` is a string in a date, but a text by language in a claimed legal basis.
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
# The definition of a term in a context: its meaning, or an object with its meaning and more.
Definition: TypeAlias = str | Mapping[str, Any]

VOCABULARY = "/v1/terms#"
PREFIXES = {
    "schema": "https://schema.org/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"

# Existing classes, for the types whose resources all belong to one. The other types have classes of our own: a case is not a single
# event, an actor can be a person, a body or a group, and a statement can be a paraphrase, which is not a quotation.
CLASSES: Mapping[type[BaseModel], str] = {
    Event: "schema:Event",
    Instrument: "eli:LegalResource",
    Source: "schema:CreativeWork",
}

# Existing terms, by the model that declares the field: only if both the meaning and the kind of value are the same. A date with
# bounds is an object, so it is not a `schema:startDate`; a citation supports certain fields, so it is not a `schema:citation`.
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

# How to read a value if its type does not say it.
READ_AS: Mapping[type[BaseModel], Mapping[str, Mapping[str, str]]] = {
    HistoricalDate: {"edtf": {"@type": EDTF}},
    # Each member of `about` is a list of references. The name of the list adds nothing to them.
    Statement: {
        "about": {"@type": "@id", "@container": "@index"},
        "reported_by": {"@type": "@id", "@container": "@list"},
        "text": _BY_LANGUAGE,
    },
    # This `text` is a string and not a map, so it is read as it is. It is defined like the map around it, because some processors fail
    # if a term is defined differently inside itself.
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


# The fields that a publish sets, in our own terms.
_OF_PUBLISH = {
    "revision": "The number of this revision of the resource.",
    "release": "The release that published the revision; for a redaction, the release that recorded it.",
    "redactions": "What was removed from the revision after its publication.",
}


def context(resources: Sequence[Resource]) -> dict[str, Any]:
    """Return the context of these types as a JSON-LD 1.1 document; raise ValueError if a declaration names an unknown model or field."""
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
    """Return our own terms with their meanings, as a JSON-LD document. A term has one comment for each model that has the field."""
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
    """Return the contradictions between `TERMS`, `CLASSES`, `READ_AS` and the models, one sentence each."""
    known = {base for model in _models_of(resources) for base in model.__mro__}
    found = [f"{model.__name__} is not a part of any type" for table in (TERMS, CLASSES, READ_AS) for model in table if model not in known]
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
    """Return the names that are defined inside their type or member: names with several meanings, and names of types."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for name, definition in _SET_BY_PUBLISH.items():
        meanings[name].add(json.dumps(definition))
    for model in _models_of(resources):
        for name in model.model_fields:
            meanings[name].add(json.dumps(_term(model, name, None), sort_keys=True))
    types = {resource.singular for resource in resources}
    return frozenset(name for name, found in meanings.items() if len(found) > 1 or name in types)


def _term(model: type[BaseModel], name: str, apart: frozenset[str] | None) -> Definition:
    """Return the definition of a field. If `apart` is None it contains all inner definitions, so that it can be compared."""
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
    """Return the definition of a type, or of a member with objects of a model, and the definitions that apply only inside it."""
    inner = {name: _term(model, name, apart) for name in model.model_fields if apart is None or name in apart}
    return {"@id": term, "@context": inner} if inner else term


def _declared(table: Mapping[type[BaseModel], Mapping[str, Value]], model: type[BaseModel], name: str) -> Value | None:
    """Return the entry of a table for a field of a model or of one of its base classes."""
    return next((table[base][name] for base in model.__mro__ if name in table.get(base, {})), None)


def _models_of(resources: Sequence[Resource]) -> list[type[BaseModel]]:
    """Return all models in these resources, each once, in a stable order."""
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
