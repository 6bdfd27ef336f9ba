//! Items that count what is done to them.

use arrangement::trace::{IsZero, Lattice, PartialOrder, Semigroup};
use arrangement::{OrdValSpine, Timestamp};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::cmp::Ordering;
use timely::progress::PathSummary;

thread_local! {
    static COMPARED: Cell<usize> = const { Cell::new(0) };
    static CLONED: Cell<usize> = const { Cell::new(0) };
    static TIMES: Cell<usize> = const { Cell::new(0) };
    static ALIVE: Cell<isize> = const { Cell::new(0) };
    static FUSE: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn count(counter: &'static std::thread::LocalKey<Cell<usize>>) {
    counter.with(|count| count.set(count.get() + 1));
}

/// Burns the fuse, at whose end there is a panic.
fn burn() {
    FUSE.with(|fuse| match fuse.get() {
        0 => {}
        usize::MAX => {}
        1 => {
            fuse.set(0);
            panic!("the fuse has burnt down");
        }
        left => fuse.set(left - 1),
    });
}

/// Lets the so-many-th comparison of [`Owning`] or addition of [`Fused`] panic; none with `usize::MAX`.
pub(crate) fn set_fuse(steps: usize) {
    FUSE.with(|fuse| fuse.set(steps));
}

/// Whether the panic came.
pub(crate) fn has_burnt() -> bool {
    FUSE.with(Cell::get) == 0
}

/// How many [`Owning`] and [`Fused`] there are.
pub(crate) fn alive() -> isize {
    ALIVE.with(Cell::get)
}

/// What was counted while something ran.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Work {
    /// Comparisons and clones of items.
    pub(crate) items: usize,
    /// Comparisons, joins and meets of [`Tick`]s.
    pub(crate) times: usize,
}

/// Counts what something does.
pub(crate) fn work<X>(body: impl FnOnce() -> X) -> (X, Work) {
    let read = || (COMPARED.with(Cell::get) + CLONED.with(Cell::get), TIMES.with(Cell::get));
    let before = read();
    let result = body();
    let after = read();
    (result, Work { items: after.0 - before.0, times: after.1 - before.1 })
}

/// A number that counts its comparisons and clones.
#[derive(Debug)]
pub(crate) struct Counted(pub(crate) u64);

impl Clone for Counted {
    fn clone(&self) -> Self {
        count(&CLONED);
        Counted(self.0)
    }
}
impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Counted {}
impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Counted {
    fn cmp(&self, other: &Self) -> Ordering {
        count(&COMPARED);
        self.0.cmp(&other.0)
    }
}

/// A number that counts how many of it there are, and whose comparisons burn the fuse.
#[derive(Debug)]
pub(crate) struct Owning(
    pub(crate) u64,
    #[allow(dead_code, reason = "to be leaked if all is wrong")] Box<u64>,
);

impl Owning {
    pub(crate) fn new(number: u64) -> Self {
        ALIVE.with(|alive| alive.set(alive.get() + 1));
        Owning(number, Box::new(number))
    }
}
impl Clone for Owning {
    fn clone(&self) -> Self {
        Owning::new(self.0)
    }
}
impl Drop for Owning {
    fn drop(&mut self) {
        ALIVE.with(|alive| alive.set(alive.get() - 1));
    }
}
impl PartialEq for Owning {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Owning {}
impl PartialOrd for Owning {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Owning {
    fn cmp(&self, other: &Self) -> Ordering {
        burn();
        self.0.cmp(&other.0)
    }
}

/// A difference that owns something, and whose additions burn the fuse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fused(pub(crate) i64, Owning);

impl Fused {
    pub(crate) fn new(diff: i64) -> Self {
        Fused(diff, Owning::new(0))
    }
}
impl IsZero for Fused {
    fn is_zero(&self) -> bool {
        self.0 == 0
    }
}
impl Semigroup for Fused {
    fn plus_equals(&mut self, rhs: &Self) {
        burn();
        self.0 += rhs.0;
    }
}

/// A partially ordered time that counts its comparisons, joins and meets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Tick(pub(crate) u64, pub(crate) u64);

impl PartialOrder for Tick {
    fn less_equal(&self, other: &Self) -> bool {
        count(&TIMES);
        self.0 <= other.0 && self.1 <= other.1
    }
}
impl PartialOrd for Tick {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Tick {
    fn cmp(&self, other: &Self) -> Ordering {
        count(&TIMES);
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}
impl Lattice for Tick {
    fn join(&self, other: &Self) -> Self {
        count(&TIMES);
        Tick(self.0.max(other.0), self.1.max(other.1))
    }
    fn meet(&self, other: &Self) -> Self {
        count(&TIMES);
        Tick(self.0.min(other.0), self.1.min(other.1))
    }
}
impl Timestamp for Tick {
    type Summary = ();
    fn minimum() -> Self {
        Tick(0, 0)
    }
}
impl PathSummary<Tick> for () {
    fn results_in(&self, time: &Tick) -> Option<Tick> {
        Some(time.clone())
    }
    fn followed_by(&self, (): &()) -> Option<()> {
        Some(())
    }
}

/// Counted keys and vals.
pub(crate) type CountedSpine<T> = OrdValSpine<Counted, Counted, T, i64>;

/// Counted updates, of which the keys ascend.
pub(crate) fn rows<T>(
    numbers: std::ops::Range<u64>,
    time: impl Fn(u64) -> T,
    diff: i64,
) -> Vec<((Counted, Counted), T, i64)> {
    numbers.map(|n| ((Counted(n), Counted(n % 7)), time(n), diff)).collect()
}
