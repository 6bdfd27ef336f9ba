//! Reading: scans of all that batches hold, and seeks into them.

use crate::bench::Bench;
use crate::clock::Stopwatch;
use crate::contents::{Checksum, Contents, Sums};
use crate::contest::{Against, Figure, Runner, Sample, Table, Target};
use crate::data::{Datum, Rows, Shape, layers};
use crate::kind::{Kind, Order};
use crate::options::Sizes;
use crate::side::{self, Side};
use anyhow::Result;
use std::cell::OnceCell;
use std::hint::black_box;
use std::rc::Rc;

/// Batches held ready for reading.
pub trait Reader<K> {
    /// See [`Kind::scan`].
    fn scan(&self) -> Sums;

    /// See [`Kind::contents`].
    fn contents(&self) -> Contents;

    /// See [`Kind::seek`].
    fn seek(&self, keys: &[K], order: Order) -> Sums;
}

struct Held<T: Kind>(Vec<T::Batch>);

impl<T: Kind> Reader<T::Key> for Held<T> {
    fn scan(&self) -> Sums {
        T::scan(&self.0)
    }
    fn contents(&self) -> Contents {
        T::contents(&self.0)
    }
    fn seek(&self, keys: &[T::Key], order: Order) -> Sums {
        T::seek(&self.0, keys, order)
    }
}

/// Makes a batch of each set of rows, those of the `i`-th being at time `i`.
pub fn reader<T: Kind>(sets: &[Rows<T::Key, T::Val>]) -> Rc<dyn Reader<T::Key>> {
    let mut batcher = T::batcher();
    let batches = sets.iter().zip(1..).map(|(rows, upper)| T::seal_rows(&mut batcher, rows, upper));
    Rc::new(Held::<T>(batches.collect()))
}

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

/// What a case of this stage reads.
#[derive(Copy, Clone, Debug)]
enum Reading {
    /// Everything.
    Scan,
    /// Keys in an order, which are there or not.
    Seek(Order, bool),
}

impl Reading {
    fn table(self) -> Table {
        match self {
            Reading::Scan => Table::D,
            Reading::Seek(..) => Table::E,
        }
    }

    fn case(self, data: &str) -> String {
        match self {
            Reading::Scan => data.to_owned(),
            Reading::Seek(order, found) => {
                let order = if order == Order::Random { "random" } else { "sorted" };
                format!("{data}, {order}, {}", if found { "found" } else { "absent" })
            }
        }
    }
}

/// Runs all cases.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    use Order::{Random, Sorted};
    use Reading::{Scan, Seek};
    use Shape::{Graph, Skewed, Unique};
    let Sizes { updates: n, strings: m, seeks, .. } = bench.sizes;
    let peer = |ratio| vec![Target::peer(ratio)];
    let as_uniform =
        Target { figure: Figure::Time, against: Against::Ours("u64, one batch, random, found"), ratio: 0.5 };

    let cases = [
        (Scan, peer(6.0)),
        (Seek(Random, true), peer(4.5)),
        (Seek(Random, false), peer(5.5)),
        (Seek(Sorted, true), peer(1.2)),
    ];
    data(bench, "u64, one batch", (Unique, n, 1), seeks, cases.to_vec(), side::pairs)?;
    let cases = vec![(Scan, peer(4.0)), (Seek(Random, true), peer(6.0)), (Seek(Random, false), peer(6.0))];
    data(bench, "u64, eight batches", (Unique, n, 8), seeks, cases, side::pairs)?;
    data(bench, "u64 graph, one batch", (Graph, n, 1), seeks, vec![(Scan, peer(5.0))], side::pairs)?;
    data(bench, "u64 graph, eight batches", (Graph, n, 8), seeks, vec![(Scan, peer(2.0))], side::pairs)?;
    let cases = vec![(Seek(Random, true), vec![as_uniform])];
    data(bench, "u64 half in a narrow range, one batch", (Skewed, n, 1), seeks, cases, side::pairs)?;
    let cases = vec![(Scan, peer(1.5)), (Seek(Random, true), peer(4.0)), (Seek(Sorted, true), peer(1.1))];
    data(bench, "strings, one batch", (Unique, m, 1), seeks / 5, cases, side::texts)?;
    let cases = vec![(Scan, peer(2.5)), (Seek(Random, true), peer(4.5)), (Seek(Random, false), peer(3.5))];
    data(bench, "strings, eight batches", (Unique, m, 8), seeks / 5, cases, side::texts)
}

/// Runs the cases on one set of data, which is updates of a shape, their number, and into how many batches they are dealt.
fn data<K: Datum, V: Datum>(
    bench: &mut Bench,
    name: &str,
    (shape, updates, batches): (Shape, usize, usize),
    seeks: usize,
    mut cases: Vec<(Reading, Vec<Target>)>,
    sides: fn() -> Vec<Side<K, V>>,
) -> Result<()> {
    cases.retain(|(reading, _)| bench.wants(reading.table(), &reading.case(name)));
    if cases.is_empty() {
        return Ok(());
    }
    let sets = layers::<K, V>(shape, updates, batches);
    let mut prepared = Vec::new();
    for side in bench.takers(sides()) {
        if let Some(read) = side.read {
            prepared.push((side, Prepared { reader: read(&sets), checksum: OnceCell::new() }));
        }
    }
    drop(sets);
    for (reading, targets) in cases {
        let mut keys: Vec<K> = match reading {
            Reading::Scan => Vec::new(),
            Reading::Seek(_, found) => shape.probes(updates, seeks, found),
        };
        if let Reading::Seek(Order::Sorted, _) = reading {
            keys.sort_unstable();
        }
        let contenders = prepared.iter().filter_map(|(side, prepared)| {
            let run: Runner<'_> = match reading {
                Reading::Scan => Box::new(|check| prepared.sample(None, check, |reader| reader.scan())),
                Reading::Seek(order, _) => {
                    let keys = &keys;
                    Box::new(move |check| {
                        prepared.sample(Some(keys.len()), check, |reader| reader.seek(keys, order))
                    })
                }
            };
            side.contender(Some(run))
        });
        bench.case(reading.table(), &reading.case(name), targets, contenders.collect())?;
    }
    Ok(())
}
