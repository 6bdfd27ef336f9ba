//! The dictionary of times and differences, made of differential dataflow's traits.

use arrangement_trace::Algebra;
use differential_dataflow::difference::{IsZero, Semigroup};
use differential_dataflow::lattice::Lattice;
use timely::progress::frontier::AntichainRef;
use timely::progress::Timestamp;

/// How layouts of this crate reckon with times and differences: by differential dataflow's [`Lattice`] and
/// [`Semigroup`], so that whatever works in its collections works in our batches.
///
/// The third parameter of a layout of your own: `Vector<((K, V), T, R), DifferentialAlgebra>`.
#[derive(Copy, Clone, Debug)]
pub enum DifferentialAlgebra {}

impl<T: Timestamp + Lattice, R: Semigroup> Algebra<T, R> for DifferentialAlgebra {
    #[inline]
    fn join(a: &T, b: &T) -> T {
        a.join(b)
    }
    #[inline]
    fn advance_by(time: &mut T, frontier: AntichainRef<'_, T>) {
        Lattice::advance_by(time, frontier);
    }
    #[inline]
    fn plus_equals(diff: &mut R, rhs: &R) {
        diff.plus_equals(rhs);
    }
    #[inline]
    fn is_zero(diff: &R) -> bool {
        IsZero::is_zero(diff)
    }
}
