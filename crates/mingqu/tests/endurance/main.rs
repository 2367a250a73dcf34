//! What was acknowledged stands: kill -9, a full disk, a lost server, two at once. The client is this process, outside
//! of the program under test, and holds every answer that reached it.
//!
//! `MINGQU_KILLS` says at how many moments a program is killed; CONTRIBUTING.md says how to run the 200 of a release.

mod attacked;
mod client;
mod damaged;
mod doubled;
mod full;
mod kill;
mod place;
mod record;
mod refused;
mod sync;

/// Numbers that differ enough. The moments differ anyway: the machine sees to that.
struct Dice(u64);

impl Dice {
    /// A number from 0 up to, and without, `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
