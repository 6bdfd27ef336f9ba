//! Times as lattices: join, meet, and advancing by a frontier.

use timely::PartialOrder;
use timely::order::Product;
use timely::progress::Antichain;
use timely::progress::frontier::AntichainRef;

pub use timely::order::TotalOrder;

/// A type in which any two elements have a least upper and a greatest lower bound.
///
/// The order is that of timely's [`PartialOrder`], where the type has one.
///
/// Implementors write [`join`](Lattice::join) and [`meet`](Lattice::meet), and set [`TOTAL`](Lattice::TOTAL) if any
/// two elements are ordered. Callers may rely on both being associative, commutative and idempotent, and on
/// `a <= b` being the same as `a.join(b) == b` and `a.meet(b) == a`.
///
/// ```
/// use arrangement_trace::Lattice;
/// use timely::order::Product;
/// assert_eq!(Product::new(3u64, 7u64).join(&Product::new(5, 6)), Product::new(5, 7));
/// assert_eq!(Product::new(3u64, 7u64).meet(&Product::new(5, 6)), Product::new(3, 6));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a time: it is no lattice",
    note = "times are integers, `()`, `Product`s or pairs of times, or types that implement timely's \
            `Timestamp` and the `Lattice` of this crate"
)]
pub trait Lattice: Clone {
    /// Whether any two elements are ordered, which lets storage stop searching at the first element beyond a bound.
    ///
    /// `false` is always right.
    const TOTAL: bool = false;

    /// The least element not less than either.
    #[must_use]
    fn join(&self, other: &Self) -> Self;

    /// The greatest element not greater than either.
    #[must_use]
    fn meet(&self, other: &Self) -> Self;

    /// Replaces `self` by its join with `other`.
    fn join_assign(&mut self, other: &Self) {
        *self = self.join(other);
    }

    /// Replaces `self` by its meet with `other`.
    fn meet_assign(&mut self, other: &Self) {
        *self = self.meet(other);
    }

    /// Replaces `self` by the meet, over `f` in `frontier`, of `self join f`.
    ///
    /// The result compares with every time at or beyond the frontier exactly as `self` did. An empty frontier, beyond
    /// which there are no times, leaves `self` as it is. Costs one join and one meet for each element of the frontier.
    ///
    /// ```
    /// use arrangement_trace::{Antichain, Lattice};
    /// use timely::order::Product;
    /// let mut time = Product::new(0u64, 0u64);
    /// time.advance_by(Antichain::from(vec![Product::new(2, 5), Product::new(3, 1)]).borrow());
    /// assert_eq!(time, Product::new(2, 1));
    /// ```
    #[inline]
    fn advance_by(&mut self, frontier: AntichainRef<'_, Self>)
    where
        Self: Sized,
    {
        let mut joins = frontier.iter().map(|f| self.join(f));
        if let Some(mut result) = joins.next() {
            for join in joins {
                result.meet_assign(&join);
            }
            *self = result;
        }
    }
}

/// `time` advanced by `frontier`: see [`Lattice::advance_by`].
#[must_use]
pub fn advanced<T: Lattice>(time: &T, frontier: AntichainRef<'_, T>) -> T {
    let mut time = time.clone();
    time.advance_by(frontier);
    time
}

macro_rules! total {
    ($($t:ty),*) => {
        $(impl Lattice for $t {
            const TOTAL: bool = true;
            #[inline]
            fn join(&self, other: &Self) -> Self {
                *self.max(other)
            }
            #[inline]
            fn meet(&self, other: &Self) -> Self {
                *self.min(other)
            }
        })*
    };
}

total!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, (), std::time::Duration);

/// timely orders pairs lexicographically, so their outer part must be totally ordered for meets to exist. For the
/// order by components there is [`Product`].
impl<A: Lattice + TotalOrder, B: Lattice> Lattice for (A, B)
where
    (A, B): PartialOrder,
{
    const TOTAL: bool = B::TOTAL;
    #[inline]
    fn join(&self, other: &Self) -> Self {
        match (self.0.less_equal(&other.0), other.0.less_equal(&self.0)) {
            (true, true) => (self.0.clone(), self.1.join(&other.1)),
            (true, false) => other.clone(),
            _ => self.clone(),
        }
    }
    #[inline]
    fn meet(&self, other: &Self) -> Self {
        match (self.0.less_equal(&other.0), other.0.less_equal(&self.0)) {
            (true, true) => (self.0.clone(), self.1.meet(&other.1)),
            (true, false) => self.clone(),
            _ => other.clone(),
        }
    }
}

impl<A: Lattice, B: Lattice> Lattice for Product<A, B> {
    #[inline]
    fn join(&self, other: &Self) -> Self {
        Product { outer: self.outer.join(&other.outer), inner: self.inner.join(&other.inner) }
    }
    #[inline]
    fn meet(&self, other: &Self) -> Self {
        Product { outer: self.outer.meet(&other.outer), inner: self.inner.meet(&other.inner) }
    }
}

/// `None` is the least element.
impl<T: Lattice> Lattice for Option<T> {
    const TOTAL: bool = T::TOTAL;
    fn join(&self, other: &Self) -> Self {
        match (self, other) {
            (Some(a), Some(b)) => Some(a.join(b)),
            (a, b) => a.clone().or_else(|| b.clone()),
        }
    }
    fn meet(&self, other: &Self) -> Self {
        match (self, other) {
            (Some(a), Some(b)) => Some(a.meet(b)),
            _ => None,
        }
    }
}

/// Frontiers: the later holds back fewer times, and the empty one is the greatest.
impl<T: Lattice + PartialOrder> Lattice for Antichain<T> {
    /// The frontier of the times that are at or beyond both. Costs the product of the lengths.
    fn join(&self, other: &Self) -> Self {
        let mut upper = Antichain::new();
        for a in self.elements() {
            for b in other.elements() {
                upper.insert(a.join(b));
            }
        }
        upper
    }
    /// The frontier of the times that are at or beyond either.
    fn meet(&self, other: &Self) -> Self {
        self.elements().iter().chain(other.elements()).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laws<T: Lattice + PartialOrder + PartialEq + std::fmt::Debug>(all: &[T]) {
        for a in all {
            for b in all {
                let (join, meet) = (a.join(b), a.meet(b));
                assert_eq!(join, b.join(a));
                assert_eq!(meet, b.meet(a));
                assert!(a.less_equal(&join) && b.less_equal(&join), "{a:?} {b:?} {join:?}");
                assert!(meet.less_equal(a) && meet.less_equal(b), "{a:?} {b:?} {meet:?}");
                assert_eq!(a.less_equal(b), join == *b);
                assert_eq!(a.less_equal(b), meet == *a);
                if T::TOTAL {
                    assert!(a.less_equal(b) || b.less_equal(a));
                }
            }
        }
    }

    #[test]
    fn joins_and_meets_obey_the_laws() {
        laws(&[0u8, 1, 2, 255]);
        laws(&[-3i64, 0, 9]);
        laws(&[()]);
        let pairs: Vec<(u8, u8)> = (0..3).flat_map(|a| (0..3).map(move |b| (a, b))).collect();
        laws(&pairs);
        let products: Vec<_> = pairs.iter().map(|p| Product::new(p.0, p.1)).collect();
        laws(&products);
        laws(&products.iter().flat_map(|p| [(0u8, *p), (1, *p)]).collect::<Vec<_>>());
        let mut frontiers = vec![Antichain::new()];
        for a in &products {
            for b in &products {
                frontiers.push(Antichain::from(vec![*a, *b]));
            }
        }
        laws(&frontiers);
    }

    #[test]
    fn an_advanced_time_compares_as_before_with_all_times_beyond_the_frontier() {
        let times: Vec<_> = (0..5u8).flat_map(|a| (0..5u8).map(move |b| Product::new(a, b))).collect();
        for f in &times {
            for g in &times {
                let frontier = Antichain::from(vec![*f, *g]);
                for time in &times {
                    let advanced = advanced(time, frontier.borrow());
                    for later in times.iter().filter(|t| frontier.less_equal(t)) {
                        assert_eq!(time.less_equal(later), advanced.less_equal(later));
                    }
                }
            }
        }
    }

    /// timely has no order for options, so the laws are put as equations.
    #[test]
    fn none_is_the_least_option() {
        let all = [None, Some(Product::new(0u8, 3u8)), Some(Product::new(1, 2)), Some(Product::new(1, 3))];
        for a in &all {
            assert_eq!((a.join(&None), a.meet(&None)), (*a, None));
            for b in &all {
                assert_eq!(a.join(&a.meet(b)), *a);
                assert_eq!(a.meet(&a.join(b)), *a);
                assert_eq!(a.join(b), b.join(a));
            }
        }
    }

    #[test]
    fn an_empty_frontier_leaves_times_alone() {
        assert_eq!(advanced(&3u64, Antichain::new().borrow()), 3);
    }
}
