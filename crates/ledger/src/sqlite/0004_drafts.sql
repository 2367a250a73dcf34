-- What somebody typed and did not record yet. No part of the record: overwritten, thrown away, forgotten.
CREATE TABLE drafts (
    agency TEXT NOT NULL,
    account TEXT NOT NULL,
    place TEXT NOT NULL,
    event TEXT NOT NULL,
    subject INTEGER NOT NULL,
    fields TEXT NOT NULL,
    saved_at_ms INTEGER NOT NULL,
    PRIMARY KEY (agency, account, place, event, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_by_age ON drafts (agency, saved_at_ms);
