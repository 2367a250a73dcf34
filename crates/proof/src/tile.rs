//! Where the tiles of a log are found: C2SP tlog-tiles, hash tiles of height 8.
//!
//! Tile `n` of level `l` holds up to 256 hashes: those of the subtrees of 256^`l` leaves that begin with subtree
//! 256·`n`. A full one never changes; one at the right edge is published for each width that a checkpoint needs.

use crate::tree::{self, Hash};

/// The hashes of a full tile.
pub const FULL_WIDTH: u16 = 256;
const HASH_BYTES: usize = 32;
/// 2^64 leaves need no more.
const LEVELS: u8 = 8;

/// One tile of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TilePlace {
    level: u8,
    number: u64,
    width: u16,
}

impl TilePlace {
    /// The tile `number` of `level` as far as a log of `size` leaves fills it; none if it holds nothing yet.
    pub fn of(level: u8, number: u64, size: u64) -> Option<Self> {
        if level >= LEVELS {
            return None;
        }
        let hashes = size >> (8 * u32::from(level));
        let before = number.checked_mul(u64::from(FULL_WIDTH))?;
        let width = hashes.checked_sub(before)?.min(u64::from(FULL_WIDTH));
        let width = u16::try_from(width).ok().filter(|width| *width > 0)?;
        Some(Self {
            level,
            number,
            width,
        })
    }

    /// Reads a path, in the one form in which it is written.
    pub fn parse(path: &str) -> Option<Self> {
        let mut fields = path.strip_prefix("tile/")?.split('/');
        let level: u8 = fields.next()?.parse().ok()?;
        let mut number: u64 = 0;
        let mut width = FULL_WIDTH;
        while let Some(field) = fields.next() {
            let (digits, is_partial) = match field.strip_suffix(".p") {
                Some(digits) => (digits, true),
                None => (field, false),
            };
            let group: u64 = digits.strip_prefix('x').unwrap_or(digits).parse().ok()?;
            number = number.checked_mul(1000)?.checked_add(group)?;
            if is_partial {
                width = fields.next()?.parse().ok()?;
                break;
            }
        }
        let is_width = (1..=FULL_WIDTH).contains(&width);
        let place = Self {
            level,
            number,
            width,
        };
        // Whatever is written in another way (leading zeros, missing groups, a rest) is not this path.
        (level < LEVELS && is_width && place.path() == path).then_some(place)
    }

    /// The path: `tile/<level>/<number>`, with `.p/<width>` unless it is full; 1234067 is `x001/x234/067`.
    pub fn path(&self) -> String {
        let mut groups = vec![format!("{:03}", self.number % 1000)];
        let mut rest = self.number / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        let partial = match self.is_full() {
            true => String::new(),
            false => format!(".p/{}", self.width),
        };
        format!("tile/{}/{}{partial}", self.level, groups.join("/"))
    }

    /// The full tile that stands in the same place once the log has grown.
    pub fn grown(&self) -> Self {
        Self {
            width: FULL_WIDTH,
            ..*self
        }
    }

    /// It holds 256 hashes and will never change.
    pub fn is_full(&self) -> bool {
        self.width == FULL_WIDTH
    }

    /// How many hashes it holds.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// The place of its first hash within the level.
    pub fn first(&self) -> u64 {
        self.number * u64::from(FULL_WIDTH)
    }

    /// The first leaf below its hash `at`.
    pub fn first_leaf_below(&self, at: u64) -> u64 {
        (self.first() + at) << (8 * u32::from(self.level))
    }

    /// The stored indexes of its hashes.
    pub fn stored_indexes(&self) -> Vec<u64> {
        let first = self.first();
        (first..first + u64::from(self.width))
            .map(|at| tree::stored_index_at(8 * self.level, at))
            .collect()
    }

    /// The hashes in the bytes of a tile; none if the length is not that of this tile.
    pub fn hashes(&self, bytes: &[u8]) -> Option<Vec<Hash>> {
        if bytes.len() != usize::from(self.width) * HASH_BYTES {
            return None;
        }
        let hashes = bytes.chunks_exact(HASH_BYTES);
        hashes.map(|hash| hash.try_into().ok().map(Hash)).collect()
    }
}

/// The tiles that a log of `size` leaves has and one of `old_size` leaves had not, in the order in which they are to be
/// written: leaves first.
pub fn new_tiles(old_size: u64, size: u64) -> impl Iterator<Item = TilePlace> {
    (0..LEVELS).flat_map(move |level| {
        let hashes_before = old_size >> (8 * u32::from(level));
        let first = hashes_before / u64::from(FULL_WIDTH);
        (first..)
            .map_while(move |number| TilePlace::of(level, number, size))
            .filter(move |place| TilePlace::of(level, place.number, old_size) != Some(*place))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::MemoryTree;
    use tlog_tiles::tlog::HashReader;

    #[test]
    fn paths_are_those_of_the_specification() {
        // The examples of c2sp.org/tlog-tiles.
        let full = TilePlace::of(0, 1_234_067, u64::MAX).expect("a tile");
        assert_eq!(full.path(), "tile/0/x001/x234/067");
        let of_70_000: Vec<String> = new_tiles(69_888, 70_000).map(|tile| tile.path()).collect();
        assert_eq!(
            of_70_000,
            ["tile/0/273.p/112"],
            "273 full tiles were there before"
        );
        let levels: Vec<String> = new_tiles(0, 70_000)
            .skip(273)
            .map(|tile| tile.path())
            .collect();
        assert_eq!(
            levels,
            [
                "tile/0/273.p/112",
                "tile/1/000",
                "tile/1/001.p/17",
                "tile/2/000.p/1"
            ]
        );
    }

    #[test]
    fn a_path_is_read_in_one_form_only() {
        for path in ["tile/0/000", "tile/0/x001/067", "tile/7/999.p/255"] {
            let read = TilePlace::parse(path).map(|place| place.path());
            assert_eq!(read.as_deref(), Some(path));
        }
        for path in [
            "",
            "tile",
            "tile/0",
            "tile/0/",
            "tile/00/000",
            "tile/0/0",
            "tile/1/x018/446/x1",
            "tile/0/x000/000",
            "tile/8/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/1/2",
            "tile/0/000.p",
            "tile/0/../000",
            "tile/0/+01",
            "/tile/0/000",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(TilePlace::parse(path), None, "{path}");
        }
    }

    #[test]
    fn every_growth_writes_exactly_what_was_not_there() {
        let all = |size: u64| new_tiles(0, size).collect::<std::collections::BTreeSet<_>>();
        for (old, new) in [
            (0, 0),
            (0, 1),
            (1, 1),
            (255, 256),
            (256, 257),
            (300, 70_000),
            (65_535, 65_536),
        ] {
            let added: Vec<TilePlace> = new_tiles(old, new).collect();
            for tile in all(new) {
                assert_eq!(
                    added.contains(&tile),
                    !all(old).contains(&tile),
                    "{old} to {new}: {tile:?}"
                );
            }
        }
    }

    #[test]
    fn tiles_hold_the_hashes_of_their_subtrees() {
        let mut memory = MemoryTree::default();
        for n in 0..700u32 {
            memory.append(tree::leaf_hash(&n.to_be_bytes()));
        }
        let level_one = TilePlace::of(1, 0, 700).expect("two full tiles below");
        let hashes = memory
            .read_hashes(&level_one.stored_indexes())
            .expect("in memory");
        assert_eq!(hashes.len(), 2);
        let mut below = MemoryTree::default();
        for n in 256..512u32 {
            below.append(tree::leaf_hash(&n.to_be_bytes()));
        }
        assert_eq!(hashes[1], below.root());
        assert_eq!(level_one.first_leaf_below(1), 256);
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        assert_eq!(level_one.hashes(&bytes), Some(hashes));
        assert_eq!(level_one.hashes(&bytes[1..]), None);
    }
}
