//! Reads whose text both databases understand: `$n` is positional in either, as long as it appears in order.

/// The columns of an entry, in the order that [`crate::rows::EntryRow`] reads them.
macro_rules! entry_columns {
    () => {
        "SELECT leaf_index, id, stream, stream_version, recorded_at_ms, leaf FROM entries "
    };
}

pub(crate) const ENTRIES_OF_STREAM: &str = concat!(
    entry_columns!(),
    "WHERE agency = $1 AND stream = $2 AND stream_version > $3 ORDER BY stream_version"
);

// Ordered by the entries, not by the parts: SQLite would take an order of the parts as a way to spare the sorting, and walk
// all parts of the log for the few of one stream.
pub(crate) const PARTS_OF_STREAM: &str = "SELECT p.leaf_index, p.label, p.sensitivity, p.salt, p.body \
    FROM entries e JOIN parts p ON p.agency = e.agency AND p.leaf_index = e.leaf_index \
    WHERE e.agency = $1 AND e.stream = $2 AND e.stream_version > $3 ORDER BY e.stream_version, p.label";

pub(crate) const ENTRIES_OF_RANGE: &str = concat!(
    entry_columns!(),
    "WHERE agency = $1 AND leaf_index >= $2 ORDER BY leaf_index LIMIT $3"
);

pub(crate) const PARTS_OF_RANGE: &str = "SELECT leaf_index, label, sensitivity, salt, body FROM parts \
    WHERE agency = $1 AND leaf_index >= $2 AND leaf_index <= $3 ORDER BY leaf_index, label";

pub(crate) const ENTRIES_BETWEEN: &str = concat!(
    entry_columns!(),
    "WHERE agency = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index"
);

pub(crate) const PARTS_BETWEEN: &str = "SELECT leaf_index, label, sensitivity, salt, body FROM parts \
    WHERE agency = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index, label";

pub(crate) const REQUEST: &str = "SELECT k.request_digest, e.stream, e.leaf_index, e.stream_version, e.recorded_at_ms, e.leaf \
    FROM idempotency_keys k JOIN entries e ON e.agency = k.agency AND e.leaf_index = k.leaf_index \
    WHERE k.agency = $1 AND k.key = $2";

// A prefix as a range uses the index; names are ASCII, so `~` and DEL close it (`list_end`).
pub(crate) const STREAMS: &str = "SELECT stream, version FROM streams \
    WHERE agency = $1 AND stream >= $2 AND stream < $3 AND stream > $4 AND version > 0 ORDER BY stream LIMIT $5";

pub(crate) const AGENCIES: &str = "SELECT agency FROM heads ORDER BY agency";

pub(crate) const TREE_SIZE: &str = "SELECT size FROM heads WHERE agency = $1";

pub(crate) const CHECKPOINT: &str =
    "SELECT size, note FROM checkpoints WHERE agency = $1 ORDER BY size DESC LIMIT 1";

pub(crate) const KEEP_CHECKPOINT: &str = "INSERT INTO checkpoints (agency, size, note) VALUES ($1, $2, $3) ON CONFLICT (agency, size) DO NOTHING";

/// Takes or renews a lease: one row changes where the holder has it afterwards.
pub(crate) const LEASE: &str = "INSERT INTO leases (agency, name, holder, until_ms) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (agency, name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms \
    WHERE leases.holder = excluded.holder OR leases.until_ms <= $5";

pub(crate) const NOTE: &str = "SELECT kind, id, owner, until_ms, version, body FROM notes \
    WHERE agency = $1 AND kind = $2 AND id = $3";

/// A first state: nothing changes where there is one.
pub(crate) const NEW_NOTE: &str = "INSERT INTO notes (agency, kind, id, owner, until_ms, version, body) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (agency, kind, id) DO NOTHING";

/// A later state: nothing changes where the one before is not there.
pub(crate) const NEXT_NOTE: &str = "UPDATE notes SET owner = $1, until_ms = $2, version = $3, body = $4 \
    WHERE agency = $5 AND kind = $6 AND id = $7 AND version = $3 - 1";

pub(crate) const REMOVE_NOTE: &str =
    "DELETE FROM notes WHERE agency = $1 AND kind = $2 AND id = $3";

pub(crate) const NOTES: &str = "SELECT kind, id, owner, until_ms, version, body FROM notes \
    WHERE agency = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4";

pub(crate) const NOTES_OF: &str = "SELECT kind, id, owner, until_ms, version, body FROM notes \
    WHERE agency = $1 AND kind = $2 AND owner = $3 AND id > $4 ORDER BY id LIMIT $5";

pub(crate) const FORGET_NOTES: &str = "DELETE FROM notes WHERE agency = $1 AND until_ms < $2";

pub(crate) const DONE: &str =
    "UPDATE outbox SET done = 1 WHERE agency = $1 AND leaf_index = $2 AND position = $3";

pub(crate) const SAVE_DRAFT: &str = "INSERT INTO drafts (agency, account, place, event, subject, fields, saved_at_ms) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (agency, account, place, event, subject) \
    DO UPDATE SET fields = excluded.fields, saved_at_ms = excluded.saved_at_ms";

/// Of everybody in the agency: who never comes back cannot let go of what was typed.
pub(crate) const FORGET_DRAFTS: &str = "DELETE FROM drafts WHERE agency = $1 AND saved_at_ms < $2";

pub(crate) const CROP_DRAFTS: &str = "DELETE FROM drafts WHERE agency = $1 AND account = $2 \
    AND (place, event, subject) NOT IN (SELECT place, event, subject FROM drafts WHERE agency = $3 AND account = $4 \
    ORDER BY saved_at_ms DESC, place DESC, event DESC, subject DESC LIMIT $5)";

pub(crate) const DRAFT: &str = "SELECT place, event, subject, fields, saved_at_ms FROM drafts \
    WHERE agency = $1 AND account = $2 AND place = $3 AND event = $4 AND subject = $5 AND saved_at_ms >= $6";

pub(crate) const DRAFTS: &str = "SELECT place, event, subject, fields, saved_at_ms FROM drafts \
    WHERE agency = $1 AND account = $2 AND saved_at_ms >= $3 ORDER BY saved_at_ms DESC, place, event, subject";

pub(crate) const DISCARD_DRAFT: &str = "DELETE FROM drafts \
    WHERE agency = $1 AND account = $2 AND place = $3 AND event = $4 AND subject = $5";

pub(crate) const VIEWS_ARE_CURRENT: &str = "SELECT current FROM views";

pub(crate) const VIEWS_REBUILT: &str = "UPDATE views SET current = 1";

/// The mark of parts whose pages must still be overwritten.
pub(crate) const OWES_PURGE: &str =
    "INSERT INTO upkeep (task) VALUES ('purge') ON CONFLICT DO NOTHING";

pub(crate) const IS_PURGE_OWED: &str = "SELECT count(*) FROM upkeep WHERE task = 'purge'";

pub(crate) const PURGED: &str = "DELETE FROM upkeep WHERE task = 'purge'";

/// The first name behind all names that begin with `prefix`.
pub(crate) fn list_end(prefix: &str) -> String {
    format!("{prefix}\u{7f}")
}
