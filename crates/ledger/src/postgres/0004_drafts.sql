-- What somebody typed and did not record yet. No part of the record: overwritten, thrown away, forgotten.
CREATE TABLE drafts (
    agency TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    subject BIGINT NOT NULL,
    fields TEXT NOT NULL,
    saved_at_ms BIGINT NOT NULL,
    PRIMARY KEY (agency, account, place, event, subject)
);
CREATE INDEX drafts_by_age ON drafts (agency, saved_at_ms);
