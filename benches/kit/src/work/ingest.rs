//! Ingest: containers of rows pushed to a batcher, then one seal into a batch.

use crate::clock::Stopwatch;
use crate::contents::Contents;
use crate::data::{Datum, Row, Rows};
use crate::heap;
use crate::kind::Kind;
use crate::sample::{Figure, Runner, Sample};

/// Rows in a container.
const CONTAINER: usize = 1024;

/// A time after all updates.
const END: u64 = u64::MAX;

/// Pushes copies of all rows and seals. The copying is not timed.
pub fn runner<T: Kind>(rows: Rows<T::Key, T::Val>) -> Runner<'static> {
    Box::new(move |check| {
        let mut container = Vec::with_capacity(CONTAINER);
        let base = heap::reset_peak();
        let mut batcher = T::batcher();
        let mut ns = 0;
        for chunk in rows.chunks(CONTAINER) {
            container.clear();
            container.extend_from_slice(chunk);
            let stopwatch = Stopwatch::start();
            T::push(&mut batcher, &mut container);
            ns += stopwatch.ns();
        }
        container.clear();
        let stopwatch = Stopwatch::start();
        let batch = T::seal(&mut batcher, END);
        ns += stopwatch.ns();
        sample(rows.len(), ns, base, || check.then(|| T::contents(&[batch])))
    })
}

/// Collects copies of all rows and makes something sorted of them.
pub fn limit<K: Datum, V: Datum, O: 'static>(
    rows: Rows<K, V>,
    seal: fn(Vec<Row<K, V>>) -> O,
    contents: fn(&O) -> Contents,
) -> Runner<'static> {
    Box::new(move |check| {
        let mut container = Vec::with_capacity(CONTAINER);
        let base = heap::reset_peak();
        let mut all = Vec::new();
        let mut ns = 0;
        for chunk in rows.chunks(CONTAINER) {
            container.clear();
            container.extend_from_slice(chunk);
            let stopwatch = Stopwatch::start();
            all.append(&mut container);
            ns += stopwatch.ns();
        }
        let stopwatch = Stopwatch::start();
        let sealed = seal(all);
        ns += stopwatch.ns();
        sample(rows.len(), ns, base, || check.then(|| contents(&sealed)))
    })
}

fn sample(updates: usize, ns: u64, base: usize, contents: impl FnOnce() -> Option<Contents>) -> Sample {
    let updates = updates as f64;
    let peak = heap::peak() - base;
    Sample {
        figures: vec![(Figure::Time, ns as f64 / updates), (Figure::Peak, peak as f64 / updates)],
        checksum: contents().map(|contents| contents.timed()),
    }
}
