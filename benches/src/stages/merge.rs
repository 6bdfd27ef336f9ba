//! Merge: two batches to one, without a bound on the work of a call.

use crate::bench::Bench;
use crate::clock::Stopwatch;
use crate::contents::{Checksum, Contents};
use crate::contest::{Against, Figure, Runner, Sample, Table, Target};
use crate::data::{Datum, Row, Rows, Shape, mix, sorted};
use crate::heap;
use crate::kind::Kind;
use crate::side::{self, Side};
use anyhow::Result;
use std::hint::black_box;
use std::rc::Rc;

/// Two batches that meet.
#[derive(Clone, Debug)]
pub struct Load<K, V> {
    /// What the first holds, before the first of `uppers`.
    pub one: Rows<K, V>,
    /// What the second holds, from there to the second of `uppers`.
    pub two: Rows<K, V>,
    /// Where the batches end.
    pub uppers: [u64; 2],
    /// What times are advanced to.
    pub since: u64,
}

/// Merges the same two batches each time.
pub fn runner<T: Kind>(load: &Load<T::Key, T::Val>) -> Runner<'static> {
    let mut batcher = T::batcher();
    let one = T::seal_rows(&mut batcher, &load.one, load.uppers[0]);
    let two = T::seal_rows(&mut batcher, &load.two, load.uppers[1]);
    drop(batcher);
    let (updates, since) = (T::len(&one) + T::len(&two), load.since);
    Box::new(move |check| {
        let checksum = |batch: &T::Batch| T::contents(std::slice::from_ref(batch)).timed();
        sample(updates, check, || T::merge(&one, &two, since), checksum)
    })
}

/// Does what a limit makes of the two batches, which it has taken over.
pub fn limit<O: 'static>(
    merge: impl Fn() -> O + 'static,
    updates: usize,
    contents: fn(&O) -> Contents,
) -> Runner<'static> {
    Box::new(move |check| sample(updates, check, &merge, |output| contents(output).timed()))
}

fn sample<O>(
    updates: usize,
    check: bool,
    merge: impl FnOnce() -> O,
    checksum: impl FnOnce(&O) -> Checksum,
) -> Sample {
    let updates = updates as f64;
    let base = heap::reset_peak();
    let stopwatch = Stopwatch::start();
    let merged = black_box(merge());
    let ns = stopwatch.ns();
    let held = heap::live() - base;
    let peak = heap::peak() - base;
    Sample {
        figures: vec![
            (Figure::Time, ns as f64 / updates),
            (Figure::Held, held as f64 / updates),
            (Figure::Peak, peak as f64 / updates),
        ],
        checksum: check.then(|| checksum(&merged)),
    }
}

/// How the keys of two batches lie to each other.
#[derive(Copy, Clone, Debug)]
enum Split {
    /// Each update in either at random, so that runs have two on average.
    Interleaved,
    /// A thousand in turn.
    Runs,
    /// One half below the other.
    Disjoint,
    /// Half of all, and a thousand spread over them.
    Few,
}

impl Split {
    /// Deals out sorted rows: whether the `i`-th of `n` is in the second batch, `None` for neither.
    fn second(self, n: usize, i: usize) -> Option<bool> {
        match self {
            Split::Interleaved => Some(mix(i as u64 ^ (5 << 47)) & 1 == 1),
            Split::Runs => Some((i / 1_000) % 2 == 1),
            Split::Disjoint => Some(i >= n / 2),
            Split::Few => {
                let few = (n / 20).min(1_000);
                let taken = n / 2 + few;
                (i < taken).then_some(i % (taken / few) == 1)
            }
        }
    }
}

/// Rows at time 0 and at time 1, advanced to 1.
fn split<K: Datum, V: Datum>(rows: Vec<Row<K, V>>, split: Split) -> Load<K, V> {
    let (mut one, mut two) = (Vec::new(), Vec::new());
    let n = rows.len();
    for (i, (data, _, diff)) in rows.into_iter().enumerate() {
        match split.second(n, i) {
            Some(false) => one.push((data, 0, diff)),
            Some(true) => two.push((data, 1, diff)),
            None => {}
        }
    }
    Load { one: Rc::new(one), two: Rc::new(two), uppers: [1, 2], since: 1 }
}

/// Interleaved rows with 64 times and two diffs in each batch.
fn varied(n: usize, since: u64) -> Load<u64, u64> {
    let mut load = split(sorted(Shape::Unique.rows(n)), Split::Interleaved);
    for (rows, first) in [(&mut load.one, 0), (&mut load.two, 64)] {
        for (i, row) in Rc::make_mut(rows).iter_mut().enumerate() {
            let draw = mix(i as u64);
            (row.1, row.2) = (first + draw % 64, 1 + (draw >> 32 & 1) as i64);
        }
    }
    Load { uppers: [64, 128], since, ..load }
}

/// Runs all cases.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    const INTERLEAVED: &str = "u64, interleaved";
    let (updates, strings) = (bench.sizes.updates, bench.sizes.strings);
    let pairs = move |way| move || split(sorted(Shape::Unique.rows(updates)), way);
    case(bench, INTERLEAVED, vec![Target::peer(3.0)], pairs(Split::Interleaved), side::pairs)?;
    case(bench, "u64, runs of 1000", vec![Target::peer(4.5)], pairs(Split::Runs), side::pairs)?;
    case(bench, "u64, disjoint", vec![Target::peer(6.0)], pairs(Split::Disjoint), side::pairs)?;
    case(bench, "u64, half with 1000", vec![Target::peer(6.0)], pairs(Split::Few), side::pairs)?;
    let as_one_pair =
        || vec![Target { figure: Figure::Time, against: Against::Ours(INTERLEAVED), ratio: 1.0 / 1.6 }];
    for (name, since) in [("below", 0), ("amid", 96), ("beyond", 128)] {
        let name = format!("u64, interleaved, 128 pairs of time and diff, since {name}");
        case(bench, &name, as_one_pair(), || varied(updates, since), || limitless(side::pairs()))?;
    }
    let graph = || split(sorted(Shape::Graph.rows(updates)), Split::Interleaved);
    case(bench, "u64 graph, halves", vec![Target::at_most(Figure::Time, 12.0)], graph, side::pairs)?;
    let texts = move |way| move || split(sorted(Shape::Unique.rows(strings)), way);
    case(bench, "strings, interleaved", vec![Target::peer(2.0)], texts(Split::Interleaved), side::texts)?;
    case(bench, "strings, disjoint", vec![Target::peer(6.0)], texts(Split::Disjoint), side::texts)?;
    case(bench, "strings, half with 1000", vec![Target::peer(9.0)], texts(Split::Few), side::texts)
}

/// Without the limits, which can't advance times.
fn limitless<K, V>(mut sides: Vec<Side<K, V>>) -> Vec<Side<K, V>> {
    sides.retain(|side| side.camp != crate::contest::Camp::Limit);
    sides
}

fn case<K: Datum, V: Datum>(
    bench: &mut Bench,
    name: &str,
    targets: Vec<Target>,
    load: impl FnOnce() -> Load<K, V>,
    sides: fn() -> Vec<Side<K, V>>,
) -> Result<()> {
    if !bench.wants(Table::C, name) {
        return Ok(());
    }
    let load = load();
    let contenders = bench.contenders(sides(), |side| side.merge.map(|merge| merge(&load)));
    drop(load);
    bench.case(Table::C, name, targets, contenders)
}
