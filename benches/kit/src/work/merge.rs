//! Merge: two batches to one, without a bound on the work of a call.

use crate::clock::Stopwatch;
use crate::contents::{Checksum, Contents};
use crate::data::Rows;
use crate::heap;
use crate::kind::Kind;
use crate::sample::{Figure, Runner, Sample};
use std::hint::black_box;

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
