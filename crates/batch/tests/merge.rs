//! Merges large enough that runs, blocks, open keys and open vals all happen, against a naive model.

use arrangement_batch::{NoVals, OrdBuilder, OrdStorage, ValLevel, Vals};
use arrangement_container::{InputFor, Layout, Preferred, Vector};
use arrangement_trace::{
    Antichain, Batch, BatchReader, Builder, Cursor, Description, IntoOwned, Lattice, Merger, Product,
    Progress, RcBuilder, SharedBatch, Timestamp, advanced,
};
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// A small generator, so that a case is told by its seed.
struct Random(u64);
impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % bound.max(1)
    }
}

type Rows<K, V, T> = Vec<((K, V), T, i64)>;

fn consolidate<K: Ord, V: Ord, T: Ord>(rows: impl IntoIterator<Item = ((K, V), T, i64)>) -> Rows<K, V, T> {
    let mut sums = BTreeMap::new();
    for (data, time, diff) in rows {
        *sums.entry((data, time)).or_insert(0) += diff;
    }
    sums.into_iter().filter(|sum| sum.1 != 0).map(|((data, time), diff)| (data, time, diff)).collect()
}

/// How the updates of a case are spread.
#[derive(Clone, Debug)]
struct Shape {
    seed: u64,
    len: u64,
    keys: u64,
    vals: u64,
    times: u64,
    /// Keys come in runs of this length, alternately in either batch.
    run: u64,
    /// The newer batch takes back what the older has.
    cancels: bool,
}

fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    let spreads = [
        (2000, 5000, 1, 1),
        (2000, 5000, 1, 40),
        (1500, 300, 5, 3),
        (1500, 40, 60, 2),
        (1500, 1, 1000, 2),
        (900, 2, 2, 300),
        (3000, 5000, 2, 1),
        (200, 7, 7, 7),
        (2500, 700, 1, 600),
        (9000, 20_000, 1, 900),
    ];
    for (seed, (len, keys, vals, times)) in (1..).zip(spreads) {
        for run in [1, 50, 100_000] {
            for cancels in [false, true] {
                shapes.push(Shape { seed: seed * 31 + run, len, keys, vals, times, run, cancels });
            }
        }
    }
    shapes
}

/// The updates of both batches, the older with times below 1000, the newer from there.
fn generate<K: Ord + Clone, V: Ord + Clone, T: Ord + Clone>(
    shape: &Shape,
    key: impl Fn(u64) -> K,
    val: impl Fn(u64) -> V,
    time: impl Fn(u64) -> T,
) -> [Rows<K, V, T>; 2] {
    let mut random = Random(shape.seed);
    let mut sides = [Vec::new(), Vec::new()];
    for _ in 0..shape.len {
        let (k, v, t) = (random.below(shape.keys), random.below(shape.vals), random.below(shape.times));
        let diff = random.below(5) as i64 - 2;
        let side = match shape.run {
            1 => random.below(2) as usize,
            run => (k / run % 2) as usize,
        };
        let later = 1000 * side as u64;
        sides[side].push(((key(k), val(v)), time(later + t), diff));
        if shape.cancels && side == 0 {
            sides[1].push(((key(k), val(v)), time(1000 + t), -diff));
        }
    }
    sides.map(consolidate)
}

fn build<L, V, K, W>(
    rows: &Rows<K, W, L::Time>,
    lower: L::Time,
    upper: L::Time,
) -> SharedBatch<OrdStorage<L, V>>
where
    L: Layout<Diff = i64>,
    V: ValLevel<L::Val>,
    K: Clone,
    W: Clone,
    Rows<K, W, L::Time>: InputFor<L>,
{
    let mut builder = RcBuilder::<OrdBuilder<L, V, Rows<K, W, L::Time>>>::new();
    for piece in rows.chunks(333) {
        builder.push(&mut piece.to_vec());
    }
    builder.done(Description::new(Antichain::from_elem(lower), Antichain::from_elem(upper)))
}

/// Merges the two batches of each shape, with several sinces and cuts of fuel.
fn check<L, V, K, W>(
    key: impl Fn(u64) -> K + Copy,
    val: impl Fn(u64) -> W + Copy,
    time: impl Fn(u64) -> L::Time + Copy,
) where
    L: Layout<Diff = i64, Key: IntoOwned<Owned = K>, Time: Lattice>,
    V: ValLevel<L::Val, Vals: IntoOwned<Owned = W>>,
    K: Ord + Clone + Debug,
    W: Ord + Clone + Debug,
    Rows<K, W, L::Time>: InputFor<L>,
{
    for shape in shapes() {
        let [a, b] = generate(&shape, key, val, time);
        let bounds = [time(0), time(1000), time(3000)];
        let older = build::<L, V, _, _>(&a, L::Time::minimum(), bounds[1].clone());
        let newer = build::<L, V, _, _>(&b, bounds[1].clone(), bounds[2].clone());
        assert_eq!((older.len(), newer.len()), (a.len(), b.len()));
        for since in [time(0), time(shape.times / 2), time(1000 + shape.times / 2), time(2999)] {
            let since = Antichain::from_elem(since);
            let advance = |rows: &Rows<K, W, L::Time>| {
                rows.iter().map(|(d, t, r)| (d.clone(), advanced(t, since.borrow()), *r)).collect::<Vec<_>>()
            };
            let expected = consolidate(advance(&a).into_iter().chain(advance(&b)));
            // One update at a time is slow to test: for the first frontier only.
            let least = if *since == [time(0)] { 1 } else { 7 };
            for fuel in [usize::MAX, least, 500] {
                let mut merger = older.begin_merge(&newer, since.borrow());
                let (mut calls, mut read) = (0, 0);
                loop {
                    let mut left = fuel;
                    let progress = merger.work(&older, &newer, &mut left);
                    read += fuel - left;
                    calls += 1;
                    if progress == Progress::Done {
                        break;
                    }
                    assert!(calls < 4 * (a.len() + b.len()) + 10, "{shape:?}: no progress by {fuel}");
                }
                // R22: each update is charged once, when it is read, whatever becomes of it.
                assert!(
                    read == a.len() + b.len() || older.is_empty() || newer.is_empty(),
                    "{shape:?}: {read} read"
                );
                let merged = merger.done();
                assert_eq!(merged.len(), expected.len(), "{shape:?} since {since:?} by {fuel}");
                assert!(
                    merged.cursor().to_updates(&merged) == expected,
                    "{shape:?} since {since:?} by {fuel}"
                );
            }
        }
    }
}

fn name(k: u64) -> String {
    format!("a prefix of all keys/{k:05}")
}

#[test]
fn numbers() {
    check::<Vector<((u64, u64), u64, i64)>, Vals<_>, _, _>(|k| k, |v| v, |t| t);
}

#[test]
fn strings_moved_and_strings_as_bytes() {
    check::<Vector<((String, u64), u64, i64)>, Vals<_>, _, _>(name, |v| v, |t| t);
    check::<Preferred<str, str, u64, i64>, Vals<_>, _, _>(name, name, |t| t);
}

#[test]
fn keys_alone() {
    check::<Vector<((u64, ()), u64, i64)>, NoVals, _, _>(|k| k, |_| (), |t| t);
}

#[test]
fn partially_ordered_times() {
    // The bounds are in order; the times between them are not.
    let time = |t: u64| Product::new(t / 1000, if t % 1000 == 999 { 999 } else { t % 1000 * 7 % 11 });
    check::<Vector<((u64, u64), Product<u64, u64>, i64)>, Vals<_>, _, _>(|k| k, |v| v, time);
}

thread_local! {
    static COMPARISONS: Cell<usize> = const { Cell::new(0) };
}

/// A key that counts how often two of its kind are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Counted(u64);

impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counted {
    fn cmp(&self, other: &Self) -> Ordering {
        COMPARISONS.set(COMPARISONS.get() + 1);
        self.0.cmp(&other.0)
    }
}

/// A few keys among many cost a search on either side each, be they new or not.
#[test]
fn a_few_among_many_are_found_by_galloping() {
    type Shape = Vector<((Counted, u64), u64, i64)>;
    for offset in [0, 1] {
        let many: Vec<_> = (0..6400).map(|k| ((Counted(2 * k), 0), 0, 1)).collect();
        let few: Vec<_> = (1..50).map(|k| ((Counted(256 * k + offset), 0), 1000, 1)).collect();
        let older = build::<Shape, Vals<_>, _, _>(&many, 0, 1000);
        let newer = build::<Shape, Vals<_>, _, _>(&few, 1000, 3000);
        let mut merger = older.begin_merge(&newer, Antichain::from_elem(0).borrow());
        COMPARISONS.set(0);
        assert_eq!(merger.work(&older, &newer, &mut { usize::MAX }), Progress::Done);
        // Runs of 128 take seven steps up and seven down.
        assert!(COMPARISONS.get() < 49 * 20, "{} comparisons", COMPARISONS.get());
        assert_eq!(merger.done().len(), 6449);
    }
}
