//! Small domains: a few values of every type, so that ties and cancellations dominate.

use arrangement::Antichain;
use arrangement::trace::{Max, Min, Present, Product, Semigroup};
use std::fmt::Debug;

/// A key or val out of a few.
pub trait Data: Ord + Clone + Debug + 'static {
    fn pick(n: u8) -> Self;
}

macro_rules! numbers {
    ($($t:ty)*) => { $(impl Data for $t { fn pick(n: u8) -> Self { n as $t } })* };
}
numbers!(u8 u32 u64 usize);

impl Data for () {
    fn pick(_: u8) -> Self {}
}
impl Data for i64 {
    fn pick(n: u8) -> Self {
        n as i64 - 3
    }
}
impl Data for String {
    fn pick(n: u8) -> Self {
        ["", "a", "a\0", "a long string that all share: 1", "a long string that all share: 2", "b", "zz"]
            [n as usize % 7]
            .into()
    }
}
impl Data for Vec<u8> {
    fn pick(n: u8) -> Self {
        vec![n / 2; (n % 3) as usize * 5]
    }
}
impl Data for Vec<String> {
    fn pick(n: u8) -> Self {
        (0..n % 4).map(|k| String::pick(k + n / 4)).collect()
    }
}
impl<T: Data> Data for Option<T> {
    fn pick(n: u8) -> Self {
        n.checked_sub(1).map(T::pick)
    }
}
impl<A: Data, B: Data> Data for (A, B) {
    fn pick(n: u8) -> Self {
        (A::pick(n / 2), B::pick(n % 2))
    }
}

/// A user's own type, of which no layer knows anything but its order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Own {
    pub tag: u16,
    pub text: String,
}
impl Data for Own {
    fn pick(n: u8) -> Self {
        Own { tag: (n % 2) as u16, text: String::pick(n / 2) }
    }
}

/// A time, with a sequence of frontiers that advance.
pub trait Times: arrangement::Timestamp {
    fn frontier(step: u8) -> Antichain<Self>;
    /// A time at or beyond the frontier of a step.
    fn at(step: u8, n: u8) -> Self;
}

macro_rules! total_times {
    ($($t:ty)*) => {
        $(impl Times for $t {
            fn frontier(step: u8) -> Antichain<Self> { Antichain::from_elem(step as $t) }
            fn at(step: u8, n: u8) -> Self { (step + n) as $t }
        })*
    };
}
total_times!(u8 u16 u32 u64 usize);

impl Times for () {
    fn frontier(step: u8) -> Antichain<Self> {
        if step == 0 { Antichain::from_elem(()) } else { Antichain::new() }
    }
    fn at(_: u8, _: u8) -> Self {}
}

/// Partially ordered.
impl Times for Product<u64, u32> {
    fn frontier(step: u8) -> Antichain<Self> {
        let (outer, inner) = ((step / 3) as u64, (step % 3) as u32);
        Antichain::from(vec![Product::new(outer, inner), Product::new(outer + 1, 0)])
    }
    fn at(step: u8, n: u8) -> Self {
        let frontier = Self::frontier(step);
        let from = &frontier[n as usize % frontier.len()];
        Product::new(from.outer + (n / 2 % 3) as u64, from.inner + (n / 6 % 3) as u32)
    }
}

/// Totally ordered by timely: lexicographically.
impl Times for (u64, u64) {
    fn frontier(step: u8) -> Antichain<Self> {
        Antichain::from_elem(((step / 2) as u64, (step % 2) as u64))
    }
    fn at(step: u8, n: u8) -> Self {
        let step = step + n;
        ((step / 2) as u64, (step % 2) as u64)
    }
}

/// A difference out of a few.
pub trait Diffs: Semigroup + Ord + Debug + 'static {
    fn pick(n: i8) -> Self;
}

macro_rules! signed {
    ($($t:ty)*) => { $(impl Diffs for $t { fn pick(n: i8) -> Self { n as $t } })* };
}
signed!(i8 i32 i64 isize);

impl Diffs for Present {
    fn pick(_: i8) -> Self {
        Present
    }
}
impl Diffs for (i64, i32) {
    fn pick(n: i8) -> Self {
        (n as i64, n as i32 / 2)
    }
}
/// Semigroups without negation.
impl Diffs for Max<i8> {
    fn pick(n: i8) -> Self {
        Max(n)
    }
}
impl Diffs for Min<u64> {
    fn pick(n: i8) -> Self {
        Min(n.unsigned_abs() as u64)
    }
}
