-- Numbers, the outbox, leases, and the state of the views.
CREATE TABLE number_series (
    agency TEXT NOT NULL,
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (agency, kind, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE numbers (
    agency TEXT NOT NULL,
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    state TEXT NOT NULL,
    -- Empty for a number that was used on paper by a case that is not here.
    text TEXT NOT NULL,
    leaf_index INTEGER NOT NULL,
    PRIMARY KEY (agency, kind, year, serial)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX numbers_by_text ON numbers (agency, text) WHERE text <> '';

CREATE TABLE outbox (
    agency TEXT NOT NULL,
    leaf_index INTEGER NOT NULL,
    position INTEGER NOT NULL,
    topic TEXT NOT NULL,
    payload TEXT NOT NULL,
    done INTEGER NOT NULL,
    PRIMARY KEY (agency, leaf_index, position)
) STRICT;
CREATE INDEX outbox_outstanding ON outbox (agency, done, leaf_index, position) WHERE done = 0;

CREATE TABLE leases (
    agency TEXT NOT NULL,
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (agency, name)
) STRICT, WITHOUT ROWID;

-- The shape of the views, and whether they hold what a rebuild would make.
CREATE TABLE views (version INTEGER NOT NULL, current INTEGER NOT NULL) STRICT;
INSERT INTO views VALUES (0, 0);

-- What has to be done before the next answer; survives a crash between a commit and its upkeep.
CREATE TABLE upkeep (task TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
