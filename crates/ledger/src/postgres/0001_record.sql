-- The record. Rows of entries, parts and tree_hashes are never updated.
CREATE TABLE heads (
    agency TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    recorded_at_ms BIGINT NOT NULL
);

CREATE TABLE streams (
    agency TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (agency, stream)
);

CREATE TABLE entries (
    agency TEXT COLLATE "C" NOT NULL,
    leaf_index BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    stream_version BIGINT NOT NULL,
    recorded_at_ms BIGINT NOT NULL,
    leaf BYTEA NOT NULL,
    PRIMARY KEY (agency, leaf_index),
    UNIQUE (agency, stream, stream_version),
    UNIQUE (agency, id)
);

CREATE TABLE parts (
    agency TEXT COLLATE "C" NOT NULL,
    leaf_index BIGINT NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    sensitivity TEXT COLLATE "C" NOT NULL,
    salt BYTEA NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (agency, leaf_index, label)
);

CREATE TABLE tree_hashes (
    agency TEXT COLLATE "C" NOT NULL,
    stored_index BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (agency, stored_index)
);

CREATE TABLE idempotency_keys (
    agency TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request_digest BYTEA NOT NULL,
    -- Empty only inside the transaction that claims the key.
    leaf_index BIGINT,
    PRIMARY KEY (agency, key)
);

CREATE TABLE checkpoints (
    agency TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (agency, size)
);
