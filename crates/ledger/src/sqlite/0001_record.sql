-- The record. Rows of entries, parts and tree_hashes are never updated.
CREATE TABLE heads (
    agency TEXT NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    recorded_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE streams (
    agency TEXT NOT NULL,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (agency, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE entries (
    agency TEXT NOT NULL,
    leaf_index INTEGER NOT NULL,
    id TEXT NOT NULL,
    stream TEXT NOT NULL,
    stream_version INTEGER NOT NULL,
    recorded_at_ms INTEGER NOT NULL,
    leaf BLOB NOT NULL,
    PRIMARY KEY (agency, leaf_index),
    UNIQUE (agency, stream, stream_version),
    UNIQUE (agency, id)
) STRICT;

CREATE TABLE parts (
    agency TEXT NOT NULL,
    leaf_index INTEGER NOT NULL,
    label TEXT NOT NULL,
    sensitivity TEXT NOT NULL,
    salt BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (agency, leaf_index, label)
) STRICT;

CREATE TABLE tree_hashes (
    agency TEXT NOT NULL,
    stored_index INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (agency, stored_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
    agency TEXT NOT NULL,
    key TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    leaf_index INTEGER NOT NULL,
    PRIMARY KEY (agency, key)
) STRICT;

CREATE TABLE checkpoints (
    agency TEXT NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (agency, size)
) STRICT;
