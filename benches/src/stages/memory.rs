//! Memory: the heap that batches hold, fresh from the batcher and merged from two.

use crate::bench::{Bench, Of};
use crate::contest::{Table, Target};
use anyhow::Result;
use bench_kit::contents::Contents;
use bench_kit::data::{Datum, Row, Rows, Shape};
use bench_kit::sample::{Camp, Contender, Figure, Sample};
use bench_kit::work::memory::Load;
use bench_kit::work::merge;
use std::rc::Rc;

/// Runs all cases.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    use Shape::{Graph, History, Unique};
    case(bench, "u64, unique", Unique, 17.0, |sides| &sides.pairs)?;
    case(bench, "u64, graph", Graph, 11.0, |sides| &sides.pairs)?;
    case(bench, "u64, history", History, 9.0, |sides| &sides.pairs)?;
    case(bench, "u64 keys, unique", Unique, 9.0, |sides| &sides.keys)?;
    case(bench, "strings, unique", Unique, 70.0, |sides| &sides.texts)?;
    case(bench, "string keys, unique", Unique, 36.0, |sides| &sides.text_keys)
}

fn case<K: Datum, V: Datum>(
    bench: &mut Bench,
    name: &str,
    shape: Shape,
    most: f64,
    of: Of<K, V>,
) -> Result<()> {
    if !bench.wants(Table::F, name) {
        return Ok(());
    }
    let load = load::<K, V>(shape, bench.sizes.strings);
    let mut contenders = bench.contenders(of, |side| side.memory.map(|memory| memory(load.clone())));
    contenders.push(raw(load.rows));
    let targets = [Figure::Held, Figure::Merged].map(|figure| Target::at_most(figure, most));
    bench.case(Table::F, name, targets.to_vec(), contenders)
}

/// Rows, and their halves such that what is merged from them is of the same shape.
fn load<K: Datum, V: Datum>(shape: Shape, updates: usize) -> Load<K, V> {
    let rows: Vec<Row<K, V>> = shape.rows(updates);
    let upper = rows.iter().map(|row| row.1 + 1).max().unwrap_or(1);
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for (at, row) in rows.iter().cloned().enumerate() {
        match upper {
            // All at time 0: every other comes at time 1, to which the others are advanced.
            1 if at % 2 == 0 => one.push(row),
            1 => two.push((row.0, 1, row.2)),
            // The earlier half of the times, and the later, of which none is advanced.
            _ if row.1 < upper / 2 => one.push(row),
            _ => two.push(row),
        }
    }
    let (uppers, since) = if upper == 1 { ([1, 2], 1) } else { ([upper / 2, upper], 0) };
    let halves = merge::Load { one: Rc::new(one), two: Rc::new(two), uppers, since };
    Load { rows: Rc::new(rows), upper, halves }
}

/// The bytes of keys, vals, times and diffs as they are.
fn raw<K: Datum, V: Datum>(rows: Rows<K, V>) -> Contender<'static> {
    let bytes: usize = rows.iter().map(|((key, val), _, _)| key.content() + val.content() + 16).sum();
    let held = bytes as f64 / rows.len() as f64;
    let run = move |check: bool| Sample {
        figures: vec![(Figure::Held, held), (Figure::Merged, held)],
        checksum: check.then(|| Contents::of_rows(&*rows).timed()),
    };
    Contender { name: "raw", camp: Camp::Limit, run: Box::new(run) }
}
