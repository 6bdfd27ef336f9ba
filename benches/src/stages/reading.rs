//! Reading: scans of all that batches hold, and seeks into them.

use crate::bench::{Bench, Of};
use crate::contest::{Table, Target};
use crate::options::Sizes;
use anyhow::Result;
use bench_kit::clock::Stopwatch;
use bench_kit::contents::{Checksum, Sums};
use bench_kit::data::{Datum, Shape, layers};
use bench_kit::kind::Order;
use bench_kit::sample::{Figure, Runner, Sample};
use bench_kit::work::reading::Reader;
use std::cell::OnceCell;
use std::hint::black_box;
use std::rc::Rc;

/// A reader with the checksum of what it holds, computed when first asked for.
struct Prepared<K> {
    reader: Rc<dyn Reader<K>>,
    checksum: OnceCell<Checksum>,
}

impl<K> Prepared<K> {
    /// Reads once, and divides the time by what was read or by `count`.
    fn sample(&self, count: Option<usize>, check: bool, read: impl FnOnce(&dyn Reader<K>) -> Sums) -> Sample {
        let stopwatch = Stopwatch::start();
        let sums = black_box(read(&*self.reader));
        let ns = stopwatch.ns();
        let checksum = || *self.checksum.get_or_init(|| self.reader.contents().timed());
        Sample {
            figures: vec![(Figure::Time, ns as f64 / count.unwrap_or(sums.count as usize) as f64)],
            checksum: check.then(|| checksum().with(sums)),
        }
    }
}

/// What a case of this stage reads, and how.
#[derive(Copy, Clone, Debug)]
enum Reading {
    /// Everything, by a cursor's steps.
    Scan,
    /// Everything, in whatever way is fastest.
    Visit,
    /// Keys that are there or not, by a cursor's seeks in an order.
    Seek(Order, bool),
    /// Keys that are there or not, in whatever way is fastest.
    Probe(bool),
}

impl Reading {
    fn table(self) -> Table {
        match self {
            Reading::Scan | Reading::Visit => Table::D,
            Reading::Seek(..) | Reading::Probe(_) => Table::E,
        }
    }

    fn case(self, data: &str) -> String {
        let presence = |found| if found { "found" } else { "absent" };
        match self {
            Reading::Scan => format!("{data}, stepped"),
            Reading::Visit => format!("{data}, bulk visit"),
            Reading::Seek(Order::Random, found) => format!("{data}, random, {}", presence(found)),
            Reading::Seek(Order::Sorted, found) => format!("{data}, sorted, {}", presence(found)),
            Reading::Probe(found) => format!("{data}, exact probes in flight, {}", presence(found)),
        }
    }

    /// The keys to seek, none for a scan.
    fn keys<K: Datum>(self, shape: Shape, updates: usize, seeks: usize) -> Vec<K> {
        match self {
            Reading::Scan | Reading::Visit => Vec::new(),
            Reading::Seek(Order::Random, found) | Reading::Probe(found) => {
                shape.probes(updates, seeks, found)
            }
            Reading::Seek(Order::Sorted, found) => {
                let mut keys = shape.probes(updates, seeks, found);
                keys.sort_unstable();
                keys
            }
        }
    }

    /// Reads, looking for `keys` if for any.
    fn read<K>(self, reader: &dyn Reader<K>, keys: &[K]) -> Sums {
        match self {
            Reading::Scan => reader.scan(),
            Reading::Visit => reader.visit(),
            Reading::Seek(order, _) => reader.seek(keys, order),
            Reading::Probe(_) => reader.probe(keys),
        }
    }
}

/// Updates of a shape, and into how many batches they are dealt.
#[derive(Copy, Clone, Debug)]
struct Data {
    name: &'static str,
    shape: Shape,
    updates: usize,
    batches: usize,
}

/// Runs all cases.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    use Order::{Random, Sorted};
    use Reading::{Probe, Scan, Seek, Visit};
    let Sizes { updates, strings, seeks, .. } = bench.sizes;
    let pairs = |name, shape, batches| Data { name, shape, updates, batches };
    let texts = |name, batches| Data { name, shape: Shape::Unique, updates: strings, batches };
    let peer = |reading, ratio| (reading, vec![Target::peer(ratio)]);

    let cases = vec![
        peer(Scan, 6.0),
        peer(Seek(Random, true), 4.5),
        peer(Probe(true), 9.0),
        peer(Seek(Random, false), 5.5),
        peer(Seek(Sorted, true), 1.2),
    ];
    let data = pairs("u64, one batch", Shape::Unique, 1);
    run_on(bench, data, seeks, cases, |sides| &sides.pairs)?;
    let cases = vec![
        peer(Scan, 4.0),
        peer(Visit, 5.0),
        peer(Seek(Random, true), 6.0),
        peer(Seek(Random, false), 6.0),
    ];
    let data = pairs("u64, eight batches", Shape::Unique, 8);
    run_on(bench, data, seeks, cases, |sides| &sides.pairs)?;
    let data = pairs("u64 graph, one batch", Shape::Graph, 1);
    run_on(bench, data, seeks, vec![peer(Scan, 5.0)], |sides| &sides.pairs)?;
    let data = pairs("u64 graph, eight batches", Shape::Graph, 8);
    run_on(bench, data, seeks, vec![peer(Scan, 2.0), peer(Visit, 5.0)], |sides| &sides.pairs)?;
    let cases = vec![(Seek(Random, true), vec![Target::ours("u64, one batch, random, found", 2.0)])];
    let data = pairs("u64 half in a narrow range, one batch", Shape::Skewed, 1);
    run_on(bench, data, seeks, cases, |sides| &sides.pairs)?;
    let cases = vec![peer(Scan, 1.5), peer(Seek(Random, true), 4.0), peer(Seek(Sorted, true), 1.1)];
    run_on(bench, texts("strings, one batch", 1), seeks / 5, cases, |sides| &sides.texts)?;
    let cases = vec![
        peer(Scan, 2.5),
        peer(Seek(Random, true), 4.5),
        peer(Seek(Random, false), 3.5),
        peer(Probe(true), 7.0),
        peer(Probe(false), 10.0),
    ];
    run_on(bench, texts("strings, eight batches", 8), seeks / 5, cases, |sides| &sides.texts)
}

/// Runs the cases on one set of data.
fn run_on<K: Datum, V: Datum>(
    bench: &mut Bench,
    data: Data,
    seeks: usize,
    mut cases: Vec<(Reading, Vec<Target>)>,
    of: Of<K, V>,
) -> Result<()> {
    cases.retain(|(reading, _)| bench.wants(reading.table(), &reading.case(data.name)));
    if cases.is_empty() {
        return Ok(());
    }
    let sets = layers::<K, V>(data.shape, data.updates, data.batches);
    let mut prepared = Vec::new();
    for side in bench.takers(of) {
        if let Some(read) = side.read {
            prepared.push((side, Prepared { reader: read(&sets), checksum: OnceCell::new() }));
        }
    }
    drop(sets);
    for (reading, targets) in cases {
        let keys: Vec<K> = reading.keys(data.shape, data.updates, seeks);
        let count = (!keys.is_empty()).then_some(keys.len());
        let contenders = prepared.iter().filter_map(|(side, prepared)| {
            let keys = &keys;
            let run: Runner<'_> =
                Box::new(move |check| prepared.sample(count, check, |reader| reading.read(reader, keys)));
            side.contender(Some(run))
        });
        bench.case(reading.table(), &reading.case(data.name), targets, contenders.collect())?;
    }
    Ok(())
}
