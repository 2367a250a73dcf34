-- Numbers, the outbox, leases, and the state of the views.
CREATE TABLE number_series (
    agency TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    next BIGINT NOT NULL,
    PRIMARY KEY (agency, kind, year)
);

CREATE TABLE numbers (
    agency TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    serial BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    -- Empty for a number that was used on paper by a case that is not here.
    text TEXT COLLATE "C" NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (agency, kind, year, serial)
);
CREATE UNIQUE INDEX numbers_by_text ON numbers (agency, text) WHERE text <> '';

CREATE TABLE outbox (
    agency TEXT COLLATE "C" NOT NULL,
    leaf_index BIGINT NOT NULL,
    position BIGINT NOT NULL,
    topic TEXT COLLATE "C" NOT NULL,
    payload TEXT NOT NULL,
    done BIGINT NOT NULL,
    PRIMARY KEY (agency, leaf_index, position)
);
CREATE INDEX outbox_outstanding ON outbox (agency, leaf_index, position) WHERE done = 0;

CREATE TABLE leases (
    agency TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    until_ms BIGINT NOT NULL,
    PRIMARY KEY (agency, name)
);

-- The shape of the views, and whether they hold what a rebuild would make.
CREATE TABLE views (version BIGINT NOT NULL, current BIGINT NOT NULL);
INSERT INTO views VALUES (0, 0);

-- What has to be done before the next answer; survives a crash between a commit and its upkeep.
CREATE TABLE upkeep (task TEXT COLLATE "C" NOT NULL PRIMARY KEY);
