//! Upkeep: what must cost the same however much is held, however long nothing happens, and whatever cancels.

use crate::bench::Bench;
use crate::clock::{Stopwatch, quantile};
use crate::contest::{Camp, Contender, Figure, Sample, Table, Target};
use crate::data::{Row, Shape, mix};
use crate::heap;
use crate::kind::Kind;
use crate::kinds::{dd026, ours};
use anyhow::Result;
use std::rc::Rc;

/// Seals of one update each that are timed.
const SEALS: u64 = 100;

/// Empty batches inserted beside a snapshot.
const EMPTY_BATCHES: u64 = 100;

/// Updates that a call of a merge may read.
const FUEL: usize = 10;

/// How often a merge by little fuel is made.
const SIPS: usize = 3;

/// What is to be done, by any kind with pairs of numbers.
#[derive(Clone, Debug)]
enum Task {
    /// Seal one update again and again, beside so many dated far ahead, and without those.
    Seal { held: usize },
    /// Insert so many empty batches while no merging is allowed, then allow it.
    Empty { epochs: u64 },
    /// Insert a snapshot of so many updates and empty batches after it, then work without input.
    Absorb { snapshot: usize },
    /// Merge with little fuel a call.
    Sip { one: Rc<Vec<Pair>>, two: Rc<Vec<Pair>> },
}

type Pair = Row<u64, u64>;

/// Runs all cases.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    let n = bench.sizes.strings;
    let growth = vec![Target::at_most(Figure::Growth, 2.0)];
    case(bench, "seal of one update beside many dated ahead", growth, || Task::Seal { held: n })?;
    let release = vec![Target::at_most(Figure::Max, 1_000.0), Target::at_most(Figure::Bytes, 65_536.0)];
    case(bench, "empty batches, merging held back, then released", release, || Task::Empty {
        epochs: n as u64,
    })?;
    let copied = vec![Target::at_most(Figure::Bytes, 65_536.0)];
    case(bench, "empty batches beside a snapshot", copied, || Task::Absorb { snapshot: n })?;
    let call = || vec![Target::at_most(Figure::Max, 10.0)];
    case(bench, "merge by fuel of 10, all but one update cancel", call(), || cancelling(n))?;
    case(bench, "merge by fuel of 10, one key", call(), || one_key(n))
}

/// Updates, and their retractions but for the last.
fn cancelling(n: usize) -> Task {
    let one: Vec<Pair> = Shape::Unique.rows(n / 2);
    let two = one[1..].iter().map(|(data, _, diff)| (*data, 1, -diff)).collect();
    Task::Sip { one: Rc::new(one), two: Rc::new(two) }
}

/// Vals of one key, in either batch at random.
fn one_key(n: usize) -> Task {
    let second = |i: &u64| mix(*i) & 1 == 1;
    let (two, one): (Vec<u64>, Vec<u64>) = (0..n as u64).partition(second);
    let rows = |vals: Vec<u64>, time| Rc::new(vals.into_iter().map(|val| ((7, val), time, 1)).collect());
    Task::Sip { one: rows(one, 0), two: rows(two, 1) }
}

fn case(bench: &mut Bench, name: &str, targets: Vec<Target>, task: impl FnOnce() -> Task) -> Result<()> {
    if !bench.wants(Table::H, name) {
        return Ok(());
    }
    let task = task();
    let mut contenders = vec![
        contender::<ours::OrdPair>("ord", Camp::Ours, &task),
        contender::<ours::ColPair>("col", Camp::Ours, &task),
        contender::<ours::FlatPair>("flat", Camp::Ours, &task),
        contender::<ours::PreferredPair>("preferred", Camp::Ours, &task),
    ];
    // The peer's release takes a time quadratic in the number of empty batches: minutes at these sizes.
    if !matches!(task, Task::Empty { .. }) {
        contenders.push(contender::<dd026::OrdPair>("dd026 ord", Camp::Peer, &task));
        contenders.push(contender::<dd026::VecPair>("dd026 vec", Camp::Peer, &task));
    }
    bench.case(Table::H, name, targets, contenders)
}

fn contender<T: Kind<Key = u64, Val = u64>>(
    name: &'static str,
    camp: Camp,
    task: &Task,
) -> Contender<'static> {
    let task = task.clone();
    let run = move |check| match &task {
        Task::Seal { held } => seal::<T>(*held, check),
        Task::Empty { epochs } => empty::<T>(*epochs, check),
        Task::Absorb { snapshot } => absorb::<T>(*snapshot, check),
        Task::Sip { one, two } => sip::<T>(one, two, check),
    };
    Contender { name, camp, run: Box::new(run) }
}

fn seal<T: Kind<Key = u64, Val = u64>>(held: usize, check: bool) -> Sample {
    let (alone, _) = seals::<T>(0);
    let (beside, batches) = seals::<T>(held);
    Sample {
        figures: vec![(Figure::Growth, beside / alone), (Figure::P50, beside / 1e3)],
        checksum: check.then(|| T::contents(&batches).timed()),
    }
}

/// The median of the nanoseconds that a push and a seal of one update take beside so many dated ahead, and the batches.
fn seals<T: Kind<Key = u64, Val = u64>>(held: usize) -> (f64, Vec<T::Batch>) {
    let mut batcher = T::batcher();
    let ahead = |i: usize| ((mix(i as u64), i as u64), SEALS + 1 + mix(i as u64) % 100_000, 1);
    let mut rows: Vec<Pair> = (0..held).map(ahead).collect();
    // A first seal, which may put aside what is dated ahead, is not timed.
    rows.push(((0, 0), 0, 1));
    let mut batches = vec![T::seal_rows(&mut batcher, &rows, 1)];
    let mut ns = Vec::new();
    for time in 1..=SEALS {
        let mut rows = vec![((mix(time), 0), time, 1)];
        let stopwatch = Stopwatch::start();
        T::push(&mut batcher, &mut rows);
        batches.push(T::seal(&mut batcher, time + 1));
        ns.push(stopwatch.ns());
    }
    ns.sort_unstable();
    (quantile(&ns, 0.5) as f64, batches)
}

fn empty<T: Kind>(epochs: u64, check: bool) -> Sample {
    let mut spine = T::spine();
    let base = heap::live();
    for epoch in 0..epochs {
        T::insert(&mut spine, None, epoch, epoch + 1);
    }
    let bytes = heap::live().saturating_sub(base);
    let stopwatch = Stopwatch::start();
    T::compact_physically(&mut spine, epochs);
    T::insert(&mut spine, None, epochs, epochs + 1);
    T::exert(&mut spine);
    let ns = stopwatch.ns();
    Sample {
        figures: vec![(Figure::Max, ns as f64 / 1e3), (Figure::Bytes, bytes as f64)],
        checksum: check.then(|| T::contents(&T::batches(&mut spine)).timed()),
    }
}

fn absorb<T: Kind<Key = u64, Val = u64>>(snapshot: usize, check: bool) -> Sample {
    let mut spine = T::spine();
    let batch = T::seal_rows(&mut T::batcher(), &Shape::Unique.rows(snapshot), 1);
    T::insert(&mut spine, Some(batch), 0, 1);
    let base = heap::taken();
    for epoch in 1..=EMPTY_BATCHES {
        T::insert(&mut spine, None, epoch, epoch + 1);
        T::compact_physically(&mut spine, epoch + 1);
    }
    T::exert(&mut spine);
    let bytes = heap::taken() - base;
    Sample {
        figures: vec![(Figure::Bytes, bytes as f64)],
        checksum: check.then(|| T::contents(&T::batches(&mut spine)).timed()),
    }
}

fn sip<T: Kind<Key = u64, Val = u64>>(one: &[Pair], two: &[Pair], check: bool) -> Sample {
    let mut batcher = T::batcher();
    let one = T::seal_rows(&mut batcher, one, 1);
    let two = T::seal_rows(&mut batcher, two, 2);
    // The same calls do the same work each time: the least time of each leaves out what else the processor did.
    let mut least = Vec::new();
    let mut merged = None;
    for _ in 0..SIPS {
        let mut calls = 0;
        let mut stopwatch = Stopwatch::start();
        merged = Some(T::merge_by(&one, &two, 1, FUEL, || {
            let ns = stopwatch.ns();
            match least.get_mut(calls) {
                Some(least) => *least = ns.min(*least),
                None => least.push(ns),
            }
            calls += 1;
            stopwatch = Stopwatch::start();
        }));
    }
    // The first is the beginning of the merge, which makes room for its result.
    least.swap_remove(0);
    least.sort_unstable();
    let us = |q: f64| quantile(&least, q) as f64 / 1e3;
    Sample {
        figures: vec![(Figure::P50, us(0.5)), (Figure::P999, us(0.999)), (Figure::Max, us(1.0))],
        checksum: merged.filter(|_| check).map(|merged| T::contents(&[merged]).timed()),
    }
}
