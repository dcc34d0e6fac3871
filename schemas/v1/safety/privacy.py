"""Rule 9: personal data in texts, ids and slugs."""

import re
from collections.abc import Iterator
from dataclasses import replace

from schemas.pointers import NoSuchPlace, get
from schemas.v1.marks import Kind
from schemas.v1.rules import Breach, Rule
from schemas.v1.safety import finding, personal_data
from schemas.v1.safety.checked import Checked

_RULE = Rule.PERSONAL_DATA
_MESSAGE = "seems to contain {what}"
_IDENTIFIER = re.compile(r"(.*/identifiers/\d+)/value")


def personal_data_in_texts(checked: Checked) -> Iterator[Breach]:
    """Rule 9: no telephone, registration or document numbers, e-mail addresses, accounts or dates of birth, in any text or id."""
    for text in checked.texts:
        if text.kind is Kind.SLUG:
            yield from _in_slug(text.at, text.text)
            continue
        found = list(finding.breaches(_RULE, text, personal_data.personal_data, _MESSAGE))
        yield from found
        if not found and (scheme := _IDENTIFIER.fullmatch(text.at)):
            # A number alone can look harmless, and its scheme says what it is.
            try:
                kind = str(get(checked.content, f"{scheme[1]}/scheme"))
            except NoSuchPlace:  # it has a problem
                continue
            named = f"{kind.replace('-', ' ')} {text.text}"
            for breach in finding.breaches(_RULE, replace(text, text=named), personal_data.personal_data, _MESSAGE):
                yield replace(breach, passage=text.text)


def personal_data_in_id(path: str, field: str = "/id") -> Iterator[Breach]:
    """Yield a breach for each kind of personal data in an id. An id is public and permanent, so it is scanned like a text."""
    yield from _in_slug(field, path.partition("/")[2])


def _in_slug(at: str, slug: str) -> Iterator[Breach]:
    for what in dict.fromkeys(found.what for found in personal_data.personal_data_in_slug(slug)):
        yield Breach(_RULE, at, _MESSAGE.format(what=what), passage=slug)
