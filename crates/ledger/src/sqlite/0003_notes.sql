-- What may be forgotten: passwords, sessions, requests that wait for a hand. No part of the record.
CREATE TABLE notes (
    agency TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (agency, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notes_by_owner ON notes (agency, kind, owner, id);
CREATE INDEX notes_by_end ON notes (agency, until_ms);
