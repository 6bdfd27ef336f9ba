//! A second algebra, made of traits that the workspace does not know: what a bridge to another system would bring.

use arrangement::trace::{Algebra, Present, Product};
use arrangement::{AntichainRef, Timestamp};

/// Another system's lattice.
pub trait Clock {
    fn later(&self, other: &Self) -> Self;
    fn earlier(&self, other: &Self) -> Self;
}

/// Another system's differences.
pub trait Tally {
    fn add(&mut self, other: &Self);
    fn nothing(&self) -> bool;
}

/// Our dictionary made of theirs. It knows of no total orders.
pub enum Foreign {}

impl<T: Timestamp + Clock, R: Tally + 'static> Algebra<T, R> for Foreign {
    fn join(a: &T, b: &T) -> T {
        a.later(b)
    }
    fn advance_by(time: &mut T, frontier: AntichainRef<'_, T>) {
        let joins = frontier.iter().map(|f| time.later(f));
        if let Some(advanced) = joins.reduce(|a, b| a.earlier(&b)) {
            *time = advanced;
        }
    }
    fn plus_equals(diff: &mut R, rhs: &R) {
        diff.add(rhs);
    }
    fn is_zero(diff: &R) -> bool {
        diff.nothing()
    }
}

macro_rules! clocks {
    ($($t:ty)*) => {
        $(impl Clock for $t {
            fn later(&self, other: &Self) -> Self { *self.max(other) }
            fn earlier(&self, other: &Self) -> Self { *self.min(other) }
        })*
    };
}
clocks!(u8 u32 u64 usize);

impl Clock for Product<u64, u32> {
    fn later(&self, other: &Self) -> Self {
        Product::new(self.outer.later(&other.outer), self.inner.later(&other.inner))
    }
    fn earlier(&self, other: &Self) -> Self {
        Product::new(self.outer.earlier(&other.outer), self.inner.earlier(&other.inner))
    }
}

macro_rules! tallies {
    ($($t:ty)*) => {
        $(impl Tally for $t {
            fn add(&mut self, other: &Self) { *self += other }
            fn nothing(&self) -> bool { *self == 0 }
        })*
    };
}
tallies!(i32 i64 isize);

impl Tally for Present {
    fn add(&mut self, _: &Self) {}
    fn nothing(&self) -> bool {
        false
    }
}
