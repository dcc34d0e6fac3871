"""redact releases/3: remove the message of a release."""

from rich.markup import escape

from record import items
from record.model import REDACTED
from record.store import Store
from workbench.commands.prepared import Prepared
from workbench.message_redactions import MESSAGE, names_release, plan_message
from workbench.redactions import Asked, CannotRedact
from workbench.terminal import MISUSED, Refused, out

__all__ = ["message_path", "names_release", "prepare_message"]


def message_path(path: str, message: int | None) -> str:
    """Return what to redact: the given path, or that of the release with this number. Raises Refused unless there is one of them."""
    if bool(path) == (message is not None):
        raise Refused("name what to redact: a path such as events/a-slug, or --message with the number of a release", MISUSED)
    return items.release_path(message) if message is not None else path


def prepare_message(store: Store, path: str, asked: Asked, reason: str) -> Prepared:
    """Plan and show the redaction of a release's message. Raises CannotRedact, or AlreadyRedacted."""
    if asked.words or asked.revisions:
        raise CannotRedact(f"the message of {path} can only be removed as a whole, without --words and --revision")
    if others := [field for field in asked.fields if field != MESSAGE]:
        raise CannotRedact(f"{path} has no {others[0]} to redact: the only text of a release is its message, --field {MESSAGE}")
    redaction = plan_message(store, path, reason)
    out().print(f"[red]{escape(path)}[/]: {MESSAGE} -> {escape(REDACTED)}", highlight=False)
    return Prepared(redaction, f"the message of {path} removed")
