//! Ingest: containers of rows pushed to a batcher, then one seal into a batch.

use crate::bench::Bench;
use crate::clock::Stopwatch;
use crate::contents::Contents;
use crate::contest::{Against, Figure, Runner, Sample, Table, Target};
use crate::data::{Datum, Row, Rows, Shape, sorted};
use crate::heap;
use crate::kind::Kind;
use crate::side::{self, Side};
use anyhow::Result;
use std::rc::Rc;

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

/// Runs all cases.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    let (updates, strings) = (bench.sizes.updates, bench.sizes.strings);
    // One time and one diff: 16 bytes of a row need not be staged.
    let lean = |ratio| vec![Target::peer(ratio), Target::at_most(Figure::Peak, 40.0)];
    let fast = |ratio| vec![Target::peer(ratio)];
    let like_a_sort = || vec![Target { figure: Figure::Time, against: Against::Limit, ratio: 1.0 / 1.1 }];

    case(bench, "u64, random", lean(5.0), || Shape::Unique.rows(updates), side::pairs)?;
    case(bench, "u64, sorted", lean(4.5), || sorted(Shape::Unique.rows(updates)), side::pairs)?;
    case(bench, "u64 graph, random", lean(4.0), || Shape::Graph.rows(updates), side::pairs)?;
    case(bench, "u64 history, random", vec![], || Shape::History.rows(updates), side::pairs)?;
    case(bench, "u64 keys, random", fast(5.0), || Shape::Unique.rows(strings), side::keys)?;
    case(bench, "strings, random", fast(3.0), || Shape::Unique.rows(strings), side::texts)?;
    case(bench, "strings, sorted", fast(6.0), || sorted(Shape::Unique.rows(strings)), side::texts)?;
    let small = || Shape::Unique.rows(updates);
    case(bench, "struct {u32, u32}, random", like_a_sort(), small, side::places)?;
    let large = || Shape::Unique.rows(strings);
    case(bench, "struct {String, tuple, Vec}, random", like_a_sort(), large, side::documents)
}

fn case<K: Datum, V: Datum>(
    bench: &mut Bench,
    name: &str,
    targets: Vec<Target>,
    rows: impl FnOnce() -> Vec<Row<K, V>>,
    sides: fn() -> Vec<Side<K, V>>,
) -> Result<()> {
    if !bench.wants(Table::A, name) {
        return Ok(());
    }
    let rows = Rc::new(rows());
    let contenders = bench.contenders(sides(), |side| side.ingest.map(|ingest| ingest(Rc::clone(&rows))));
    bench.case(Table::A, name, targets, contenders)
}
