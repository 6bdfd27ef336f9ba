//! Spine: batches inserted one after the other, each insertion with its share of merging.

use crate::bench::{Bench, Of};
use crate::contest::{Table, Target};
use anyhow::Result;
use bench_kit::data::Datum;
use bench_kit::sample::Figure;
use bench_kit::work::spine::{Load, Workload};

/// The case whose latencies are drawn.
pub const SMALL_BATCHES: &str = "u64, batches of 1000";

/// The same on a heap that nobody used before.
pub const SMALL_BATCHES_COLD: &str = "u64, batches of 1000, cold heap";

/// Runs all cases.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    let (updates, strings) = (bench.sizes.updates, bench.sizes.strings);
    let small = Load { updates, batch: 1_000, workload: Workload::Insert };
    let prompt = || vec![Target::at_most(Figure::P999, 500.0), Target::at_most(Figure::Max, 2_000.0)];
    let targets = [vec![Target::peer(4.0)], prompt()].concat();
    case(bench, SMALL_BATCHES, targets, small, |sides| &sides.pairs)?;
    if bench.wants(Table::B, SMALL_BATCHES_COLD) {
        let contenders = bench.contenders(|sides| &sides.pairs, |side| side.spine.map(|spine| spine(small)));
        bench.cold_case(Table::B, SMALL_BATCHES_COLD, prompt(), contenders)?;
    }
    let large = Load { batch: (updates / 10).min(100_000), ..small };
    case(bench, "u64, batches of 100000", vec![Target::peer(4.0)], large, |sides| &sides.pairs)?;
    let churn = Load { workload: Workload::Churn, ..small };
    case(bench, "u64 churn, batches of 1000", vec![Target::peer(3.0)], churn, |sides| &sides.pairs)?;
    let texts = Load { updates: strings, ..small };
    case(bench, "strings, batches of 1000", vec![Target::peer(3.0)], texts, |sides| &sides.texts)
}

fn case<K: Datum, V: Datum>(
    bench: &mut Bench,
    name: &str,
    targets: Vec<Target>,
    load: Load,
    of: Of<K, V>,
) -> Result<()> {
    if !bench.wants(Table::B, name) {
        return Ok(());
    }
    let contenders = bench.contenders(of, |side| side.spine.map(|spine| spine(load)));
    bench.case(Table::B, name, targets, contenders)
}
