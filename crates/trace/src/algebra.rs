//! The dictionary through which storage uses times and differences.

use crate::{Antichain, AntichainRef, Lattice, Semigroup, Timestamp};

/// How times join and advance and how differences add: a dictionary that a layout names by type.
///
/// Storage, batcher and spine never ask a time for our [`Lattice`] nor a difference for our [`Semigroup`]; they ask
/// the dictionary. [`Native`] answers from those two traits. A program whose types implement the traits of another
/// system writes a dictionary of its own, of a dozen lines, and every layer works on its types. How times *compare* is
/// not in the dictionary: frontiers are timely's, and compare by its [`PartialOrder`](crate::PartialOrder).
///
/// Implementors promise that `Ord` on times extends their partial order, that addition is associative and
/// commutative, and that [`advance_by`](Algebra::advance_by) obeys [`Lattice::advance_by`]. An empty frontier is never
/// passed to it.
pub trait Algebra<T: Timestamp, R>: 'static {
    /// Whether any two times are ordered. `false` is always right, and costs the shortcuts that rely on it.
    const TOTAL: bool = false;

    /// The least time not less than either.
    fn join(a: &T, b: &T) -> T;

    /// Replaces `time` by the meet, over `f` in `frontier`, of `time join f`.
    fn advance_by(time: &mut T, frontier: AntichainRef<'_, T>);

    /// Adds `rhs` to `diff`.
    fn plus_equals(diff: &mut R, rhs: &R);

    /// Whether a difference changes nothing, so that its update can be dropped.
    fn is_zero(diff: &R) -> bool;

    /// The frontier of the times that are at or beyond both frontiers. Costs the product of their lengths.
    fn join_frontiers(a: AntichainRef<'_, T>, b: AntichainRef<'_, T>) -> Antichain<T> {
        let mut joined = Antichain::new();
        for a in a.iter() {
            for b in b.iter() {
                joined.insert(Self::join(a, b));
            }
        }
        joined
    }
}

/// The dictionary made of this crate's own [`Lattice`] and [`Semigroup`].
#[derive(Copy, Clone, Debug)]
pub enum Native {}

impl<T: Timestamp + Lattice, R: Semigroup> Algebra<T, R> for Native {
    const TOTAL: bool = T::TOTAL;
    #[inline]
    fn join(a: &T, b: &T) -> T {
        a.join(b)
    }
    #[inline]
    fn advance_by(time: &mut T, frontier: AntichainRef<'_, T>) {
        time.advance_by(frontier);
    }
    #[inline]
    fn plus_equals(diff: &mut R, rhs: &R) {
        diff.plus_equals(rhs);
    }
    #[inline]
    fn is_zero(diff: &R) -> bool {
        diff.is_zero()
    }
}
