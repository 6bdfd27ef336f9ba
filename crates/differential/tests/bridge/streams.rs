//! Random streams of updates, and what comes out of dataflows on any number of workers.

use differential_dataflow::consolidation::consolidate_updates;
use differential_dataflow::lattice::Lattice;
use differential_dataflow::{AsCollection, Data, ExchangeData, VecCollection};
use std::sync::{Arc, Mutex};
use timely::dataflow::operators::probe::Handle;
use timely::dataflow::operators::vec::unordered_input::{UnorderedHandle, UnorderedInput};
use timely::dataflow::operators::ActivateCapability;
use timely::dataflow::Scope;
use timely::order::Product;
use timely::progress::timestamp::Refines;
use timely::progress::Timestamp;

/// Xorshift: few lines, and the same numbers everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

/// A key or val out of a few.
pub(crate) trait Pick: ExchangeData + std::hash::Hash {
    fn pick(n: u64) -> Self;
}

impl Pick for u64 {
    fn pick(n: u64) -> Self {
        n * 3
    }
}

impl Pick for String {
    fn pick(n: u64) -> Self {
        ["", "a", "a\0", "one long prefix that all share: 1", "one long prefix that all share: 2", "b", "zz"]
            [n as usize % 7]
            .repeat(1 + n as usize / 7)
    }
}

/// A time through which inputs advance round by round.
pub(crate) trait Rounds: Timestamp + Lattice + Refines<u64> {
    /// The frontier of an input in a round.
    fn frontier(round: u64) -> Vec<Self>;
    /// A time at or beyond the frontier of a round.
    fn within(round: u64, random: &mut Random) -> Self;
}

impl Rounds for u64 {
    fn frontier(round: u64) -> Vec<Self> {
        vec![round]
    }
    fn within(round: u64, random: &mut Random) -> Self {
        // Some updates are dated ahead.
        round + (random.below(6) == 0) as u64 * random.below(9)
    }
}

/// Partially ordered, with frontiers of two times.
impl Rounds for Product<u64, u64> {
    fn frontier(round: u64) -> Vec<Self> {
        vec![Product::new(round / 4, round % 4), Product::new(round / 4 + 1, 0)]
    }
    fn within(round: u64, random: &mut Random) -> Self {
        let from = Self::frontier(round)[random.below(2) as usize];
        Product::new(from.outer + random.below(3), from.inner + random.below(3))
    }
}

/// An input that holds a capability for each time of its frontier.
struct Feed<T: Timestamp, D: 'static> {
    handle: UnorderedHandle<T, (D, T, isize)>,
    held: Vec<ActivateCapability<T>>,
}

impl<T: Rounds, D: Data> Feed<T, D> {
    fn new(scope: Scope<'_, T>) -> (Self, VecCollection<'_, T, D, isize>) {
        let ((handle, capability), stream) = scope.new_unordered_input();
        (Feed { handle, held: vec![capability] }, stream.as_collection())
    }

    /// The capability by which to send at a time.
    fn at(&self, time: &T) -> ActivateCapability<T> {
        let held = self.held.iter().find(|held| held.time().less_equal(time));
        held.expect("the time is not before the frontier").delayed(time)
    }

    fn send(&mut self, data: D, time: T, diff: isize) {
        let capability = self.at(&time);
        self.handle.activate().session(&capability).give((data, time, diff));
    }

    fn advance_to(&mut self, frontier: Vec<T>) {
        self.held = frontier.iter().map(|time| self.at(time)).collect();
    }
}

/// Updates as they come out of a dataflow, from all workers.
pub(crate) type Output<D, T> = Arc<Mutex<Vec<(D, T, isize)>>>;

/// Adds what a collection holds to an output.
pub(crate) fn gather<T: Rounds, D: Data + Send>(
    collection: VecCollection<'_, T, D, isize>,
    output: &Output<D, T>,
) {
    let output = output.clone();
    collection.inspect(move |update| output.lock().unwrap().push(update.clone()));
}

/// The sum of what came out.
pub(crate) fn sum<D: Ord + Clone, T: Timestamp>(output: &Output<D, T>) -> Vec<(D, T, isize)> {
    let mut updates = output.lock().unwrap().clone();
    consolidate_updates(&mut updates);
    updates
}

/// How long a stream is, and of how many keys and vals.
#[derive(Copy, Clone)]
pub(crate) struct Shape {
    pub(crate) rounds: u64,
    pub(crate) updates: u64,
    pub(crate) keys: u64,
    pub(crate) vals: u64,
}

/// A few keys and vals, so that most updates meet others.
pub(crate) const DENSE: Shape = Shape { rounds: 16, updates: 14, keys: 7, vals: 5 };

/// Many keys and vals, so that paths of edges between them are long.
pub(crate) const SPARSE: Shape = Shape { rounds: 12, updates: 14, keys: 20, vals: 20 };

/// Runs a dataflow of two inputs, on so many workers, each of which feeds random updates round by round.
pub(crate) fn run<K: Pick, V: Pick, T: Rounds>(
    workers: usize,
    shape: Shape,
    dataflow: impl for<'s> Fn(
            Scope<'s, T>,
            VecCollection<'s, T, (K, V), isize>,
            VecCollection<'s, T, (K, V), isize>,
            &mut Handle<T>,
        ) + Send
        + Sync
        + 'static,
) {
    timely::execute(timely::Config::process(workers), move |worker| {
        let mut probe = Handle::new();
        // A dataflow's own times are totally ordered.
        let mut inputs = worker.dataflow::<u64, _, _>(|scope| {
            scope.scoped::<T, _, _>("rounds", |scope| {
                let (left_input, left) = Feed::new(scope);
                let (right_input, right) = Feed::new(scope);
                dataflow(scope, left, right, &mut probe);
                [left_input, right_input]
            })
        });
        let mut random = Random(0x9E37_79B9 + 77 * worker.index() as u64);
        for round in 0..shape.rounds {
            for (ahead, input) in inputs.iter_mut().enumerate() {
                for _ in 0..random.below(shape.updates) {
                    let data = (K::pick(random.below(shape.keys)), V::pick(random.below(shape.vals)));
                    let diff = [1, 1, 1, -1, 2][random.below(5) as usize];
                    input.send(data, T::within(round + ahead as u64, &mut random), diff);
                }
                // The inputs are not at the same time.
                input.advance_to(T::frontier(round + 1 + ahead as u64));
            }
            // In some rounds the dataflow falls behind, so that several become one batch.
            if round % 3 != 0 {
                worker.step_while(|| T::frontier(round).iter().any(|time| probe.less_than(time)));
            }
        }
        drop(inputs);
        while worker.step() {}
    })
    .unwrap();
}
