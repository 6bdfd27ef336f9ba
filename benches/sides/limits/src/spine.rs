//! A spine of columns: a stack, of which the topmost two are merged as long as they are of like size.
//!
//! It merges eagerly and at once, so a single insertion may move everything.

use crate::columns::Columns;
use crate::merge::merge;
use bench_kit::data::sorted;
use bench_kit::heap;
use bench_kit::sample::Sample;
use bench_kit::work::spine::{Latencies, Load, Workload};

/// Inserts all batches of a load.
pub(crate) fn run(load: Load, check: bool) -> Sample {
    let base = heap::reset_peak();
    let mut latencies = Latencies::new(&load);
    let mut stack: Vec<Columns> = Vec::new();
    for at in 0..load.batches() {
        let batch = Columns::of_rows(&sorted(load.rows(at)));
        latencies.time(|| {
            stack.push(batch);
            while let [.., older, newer] = &stack[..]
                && newer.len() * 2 > older.len()
            {
                let mut merged = merge(older, newer);
                if load.workload == Workload::Churn {
                    cancel(&mut merged);
                }
                stack.truncate(stack.len() - 2);
                stack.push(merged);
            }
        });
    }
    latencies.sample(base, || {
        check.then(|| {
            let all = stack.iter().fold(Columns::default(), |all, columns| merge(&all, columns));
            let mut all = all;
            cancel(&mut all);
            all.contents().accumulated()
        })
    })
}

/// Removes neighbours that are equal but for diffs that cancel.
fn cancel(columns: &mut Columns) {
    let (mut read, mut write) = (0, 0);
    while read < columns.len() {
        let next = read + 1;
        if next < columns.len()
            && columns.keys[read] == columns.keys[next]
            && columns.vals[read] == columns.vals[next]
            && columns.diffs[read] + columns.diffs[next] == 0
        {
            read += 2;
            continue;
        }
        columns.shift(read, write);
        (read, write) = (next, write + 1);
    }
    columns.truncate(write);
}
