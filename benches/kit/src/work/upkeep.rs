//! Upkeep: what must cost the same however much is held, however long nothing happens, and whatever cancels.

use crate::clock::{Stopwatch, quantile};
use crate::data::{Row, Shape, mix};
use crate::heap;
use crate::kind::Kind;
use crate::sample::{Figure, Runner, Sample};
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
pub enum Task {
    /// Seal one update again and again, beside those dated far ahead, and without them.
    Seal {
        /// How many are dated ahead.
        held: usize,
    },
    /// Insert empty batches while no merging is allowed, then allow it.
    Empty {
        /// How many batches.
        epochs: u64,
    },
    /// Insert a snapshot and empty batches after it, then work without input.
    Absorb {
        /// How many updates the snapshot has.
        snapshot: usize,
    },
    /// Merge with little fuel a call.
    Sip {
        /// The updates of the first batch, at time 0.
        one: Rc<Vec<Pair>>,
        /// Those of the second, at time 1.
        two: Rc<Vec<Pair>>,
    },
}

/// An update of pairs of numbers.
pub type Pair = Row<u64, u64>;

/// Does a task each time.
pub fn runner<T: Kind<Key = u64, Val = u64>>(task: Task) -> Runner<'static> {
    Box::new(move |check| match &task {
        Task::Seal { held } => seal::<T>(*held, check),
        Task::Empty { epochs } => empty::<T>(*epochs, check),
        Task::Absorb { snapshot } => absorb::<T>(*snapshot, check),
        Task::Sip { one, two } => sip::<T>(one, two, check),
    })
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
