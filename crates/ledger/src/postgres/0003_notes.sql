-- What may be forgotten: passwords, sessions, requests that wait for a hand. No part of the record.
CREATE TABLE notes (
    agency TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    until_ms BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (agency, kind, id)
);
CREATE INDEX notes_by_owner ON notes (agency, kind, owner, id);
CREATE INDEX notes_by_end ON notes (agency, until_ms);
