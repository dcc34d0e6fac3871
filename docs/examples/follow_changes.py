"""Keep a copy of Article 33's record up to date: python follow_changes.py http://127.0.0.1:8033 copy.db [--every 300].

The copy is a SQLite file. Its view `record` has every resource of one release, with the bytes that the API serves; `progress` has the
number of that release. You can stop this program at any moment: when you start it again, it continues. docs/following.md explains it.
"""

import argparse
import hashlib
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

AGENT = "article33-follower/1 (say who you are and how to reach you)"
TABLES = """
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS document (path, waiting, revision, gone, reason, target, digest, body, PRIMARY KEY (path, waiting));
CREATE VIEW IF NOT EXISTS record AS SELECT path, revision, gone, reason, target, digest, body FROM document WHERE NOT waiting;
CREATE TABLE IF NOT EXISTS progress (release, first, seen, resume, etag);
INSERT INTO progress SELECT 0, NULL, 0, '/v1/changes?since=0&limit=100', NULL WHERE NOT EXISTS (SELECT * FROM progress);
"""


class Follower:
    """A copy of the record that can catch up with it."""

    def __init__(self, base: str, file: str, opener: Callable[..., Any] = urlopen, sleep: Callable[[float], object] = time.sleep) -> None:
        """Copy the record at `base` into `file`, which is created if it doesn't exist."""
        self.base, self.open, self.sleep = base.rstrip("/"), opener, sleep
        self.database = sqlite3.connect(file)
        self.database.executescript(TABLES)

    def catch_up(self) -> int:
        """Bring the copy to the current release, and return its number."""
        while True:
            release, first, seen, resume, etag = self.database.execute("SELECT * FROM progress").fetchone()
            try:
                tag, body = self.get(resume, etag)
            except HTTPError as refused:
                if refused.code not in (400, 410) or "cursor=" not in resume:
                    raise
                with self.database:  # the cursor was refused, but the copy is complete at its release: continue from there
                    self.database.execute("UPDATE progress SET resume = ?, etag = NULL", (f"/v1/changes?since={release}&limit=100",))
                continue
            answer: dict[str, Any] = json.loads(body) if body else {"page": {"release": -1}}
            page = answer["page"]
            if page["release"] < seen:  # nothing new, or a response from a cache that is behind
                return int(release)
            if any("/id" in row["fields"] and row["release"] > (first or row["release"]) for row in answer["data"]):
                self.database.executescript("BEGIN; DELETE FROM document; DELETE FROM progress; COMMIT")
                self.database.executescript(TABLES)
                continue  # an id was redacted, and no response has the old one: start again with an empty copy
            with self.database:  # the changes of a page and the next path are saved together or not at all
                self.apply(answer["data"], page["release"])
                tag = tag if page["resume"] == resume else None
                saved = (first or page["release"], page["release"], page["resume"], tag)
                self.database.execute("UPDATE progress SET first = ?, seen = ?, resume = ?, etag = ?", saved)
                if page["next"] is None:  # the end of the feed: the copy is now at that release
                    self.database.execute("UPDATE OR REPLACE document SET waiting = 0 WHERE waiting")
                    self.database.execute("UPDATE progress SET release = seen")
                    return int(page["release"])

    def apply(self, rows: list[dict[str, Any]], release: int) -> None:
        """Fetch the changed resources at a release. They wait beside the copy until it can move to that release as a whole."""
        newest = {row["path"]: row["revision"] for row in rows if row["kind"] != "redacted"}
        for row in rows:
            path, revision, digest = row["path"], row["revision"], row["digest"]
            if row["kind"] == "redacted":  # does not wait: every stored body of this revision is overwritten now
                held = "SELECT * FROM document WHERE path = ? AND revision = ? AND digest != ?"
                if self.database.execute(held, (path, revision, digest)).fetchone():
                    change = "UPDATE document SET digest = ?, body = ? WHERE path = ? AND revision = ?"
                    self.database.execute(change, (digest, self.body(row, release), path, revision))
            elif newest[path] == revision:
                gone, body = (row["kind"], None) if row["kind"] in ("withdrawn", "renamed", "merged") else (None, self.body(row, release))
                values = (path, 1, revision, gone, row["reason"], row["target"], digest, body)
                self.database.execute("INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def body(self, row: dict[str, Any], release: int) -> bytes:
        """Return the body of a row. The URL names the release, so no cache can return a body from before a redaction."""
        body = self.get(f"/v1/{row['path']}/revisions/{row['revision']}?release={release}")[1]
        if hashlib.sha256(body).hexdigest() != row["digest"]:
            raise OSError(f"{row['path']} does not match the feed: it was redacted in the meantime; poll again")
        return body

    def get(self, target: str, etag: str | None = None, attempts: int = 5) -> tuple[str | None, bytes]:
        """Return ETag and body of a response; the body is empty after a 304. After a 429 or 503, wait at most a minute and retry."""
        request = Request(self.base + target, headers={"User-Agent": AGENT} | ({"If-None-Match": etag} if etag else {}))
        try:
            with self.open(request, timeout=30) as answer:
                return answer.headers["ETag"], answer.read()
        except HTTPError as refused:
            refused.close()
            if refused.code == 304:
                return etag, b""
            if refused.code not in (429, 503) or attempts == 1:
                raise
            wait = refused.headers.get("Retry-After", "")
        self.sleep(min(int(wait) if wait.isdigit() else 10, 60))
        return self.get(target, etag, attempts - 1)


def main() -> None:
    """Catch up once, or keep polling."""
    parser = argparse.ArgumentParser(description="Keep a copy of Article 33's record in a SQLite file.")
    parser.add_argument("url", help="the URL of the API, such as http://127.0.0.1:8033")
    parser.add_argument("file", help="the SQLite file")
    parser.add_argument("--every", type=float, metavar="SECONDS", help="keep polling, with this pause")
    asked = parser.parse_args()
    follower = Follower(asked.url, asked.file)
    with closing(follower.database):
        print(f"{asked.file} is at release {follower.catch_up()}.", flush=True)
        while asked.every:
            time.sleep(asked.every)
            try:
                print(f"{asked.file} is at release {follower.catch_up()}.", flush=True)
            except (OSError, HTTPException, ValueError) as failure:
                print(f"Not caught up: {failure}.", flush=True)


if __name__ == "__main__":
    main()
