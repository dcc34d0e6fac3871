"""Seals: Merkle roots that prove a body, and that still prove the rest of it after a redaction.

A seal is the hash of a tree that has the shape of the body, without its member `redactions`. Each node has a salt (16 bytes) and a hash,
which is the SHA-256 of a JSON array in UTF-8, without spaces:

    ["value",salt,value]                     a text, number, true, false, null, or an empty array or object
    ["array",hash,hash,...]                  an array: the hashes of its items
    ["object",name,hash,name,hash,...]       an object: its names and the hashes of its members, in the order of the body (RFC 8785)

Salts and hashes are hexadecimal. The body itself, whose pointer is empty, has a random salt. The salt of any other node is the first
16 bytes of the HMAC-SHA-256 of its name, or of its index in decimal digits, with the salt of the node around it as the key.

A redaction replaces a value. It keeps the hash that the value's node had, and deletes its salt and those of all nodes around it, because
the value's salt can be derived from these. It keeps the salts of the nodes beside it. So everybody can compute the old seal, but nobody
can test a guess of the removed value against its hash. The new value gets a new random salt.
"""

import copy
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import rfc8785

from record.model import Digest, Seal

NOT_SEALED = "redactions"  # the member of a body that says what was redacted; the releases of the redactions prove it

_SALT_BYTES, _BLOCK = 16, 64  # bytes of a salt, and of a block of SHA-256
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))  # the pads of HMAC
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class NoSalt(ValueError):
    """A value has no salt, so its hash can't be computed."""


class Sealed(NamedTuple):
    """A body's members, with the salts of its nodes by JSON Pointer, and its seals, oldest first."""

    members: dict[str, Any]
    salts: Mapping[str, str]
    seals: tuple[Seal, ...]


def seal_of(value: Any, salt: str) -> Digest:
    """Return the seal of a body's members, or of a text, with the salt (hexadecimal) of its root."""
    return Digest(_hash(_without_note(value), bytes.fromhex(salt)))


def proven(value: Any, salts: Mapping[str, str], hashes: Mapping[str, str]) -> Digest:
    """Return the seal of a body's members with these salts and with these hashes of removed values, both by JSON Pointer.

    Raises NoSalt if a salt is missing, and ValueError if one is not hexadecimal.
    """
    if not hashes and salts.keys() == {""}:
        return seal_of(value, salts[""])
    return Digest(_Tree(salts, hashes).hash(_without_note(value), "", None))


def redact(sealed: Sealed, replaced: Mapping[str, Any], release: int, salt: str) -> Sealed:
    """Return a body in which a redaction at this release replaced values, by JSON Pointer.

    `salt` (hexadecimal) is the secret from which the salts of the new values derive. A pointer that is not in the body is skipped.
    Nothing changes in a second call with the same arguments: an interrupted redaction is repeated.
    """
    members: dict[str, Any] = copy.deepcopy(sealed.members)
    salts = dict(sealed.salts)
    older = [(one, dict(one.hashes)) for one in sealed.seals if one.release < release]
    for pointer, new in replaced.items():
        around = _around(members, pointer)
        if around is None:
            continue
        for _, hashes in older:
            _keep(hashes, members, salts, pointer)
        _open(salts, members, pointer)
        salts[pointer] = _derived(bytes.fromhex(salt), pointer).hex()
        container, key = around
        container[key] = new
    if members == sealed.members and salts == sealed.salts:
        return sealed
    before = [one._replace(hashes=hashes) for one, hashes in older]
    return Sealed(members, salts, (*before, Seal(release, proven(members, salts, {}), {})))


def _keep(hashes: dict[str, Digest], members: Mapping[str, Any], salts: Mapping[str, str], pointer: str) -> None:
    """Add the hash of the node at a pointer to the kept hashes of an older seal, unless one at or above it is there already."""
    if any(pointer == kept or pointer.startswith(f"{kept}/") for kept in hashes):
        return
    found = _Tree(salts, hashes).hash_at(_without_note(members), pointer)
    for below in [kept for kept in hashes if kept.startswith(f"{pointer}/")]:
        del hashes[below]
    hashes[pointer] = Digest(found)


def _open(salts: dict[str, str], members: Mapping[str, Any], pointer: str) -> None:
    """Replace the salts at, above and below a pointer by those of the nodes beside the way to it."""
    node: Any = _without_note(members)
    salt = bytes.fromhex(salts.pop("", ""))
    at = ""
    for part in _parts(pointer):
        if salt:
            for name, _ in _children(node):
                salts[f"{at}/{_escaped(name)}"] = _derived(salt, name).hex()
        at += f"/{_escaped(part)}"
        salt = bytes.fromhex(salts.pop(at, ""))
        node = node[int(part)] if isinstance(node, list) else node[part]
    for below in [known for known in salts if known.startswith(f"{pointer}/")]:
        del salts[below]


class _Tree:
    """Computes hashes with salts and kept hashes by JSON Pointer."""

    def __init__(self, salts: Mapping[str, str], hashes: Mapping[str, str]) -> None:
        self._salts = salts
        self._hashes = hashes

    def hash(self, value: Any, at: str, derived: bytes | None) -> str:
        """Return the hash of the node at a pointer. `derived` is its salt if it follows from the node around it."""
        if at in self._hashes:
            return self._hashes[at]
        salt = bytes.fromhex(self._salts[at]) if at in self._salts else derived
        if not _is_container(value):
            if salt is None:
                raise NoSalt(f"the value at {at} has no salt")
            return _value_hash(value, salt)
        return _container_hash(
            value,
            [
                (name, self.hash(child, f"{at}/{_escaped(name)}", _derived(salt, name) if salt else None))
                for name, child in _children(value)
            ],
        )

    def hash_at(self, value: Any, pointer: str) -> str:
        """Return the hash of the node at a pointer, starting at the root."""
        at, salt = "", bytes.fromhex(self._salts[""]) if "" in self._salts else None
        for part in _parts(pointer):
            at += f"/{_escaped(part)}"
            salt = bytes.fromhex(self._salts[at]) if at in self._salts else _derived(salt, part) if salt else None
            value = value[int(part)] if isinstance(value, list) else value[part]
        return self.hash(value, at, salt)


def _hash(value: Any, salt: bytes) -> str:
    """Return the hash of a node whose salts all derive from this one. It does the same as `_Tree`, but faster: every publish needs it."""
    if value and isinstance(value, dict):
        derive = _deriving(salt)
        line = '["object"' + "".join([f',{_encode(name)},"{_hash(child, derive(name))}"' for name, child in value.items()])
    elif value and isinstance(value, list):
        derive = _deriving(salt)
        line = '["array"' + "".join([f',"{_hash(child, derive(str(index)))}"' for index, child in enumerate(value)])
    else:
        return _value_hash(value, salt)
    return sha256(f"{line}]".encode()).hexdigest()


def _deriving(salt: bytes) -> Callable[[str], bytes]:
    """Return a function that derives salts from this one, as `_derived` does.

    It is HMAC (RFC 2104) with its two blocks computed once. `hmac.digest` takes three times as long for such short messages.
    """
    block = salt.ljust(_BLOCK, b"\0")
    inner, outer = block.translate(_INNER), block.translate(_OUTER)
    return lambda name: sha256(outer + sha256(inner + name.encode()).digest()).digest()[:_SALT_BYTES]


def _value_hash(value: Any, salt: bytes) -> str:
    text = "null" if value is None else rfc8785.dumps(value).decode() if isinstance(value, float) else _encode(value)
    return sha256(f'["value","{salt.hex()}",{text}]'.encode()).hexdigest()


def _container_hash(value: Any, hashes: Iterable[tuple[str, str]]) -> str:
    if isinstance(value, list):
        line = '["array"' + "".join([f',"{found}"' for _, found in hashes])
    else:
        line = '["object"' + "".join([f',{_encode(name)},"{found}"' for name, found in hashes])
    return sha256(f"{line}]".encode()).hexdigest()


def _derived(salt: bytes, name: str) -> bytes:
    return hmac.digest(salt, name.encode(), "sha256")[:_SALT_BYTES]


def _is_container(value: Any) -> bool:
    return bool(value) and isinstance(value, (dict, list))


def _children(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, list):
        return ((str(index), child) for index, child in enumerate(value))
    return value.items() if isinstance(value, dict) else ()


def _without_note(value: Any) -> Any:
    return {name: member for name, member in value.items() if name != NOT_SEALED} if isinstance(value, dict) else value


def _around(members: Any, pointer: str) -> tuple[Any, Any] | None:
    """Return the object or array around a pointer, and the name or index in it; None if there is no such place."""
    *way, last = _parts(pointer)
    try:
        for part in way:
            members = members[int(part)] if isinstance(members, list) else members[part]
        key = int(last) if isinstance(members, list) else last
        members[key]
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return members, key


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
