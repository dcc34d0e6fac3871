"""The rules of the index, for `record.verifying`: what follows from a resource's content alone."""

from collections.abc import Mapping

from record.verifying.placements import Derived
from schemas.indexing import INDEX_RULES, brought, own_placement
from schemas.pointers import Json, values_at


class IndexRules:
    """The rules of this version. A release that was published by other rules can't be verified by these."""

    number = INDEX_RULES

    def derive(self, path: str, content: Mapping[str, Json]) -> Derived:
        """Return what follows from a resource's members. Raises LookupError or another error if they are not those of its type."""
        own, due = own_placement(path, content), next(values_at(content, "/review/due"), None)
        brings = tuple(dict.fromkeys(brought(path, content)))
        return Derived(own.sort_keys, own.lists, own.values, own.span, brings, due if isinstance(due, str) else None)
