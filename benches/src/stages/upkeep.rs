//! Upkeep: what must cost the same however much is held, however long nothing happens, and whatever cancels.

use crate::bench::Bench;
use crate::contest::{Table, Target};
use anyhow::Result;
use bench_kit::data::{Shape, mix};
use bench_kit::sample::{Camp, Figure};
use bench_kit::work::upkeep::{Pair, Task};
use std::rc::Rc;

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
    // The peer's release takes a time quadratic in the number of empty batches: minutes at these sizes.
    let endless = matches!(task, Task::Empty { .. });
    let contenders = bench.contenders(
        |sides| &sides.pairs,
        |side| {
            let upkeep = side.upkeep.filter(|_| side.camp == Camp::Ours || !endless)?;
            Some(upkeep(task.clone()))
        },
    );
    bench.case(Table::H, name, targets, contenders)
}
