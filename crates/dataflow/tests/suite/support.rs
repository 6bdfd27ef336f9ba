//! What the tests share: small random data, times total and partial, and how dataflows are run and checked.

use arrangement::dataflow::{Arrange, Arranged};
use arrangement::trace::{Lattice, Product};
use arrangement::{BatchReader, IntoOwned, Pipeline, Timestamp};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::rc::Rc;
use timely::dataflow::operators::vec::{Filter, Map};
use timely::dataflow::operators::{Enter, Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle, Scope, Stream};
use timely::progress::timestamp::Refines;
use timely::worker::Worker;
use timely::{Config, ExchangeData};

/// A key or a val out of a few.
pub(crate) trait Data: ExchangeData + Ord + Clone + Debug + Hash {
    fn pick(n: u64) -> Self;
}
impl Data for u64 {
    fn pick(n: u64) -> Self {
        n * 1000
    }
}
impl Data for String {
    fn pick(n: u64) -> Self {
        "word ".repeat(n as usize % 4) + &n.to_string()
    }
}
impl Data for () {
    fn pick(_: u64) -> Self {}
}

/// A time in a scope nested in one of rounds.
pub(crate) trait Time: Timestamp + Lattice + Refines<u64> {
    fn of(round: u64, inner: u64) -> Self;
    /// All times of so many rounds.
    fn all(rounds: u64) -> Vec<Self>;
}
impl Time for u64 {
    fn of(round: u64, _: u64) -> Self {
        round
    }
    fn all(rounds: u64) -> Vec<Self> {
        (0..rounds).collect()
    }
}
impl Time for Product<u64, u64> {
    fn of(round: u64, inner: u64) -> Self {
        Product::new(round, inner)
    }
    fn all(rounds: u64) -> Vec<Self> {
        (0..rounds).flat_map(|round| (0..4).map(move |inner| Product::new(round, inner))).collect()
    }
}

/// An update of one of two collections, as numbers.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Row {
    pub(crate) right: bool,
    pub(crate) key: u64,
    pub(crate) val: u64,
    pub(crate) round: u64,
    pub(crate) inner: u64,
    pub(crate) diff: i64,
    /// When it is sent: at its round or before.
    pub(crate) sent: u64,
}

pub(crate) type Update<K, V, T> = ((K, V), T, i64);

impl Row {
    pub(crate) fn update<K: Data, V: Data, T: Time>(&self) -> Update<K, V, T> {
        ((K::pick(self.key), V::pick(self.val)), T::of(self.round, self.inner), self.diff)
    }
}

/// Random numbers, the same each time.
pub(crate) struct Random(pub(crate) u64);
impl Random {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % end
    }
}

/// Random rows of so many rounds, some of which say nothing.
pub(crate) fn rows(seed: u64, rounds: u64, per_round: u64) -> Vec<Row> {
    let mut random = Random(seed);
    let mut rows = Vec::new();
    for sent in 0..rounds {
        let count = if random.below(4) == 0 { 0 } else { random.below(per_round) };
        for _ in 0..count {
            // Some are sent ahead of their time.
            let ahead = if random.below(4) == 0 { random.below(3) } else { 0 };
            let round = (sent + ahead).min(rounds - 1);
            let mut row = Row {
                right: random.below(2) == 0,
                key: random.below(5),
                val: random.below(4),
                round,
                inner: random.below(4),
                diff: random.below(4) as i64 - 1,
                sent,
            };
            if row.diff == 0 {
                row.diff = -1;
            }
            rows.push(row);
        }
    }
    rows
}

/// Runs a program on so many workers, and gives what each returns, one after the other.
pub(crate) fn execute<D: Send + 'static>(
    workers: usize,
    program: impl Fn(&mut Worker) -> Vec<D> + Send + Sync + 'static,
) -> Vec<D> {
    execute_with(config(workers), program)
}

fn config(workers: usize) -> Config {
    if workers == 1 { Config::thread() } else { Config::process(workers) }
}

/// Runs a program, and gives what each worker of this process returns, one after the other.
pub(crate) fn execute_with<D: Send + 'static>(
    config: Config,
    program: impl Fn(&mut Worker) -> Vec<D> + Send + Sync + 'static,
) -> Vec<D> {
    let guards = timely::execute(config, program).expect("the workers start");
    guards.join().into_iter().flat_map(|result| result.expect("a worker panicked")).collect()
}

/// Feeds rows round by round, each worker its part, and collects what comes out of a dataflow.
pub(crate) fn run<T, D, F>(config: Config, rows: &[Row], build: F) -> Vec<(D, T, i64)>
where
    T: Time,
    D: Clone + Send + 'static,
    F: for<'s> Fn(Scope<'s, T>, Stream<'s, T, Vec<Row>>) -> Stream<'s, T, Vec<(D, T, i64)>>,
    F: Send + Sync + 'static,
{
    let rows = rows.to_vec();
    execute_with(config, move |worker| {
        let mut input = InputHandle::<u64, _>::new();
        let probe = ProbeHandle::new();
        let made = Rc::new(RefCell::new(Vec::new()));
        let out = Rc::clone(&made);
        worker.dataflow(|scope| {
            let stream = input.to_stream(scope);
            scope.scoped("Inner", |inner| {
                build(inner, stream.enter(inner))
                    .inspect(move |update| out.borrow_mut().push(update.clone()))
                    .probe_with(&probe);
            });
        });
        let rounds = rows.iter().map(|row| row.sent + 1).max().unwrap_or(0);
        // Some are sealed a round at a time, others two, with times in one batch that are not ordered.
        let stride = 1 + rows.len() as u64 % 2;
        for round in (0..rounds).step_by(stride as usize) {
            let end = round + stride;
            for (index, row) in rows.iter().enumerate() {
                if (round..end).contains(&row.sent) && index % worker.peers() == worker.index() {
                    input.send(*row);
                }
            }
            input.advance_to(end);
            while probe.less_than(&T::of(end, 0)) {
                worker.step();
            }
        }
        input.close();
        while worker.has_dataflows() {
            worker.step();
        }
        made.take()
    })
}

/// One of the two collections, arranged.
pub(crate) fn side<'s, S, K, V, T>(stream: &Stream<'s, T, Vec<Row>>, right: bool) -> Arranged<'s, S::Batch>
where
    S: Pipeline<Time = T, Input = Vec<Update<K, V, T>>, Batcher: 'static, Builder: 'static>,
    S::Batch: BatchReader<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Diff = i64>,
    K: Data,
    V: Data,
    T: Time,
{
    stream.clone().filter(move |row| row.right == right).map(|row| row.update()).arrange::<S>()
}

/// The sums of what is there at a time.
pub(crate) fn at<D: Ord + Clone, T: Timestamp>(updates: &[(D, T, i64)], time: &T) -> BTreeMap<D, i64> {
    let mut sums = BTreeMap::new();
    for (data, at, diff) in updates {
        if at.less_equal(time) {
            *sums.entry(data.clone()).or_insert(0) += diff;
        }
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

/// One of the two collections at a time.
pub(crate) fn collection<K: Data, V: Data, T: Time>(
    rows: &[Row],
    right: bool,
    time: &T,
) -> BTreeMap<(K, V), i64> {
    let updates: Vec<Update<K, V, T>> =
        rows.iter().filter(|row| row.right == right).map(Row::update).collect();
    at(&updates, time)
}

/// Runs a dataflow on one, two and three workers, and compares what is there at each time with what should be.
pub(crate) fn check<T, D, F>(build: F, expected: impl Fn(&[Row], &T) -> BTreeMap<D, i64>)
where
    T: Time,
    D: Ord + Clone + Debug + Send + 'static,
    F: for<'s> Fn(Scope<'s, T>, Stream<'s, T, Vec<Row>>) -> Stream<'s, T, Vec<(D, T, i64)>>,
    F: Send + Sync + Clone + 'static,
{
    for (workers, seeds) in [(1, 0..3), (2, 3..5), (3, 5..6)] {
        for seed in seeds {
            let rows = rows(seed, 8, 14);
            let made = run(config(workers), &rows, build.clone());
            for time in T::all(9) {
                assert_eq!(
                    at(&made, &time),
                    expected(&rows, &time),
                    "at {time:?}, {workers} workers, {rows:?}"
                );
            }
        }
    }
}
