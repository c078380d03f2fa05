"""Storage of the embedded Novu: JSON documents in SQLite.

Each write is its own transaction, on purpose. A failed sync therefore leaves incomplete data behind, as on Novu.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]
"""A stored entity with Novu's field names."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS workflows (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    environment TEXT NOT NULL,
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    origin TEXT NOT NULL,
    status TEXT NOT NULL,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS workflows_by_identifier ON workflows (environment, identifier);
CREATE TABLE IF NOT EXISTS records (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    environment TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, environment, key)
);
"""

_ORDER_COLUMNS = {"createdAt": "created", "updatedAt": "updated", "name": "name", "lastTriggeredAt": "created"}


@dataclass(frozen=True, kw_only=True)
class WorkflowQuery:
    """Filters, order and page of a workflow listing. `limit` and `offset` count workflows."""

    limit: int = 50
    offset: int = 0
    order_by: str = "createdAt"
    descending: bool = True
    text: str = ""
    tags: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    hide_dashboard: bool = False


class Store:
    """One SQLite database. It is thread-safe. A call waits only for the disk."""

    def __init__(self, database: str, *, reset: bool = False) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)
        if reset:
            self.clear()

    def clear(self) -> None:
        """Remove everything."""
        with self._lock:
            self._connection.executescript("DELETE FROM workflows; DELETE FROM records;")

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    def _rows(self, sql: str, parameters: Iterable[Any] = ()) -> list[Any]:
        with self._lock:
            return self._connection.execute(sql, tuple(parameters)).fetchall()

    # Workflows

    def save_workflow(self, workflow: Document) -> None:
        """Insert a workflow, or replace the one with its `_id`."""
        self._rows(
            "INSERT INTO workflows (id, environment, identifier, name, origin, status, created, updated, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET identifier = excluded.identifier,"
            " name = excluded.name, origin = excluded.origin, status = excluded.status, updated = excluded.updated,"
            " body = excluded.body",
            (
                workflow["_id"],
                workflow["_environmentId"],
                workflow["triggers"][0]["identifier"],
                workflow["name"],
                workflow["origin"],
                workflow["status"],
                workflow["createdAt"],
                workflow["updatedAt"],
                json.dumps(workflow),
            ),
        )

    def workflow(self, environment: str, id_: str) -> Document | None:
        """Return the workflow with this `_id`."""
        rows = self._rows("SELECT body FROM workflows WHERE environment = ? AND id = ?", (environment, id_))
        return json.loads(rows[0][0]) if rows else None

    def workflow_by_identifier(self, environment: str, identifier: str) -> Document | None:
        """Return the oldest workflow with this identifier."""
        rows = self._rows(
            "SELECT body FROM workflows WHERE environment = ? AND identifier = ? ORDER BY position LIMIT 1",
            (environment, identifier),
        )
        return json.loads(rows[0][0]) if rows else None

    def workflow_index(self, environment: str) -> list[tuple[str, str, str]]:
        """Return `(_id, identifier, origin)` of every workflow, oldest first."""
        rows = self._rows(
            "SELECT id, identifier, origin FROM workflows WHERE environment = ? ORDER BY position", (environment,)
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def raw_data(self, environment: str) -> list[Any]:
        """Return the `rawData` of each workflow, oldest first."""
        rows = self._rows(
            "SELECT json_extract(body, '$.rawData') FROM workflows WHERE environment = ? ORDER BY position",
            (environment,),
        )
        return [None if row[0] is None else json.loads(row[0]) for row in rows]

    def all_workflows(self, environment: str) -> list[Document]:
        """Return every workflow of the environment, oldest first."""
        rows = self._rows("SELECT body FROM workflows WHERE environment = ? ORDER BY position", (environment,))
        return [json.loads(row[0]) for row in rows]

    def count_workflows(self, environment: str) -> int:
        """Return the number of workflows of any origin in the environment."""
        return int(self._rows("SELECT count(*) FROM workflows WHERE environment = ?", (environment,))[0][0])

    def find_workflows(self, environment: str, query: WorkflowQuery) -> tuple[list[Document], int]:
        """Return one page and the number of workflows on all pages."""
        where, parameters = ["environment = ?"], [environment]
        if query.text:
            where.append("(instr(lower(name), lower(?)) OR instr(lower(identifier), lower(?)))")
            parameters += [query.text, query.text]
        if query.tags:
            placeholders = _placeholders(query.tags)
            tagged = "EXISTS (SELECT 1 FROM json_each(body, '$.tags') AS tag WHERE tag.value IN"
            where.append(f"{tagged} ({placeholders}))")
            parameters += query.tags
        if query.statuses:
            where.append(f"status IN ({_placeholders(query.statuses)})")
            parameters += query.statuses
        if query.hide_dashboard:
            where.append("origin <> 'novu-cloud'")
        condition = " AND ".join(where)
        direction = "DESC" if query.descending else "ASC"
        order = f"{_ORDER_COLUMNS[query.order_by]} {direction}, position {direction}"
        with self._lock:
            # This module builds the condition and the order. Values from clients are parameters.
            total = self._rows(f"SELECT count(*) FROM workflows WHERE {condition}", parameters)[0][0]  # noqa: S608
            rows = self._rows(
                f"SELECT body FROM workflows WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608
                [*parameters, query.limit, query.offset],
            )
        return [json.loads(row[0]) for row in rows], int(total)

    def delete_workflow(self, environment: str, id_: str) -> None:
        """Remove a workflow with the control values of its steps."""
        with self._lock:
            self._rows("DELETE FROM workflows WHERE environment = ? AND id = ?", (environment, id_))
            self._rows(
                "DELETE FROM records WHERE kind = 'controls' AND environment = ?"
                " AND json_extract(body, '$._workflowId') = ?",
                (environment, id_),
            )

    # Everything else: environments, control values, agents, notification groups

    def save(self, kind: str, environment: str, key: str, body: Document) -> None:
        """Insert a record, or replace the one with its key."""
        self._rows(
            "INSERT INTO records (kind, environment, key, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, environment, key) DO UPDATE SET body = excluded.body",
            (kind, environment, key, json.dumps(body)),
        )

    def get(self, kind: str, environment: str, key: str) -> Document | None:
        """Return the record with this key."""
        rows = self._rows(
            "SELECT body FROM records WHERE kind = ? AND environment = ? AND key = ?", (kind, environment, key)
        )
        return json.loads(rows[0][0]) if rows else None

    def all(self, kind: str, environment: str) -> list[Document]:
        """Return all records of a kind, oldest first."""
        rows = self._rows(
            "SELECT body FROM records WHERE kind = ? AND environment = ? ORDER BY position", (kind, environment)
        )
        return [json.loads(row[0]) for row in rows]

    def delete(self, kind: str, environment: str, key: str) -> None:
        """Remove a record, if it is there."""
        self._rows("DELETE FROM records WHERE kind = ? AND environment = ? AND key = ?", (kind, environment, key))


def _placeholders(values: Sequence[str]) -> str:
    return ", ".join("?" for _ in values)
