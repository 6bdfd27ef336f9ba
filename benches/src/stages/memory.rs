//! Memory: the heap that batches hold, fresh from the batcher and merged from two.

use crate::bench::Bench;
use crate::contents::Contents;
use crate::contest::{Camp, Contender, Figure, Runner, Sample, Table, Target};
use crate::data::{Datum, Row, Rows, Shape};
use crate::heap;
use crate::kind::Kind;
use crate::side::{self, Side};
use anyhow::Result;
use std::rc::Rc;

/// A time after those of all updates. Where two halves are merged, the second comes that much later, and the first is
/// advanced to it.
const LATER: u64 = 1_000;

/// Makes a batch of all rows, and one merged from two halves.
pub fn runner<T: Kind>(rows: Rows<T::Key, T::Val>) -> Runner<'static> {
    Box::new(move |check| {
        let base = heap::live();
        let fresh = T::seal_rows(&mut T::batcher(), &rows, LATER);
        let held = (heap::live() - base) as f64 / T::len(&fresh) as f64;
        let checksum = check.then(|| T::contents(&[fresh]).timed());

        let half = |second: bool| -> Vec<Row<T::Key, T::Val>> {
            let of_half = rows.iter().enumerate().filter(|(i, _)| (i % 2 == 1) == second);
            of_half
                .map(|(_, (data, time, diff))| (data.clone(), time + LATER * second as u64, *diff))
                .collect()
        };
        let mut batcher = T::batcher();
        let one = T::seal_rows(&mut batcher, &half(false), LATER);
        let two = T::seal_rows(&mut batcher, &half(true), 2 * LATER);
        drop(batcher);
        let base = heap::live();
        let merged = T::merge(&one, &two, LATER);
        let merged = (heap::live() - base) as f64 / T::len(&merged) as f64;
        Sample { figures: vec![(Figure::Held, held), (Figure::Merged, merged)], checksum }
    })
}

/// The bytes of keys, vals, times and diffs as they are.
fn raw<K: Datum, V: Datum>(rows: Rows<K, V>) -> Contender<'static> {
    let bytes: usize = rows.iter().map(|((key, val), _, _)| key.content() + val.content() + 16).sum();
    let held = bytes as f64 / rows.len() as f64;
    let run = move |check: bool| Sample {
        figures: vec![(Figure::Held, held)],
        checksum: check.then(|| Contents::of_rows(&*rows).timed()),
    };
    Contender { name: "raw", camp: Camp::Limit, run: Box::new(run) }
}

/// Runs all cases.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    use Shape::{Graph, History, Unique};
    case(bench, "u64, unique", Unique, 17.0, side::pairs)?;
    case(bench, "u64, graph", Graph, 11.0, side::pairs)?;
    case(bench, "u64, history", History, 9.0, side::pairs)?;
    case(bench, "u64 keys, unique", Unique, 9.0, side::keys)?;
    case(bench, "strings, unique", Unique, 70.0, side::texts)?;
    case(bench, "string keys, unique", Unique, 36.0, side::text_keys)
}

fn case<K: Datum, V: Datum>(
    bench: &mut Bench,
    name: &str,
    shape: Shape,
    held: f64,
    sides: fn() -> Vec<Side<K, V>>,
) -> Result<()> {
    if !bench.wants(Table::F, name) {
        return Ok(());
    }
    let rows: Rows<K, V> = Rc::new(shape.rows(bench.sizes.strings));
    let mut contenders = bench.contenders(sides(), |side| side.memory.map(|memory| memory(Rc::clone(&rows))));
    contenders.push(raw(rows));
    bench.case(Table::F, name, vec![Target::at_most(Figure::Held, held)], contenders)
}
