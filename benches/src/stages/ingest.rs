//! Ingest: containers of rows pushed to a batcher, then one seal into a batch.

use crate::bench::{Bench, Of};
use crate::contest::{Table, Target};
use anyhow::Result;
use bench_kit::data::{Datum, Row, Shape, sorted};
use bench_kit::sample::Figure;
use std::rc::Rc;

/// Runs all cases.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    let (updates, strings) = (bench.sizes.updates, bench.sizes.strings);
    // One time and one diff: 16 bytes of a row need not be staged.
    let lean = |ratio| vec![Target::peer(ratio), Target::at_most(Figure::Peak, 40.0)];
    let varied = vec![Target::peer_default(), Target::at_most(Figure::Peak, 50.0)];
    let fast = |ratio| vec![Target::peer(ratio)];
    let like_a_sort = || vec![Target::limit(1.1)];

    case(bench, "u64, random", lean(5.0), || Shape::Unique.rows(updates), |sides| &sides.pairs)?;
    case(bench, "u64, sorted", lean(4.5), || sorted(Shape::Unique.rows(updates)), |sides| &sides.pairs)?;
    case(bench, "u64 graph, random", lean(4.0), || Shape::Graph.rows(updates), |sides| &sides.pairs)?;
    case(bench, "u64 history, random", varied, || Shape::History.rows(updates), |sides| &sides.pairs)?;
    case(bench, "u64 keys, random", fast(5.0), || Shape::Unique.rows(strings), |sides| &sides.keys)?;
    case(bench, "strings, random", fast(3.0), || Shape::Unique.rows(strings), |sides| &sides.texts)?;
    case(bench, "strings, sorted", fast(6.0), || sorted(Shape::Unique.rows(strings)), |sides| &sides.texts)?;
    let small = || Shape::Unique.rows(updates);
    case(bench, "struct {u32, u32}, random", like_a_sort(), small, |sides| &sides.places)?;
    let large = || Shape::Unique.rows(strings);
    case(bench, "struct {String, tuple, Vec}, random", like_a_sort(), large, |sides| &sides.documents)
}

fn case<K: Datum, V: Datum>(
    bench: &mut Bench,
    name: &str,
    targets: Vec<Target>,
    rows: impl FnOnce() -> Vec<Row<K, V>>,
    of: Of<K, V>,
) -> Result<()> {
    if !bench.wants(Table::A, name) {
        return Ok(());
    }
    let rows = Rc::new(rows());
    let contenders = bench.contenders(of, |side| side.ingest.map(|ingest| ingest(Rc::clone(&rows))));
    bench.case(Table::A, name, targets, contenders)
}
