//! Merge: two batches to one, without a bound on the work of a call.

use crate::bench::{Bench, Of};
use crate::contest::{PEER_DEFAULT, Table, Target};
use anyhow::Result;
use bench_kit::data::{Datum, Row, Shape, mix, sorted};
use bench_kit::sample::{Camp, Figure};
use bench_kit::side::Side;
use bench_kit::work::merge::Load;
use std::rc::Rc;

/// How the keys of two batches lie to each other.
#[derive(Copy, Clone, Debug)]
enum Split {
    /// Each update in either at random, so that runs have two on average.
    Interleaved,
    /// A thousand in turn.
    Runs,
    /// One half below the other.
    Disjoint,
    /// Half of all, and a thousand spread over them.
    Few,
}

impl Split {
    /// Deals out sorted rows: whether the `i`-th of `n` is in the second batch, `None` for neither.
    fn second(self, n: usize, i: usize) -> Option<bool> {
        match self {
            Split::Interleaved => Some(mix(i as u64 ^ (5 << 47)) & 1 == 1),
            Split::Runs => Some((i / 1_000) % 2 == 1),
            Split::Disjoint => Some(i >= n / 2),
            Split::Few => {
                let few = (n / 20).min(1_000);
                let taken = n / 2 + few;
                (i < taken).then_some(i % (taken / few) == 1)
            }
        }
    }
}

/// Rows at time 0 and at time 1, advanced to 1.
fn split<K: Datum, V: Datum>(rows: Vec<Row<K, V>>, split: Split) -> Load<K, V> {
    let (mut one, mut two) = (Vec::new(), Vec::new());
    let n = rows.len();
    for (i, (data, _, diff)) in rows.into_iter().enumerate() {
        match split.second(n, i) {
            Some(false) => one.push((data, 0, diff)),
            Some(true) => two.push((data, 1, diff)),
            None => {}
        }
    }
    Load { one: Rc::new(one), two: Rc::new(two), uppers: [1, 2], since: 1 }
}

/// Splits rows with 64 times and two diffs in each batch.
fn varied(rows: Vec<Row<u64, u64>>, way: Split, since: u64) -> Load<u64, u64> {
    let mut load = split(rows, way);
    for (rows, first) in [(&mut load.one, 0), (&mut load.two, 64)] {
        for (i, row) in Rc::make_mut(rows).iter_mut().enumerate() {
            let draw = mix(i as u64);
            (row.1, row.2) = (first + draw % 64, 1 + (draw >> 32 & 1) as i64);
        }
    }
    Load { uppers: [64, 128], since, ..load }
}

/// Runs all cases.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    let (updates, strings) = (bench.sizes.updates, bench.sizes.strings);
    let ways = [
        ("u64, interleaved", Split::Interleaved, 3.0),
        ("u64, runs of 1000", Split::Runs, 4.5),
        ("u64, disjoint", Split::Disjoint, 6.0),
        ("u64, half with 1000", Split::Few, 6.0),
    ];
    for (name, way, ratio) in ways {
        let load = || split(sorted(Shape::Unique.rows(updates)), way);
        case(bench, name, vec![Target::peer(ratio)], load, |_| true, |sides| &sides.pairs)?;
    }
    // The limit can't advance times, and the target is a figure of ours: of the peers only the default takes part.
    let few = |side: &Side<u64, u64>| side.camp == Camp::Ours || side.name == PEER_DEFAULT;
    for (one_pair, way, _) in ways {
        for (place, since) in [("below", 0), ("amid", 96), ("beyond", 128)] {
            let name = format!("{one_pair}, 128 pairs of time and diff, since {place}");
            let load = || varied(sorted(Shape::Unique.rows(updates)), way, since);
            let targets = vec![Target::ours(one_pair, 1.6)];
            case(bench, &name, targets, load, few, |sides| &sides.pairs)?;
        }
    }
    let graph = || split(sorted(Shape::Graph.rows(updates)), Split::Interleaved);
    let targets = vec![Target::at_most(Figure::Time, 12.0)];
    case(bench, "u64 graph, halves", targets, graph, |_| true, |sides| &sides.pairs)?;
    let ways = [
        ("strings, interleaved", Split::Interleaved, 2.0),
        ("strings, disjoint", Split::Disjoint, 6.0),
        ("strings, half with 1000", Split::Few, 9.0),
    ];
    for (name, way, ratio) in ways {
        let load = || split(sorted(Shape::Unique.rows(strings)), way);
        case(bench, name, vec![Target::peer(ratio)], load, |_| true, |sides| &sides.texts)?;
    }
    Ok(())
}

fn case<K: Datum, V: Datum>(
    bench: &mut Bench,
    name: &str,
    targets: Vec<Target>,
    load: impl FnOnce() -> Load<K, V>,
    takes_part: impl Fn(&Side<K, V>) -> bool,
    of: Of<K, V>,
) -> Result<()> {
    if !bench.wants(Table::C, name) {
        return Ok(());
    }
    let load = load();
    let contenders = bench.contenders(of, |side| {
        let merge = side.merge.filter(|_| takes_part(side))?;
        Some(merge(&load))
    });
    drop(load);
    bench.case(Table::C, name, targets, contenders)
}
