"""Hides in a review what a publish would put back after a redaction."""

from collections.abc import Iterable, Mapping

from record.writing.removals import PutBack
from schemas.pointers import Json, join
from workbench.differences import is_list, is_object

HIDDEN = "(what was redacted)"


class Hiding:
    """Replaces in resources what a publish would put back, with the whole text that contains it."""

    def __init__(self, found: Iterable[PutBack] = ()) -> None:
        """Hide this. A whole id is hidden if it, or words of it, was redacted."""
        self._fields = frozenset((one.path, one.pointer) for one in found)
        self._ids = frozenset(path for path, pointer in self._fields if path and pointer == "/id")

    def content(self, path: str, content: Json) -> Json:
        """Return the content of a resource without it."""
        fields = frozenset(pointer for of, pointer in self._fields if of == path)
        return self._without(content, fields, "") if fields or self._ids else content

    def path(self, path: str) -> str:
        """Return the path of a resource, or what stands for it if it was redacted."""
        return f"{path.partition('/')[0]}/{HIDDEN}" if path in self._ids else path

    def place(self, path: str, pointer: str) -> str:
        """Return the place of a field as `PATH:POINTER`."""
        return f"{self.path(path)}:{pointer}"

    def _without(self, value: Json, fields: frozenset[str], at: str) -> Json:
        if at in fields or (isinstance(value, str) and value in self._ids):
            return HIDDEN
        if is_object(value):
            members: Mapping[str, Json] = {name: self._without(member, fields, at + join([name])) for name, member in value.items()}
            return members
        if is_list(value):
            return [self._without(item, fields, f"{at}/{index}") for index, item in enumerate(value)]
        return value


NOTHING = Hiding()
