//! Operators that read arrangements, and what they have in common.
//!
//! An operator learns from a stream what has changed and reads in the trace what was there before. All batches that it
//! finds when it is scheduled become one *task*, with a cursor over the trace as it was before them. Tasks are worked on
//! in order, with so much [fuel](FUEL) each time the operator is scheduled; with tasks left, it has itself scheduled
//! again, so that others get their turn and what it has made is taken up meanwhile.
//!
//! # What has been read
//! An operator keeps the frontier before which it has all batches, and cuts the trace there. It moves by batches that have
//! come, never by what the trace looks like: the trace may have merged into nothing what is still queued on the stream. A
//! trace that is imported gives all that it holds in one go, and then the frontier is at or beyond where the trace
//! can be cut. Empty batches are not sent; the frontier then lags, over empty time only.

mod changes;
mod count;
mod distinct;
mod join;
mod stream;

use crate::arranged::Arranged;
use crate::handle::TraceHandle;
use arrangement_trace::{
    Antichain, AntichainRef, Batch, BatchReader, Cursor, CursorList, Lattice, PartialOrder, Progress,
    Semigroup, Timestamp, TraceReader, consolidate,
};
use std::collections::VecDeque;
use timely::communication::Pull;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::Stream;
use timely::dataflow::channels::Message;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::{InputHandleCore, Operator, OutputBuilderSession};
use timely::dataflow::operators::{CapabilitySet, InputCapability};

/// The updates that an operator may read and make each time it is scheduled.
///
/// At ten to fifty million a second that is a few milliseconds.
pub const FUEL: usize = 1 << 16;

/// Batches and a cursor over them.
pub(crate) struct Part<B: BatchReader> {
    pub(crate) cursor: CursorList<B::Cursor>,
    pub(crate) batches: Vec<B>,
}

impl<B: BatchReader> Part<B> {
    pub(crate) fn new(batches: Vec<B>) -> Self {
        let cursors = batches.iter().map(BatchReader::cursor).collect();
        Part { cursor: CursorList::new(cursors, &batches), batches }
    }
}

/// Keeps what can be sent later in answer to a message.
pub(crate) fn retain<T: Timestamp>(capabilities: &mut CapabilitySet<T>, received: &InputCapability<T>) {
    for capability in received.retain_stamp(0).iter() {
        capabilities.insert(capability.clone());
    }
}

/// Batches that came together.
pub(crate) struct Fresh<B: BatchReader> {
    pub(crate) batches: Vec<B>,
    /// What they came with.
    pub(crate) capabilities: CapabilitySet<B::Time>,
}

impl<B: Batch> Fresh<B> {
    /// All batches with updates that an input has now; `None` if it has none.
    pub(crate) fn receive<P>(input: &mut InputHandleCore<B::Time, Vec<B>, P>) -> Option<Self>
    where
        P: Pull<Message<B::Time, Vec<B>>>,
    {
        let mut fresh = Fresh { batches: Vec::new(), capabilities: CapabilitySet::new() };
        input.for_each(|capability, batches| {
            retain(&mut fresh.capabilities, &capability);
            fresh.batches.extend(batches.drain(..).filter(|batch| !batch.is_empty()));
        });
        (!fresh.batches.is_empty()).then_some(fresh)
    }

    /// The frontier at or beyond which all of the updates are.
    pub(crate) fn lower(&self) -> Antichain<B::Time> {
        self.batches[0].lower().clone()
    }
}

/// A trace, as far as an operator has received its batches.
pub(crate) struct Received<B: Batch> {
    trace: TraceHandle<B>,
    /// Where the trace could be cut when the operator began: all before it comes in one go.
    first: Antichain<B::Time>,
    upper: Antichain<B::Time>,
}

impl<B: Batch<Time: Lattice>> Received<B> {
    /// Nothing has been received so far.
    ///
    /// # Panics
    /// If the handle's logical compaction frontier is empty: it promised to read no more.
    #[track_caller]
    pub(crate) fn new(trace: &TraceHandle<B>) -> Self {
        let trace = trace.follower().unwrap_or_else(|error| panic!("{error}"));
        let first = trace.get_physical_compaction().to_owned();
        let upper = Antichain::from_elem(timely::progress::Timestamp::minimum());
        Received { trace, first, upper }
    }

    /// What has been received.
    pub(crate) fn part(&self) -> Part<B> {
        let (cursor, batches) =
            self.trace.cursor_through(self.upper.borrow()).unwrap_or_else(|error| panic!("{error}"));
        Part { cursor, batches }
    }

    /// These batches have been received as well.
    ///
    /// # Panics
    /// If they do not follow what was received.
    pub(crate) fn extend(&mut self, fresh: &Fresh<B>) {
        for batch in &fresh.batches {
            assert!(
                PartialOrder::less_equal(&self.upper, batch.lower()),
                "an operator that has read through {:?} got the batch {}",
                self.upper.elements(),
                batch.description()
            );
            self.upper.clone_from(batch.upper());
        }
        self.upper = self.upper.join(&self.first);
    }

    /// Lets go of what is not needed to read through what was received, for updates at or beyond `frontier`.
    pub(crate) fn compact(&mut self, frontier: AntichainRef<'_, B::Time>) {
        self.trace.advance(frontier, self.upper.borrow());
    }
}

/// A list of times and differences that is consolidated as it grows.
struct Times<T, R> {
    times: Vec<(T, R)>,
    consolidated: usize,
}

impl<T: Ord, R: Semigroup> Times<T, R> {
    fn new() -> Self {
        Times { times: Vec::new(), consolidated: 0 }
    }

    fn clear(&mut self) {
        self.times.clear();
        self.consolidated = 0;
    }

    /// Appends the times and differences of a cursor's current val, advanced by a frontier, and takes their number from the
    /// fuel.
    fn read<C>(&mut self, cursor: &mut C, storage: &C::Storage, since: AntichainRef<'_, T>, fuel: &mut usize)
    where
        C: Cursor<Time = T, Diff = R>,
        T: Lattice,
    {
        cursor.map_times(storage, |time, diff| {
            let mut time = time.clone();
            time.advance_by(since);
            self.times.push((time, diff.clone()));
            *fuel = fuel.saturating_sub(1);
        });
        if self.times.len() > 2 * self.consolidated + 32 {
            consolidate(&mut self.times);
            self.consolidated = self.times.len();
        }
    }
}

/// Tasks in order, each with the capabilities for what it will make.
struct Tasks<K, T: Timestamp>(VecDeque<(K, CapabilitySet<T>)>);

/// Something to be done a bounded amount at a time.
trait Task {
    /// What is made.
    type Item: 'static;

    /// Works until done or until the fuel is used up, reducing it by one for each update that is read or made.
    fn work(&mut self, fuel: &mut usize, give: impl FnMut(Self::Item)) -> Progress;
}

impl<K: Task, T: Timestamp> Tasks<K, T> {
    fn new() -> Self {
        Tasks(VecDeque::new())
    }

    /// Works on the tasks until none is left or the fuel is used up.
    fn work(
        &mut self,
        fuel: &mut usize,
        output: &mut OutputBuilderSession<'_, T, CapacityContainerBuilder<Vec<K::Item>>>,
    ) {
        while *fuel > 0
            && let Some((task, capabilities)) = self.0.front_mut()
        {
            let mut session = output.session(capabilities);
            let progress = task.work(fuel, |item| session.give(item));
            drop(session);
            if progress == Progress::Done {
                self.0.pop_front();
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An operator that reads one arrangement: what is fresh, and what was there before. `task` is given both, and a frontier at
/// or beyond which all that is fresh is.
fn unary<'scope, B, K>(
    arranged: Arranged<'scope, B>,
    name: &str,
    mut task: impl FnMut(Part<B>, Part<B>, Antichain<B::Time>) -> K + 'static,
) -> Stream<'scope, B::Time, Vec<K::Item>>
where
    B: Batch<Time: Lattice>,
    K: Task + 'static,
{
    let mut received = Received::new(&arranged.trace);
    let scope = arranged.stream.scope();
    arranged.stream.unary_frontier(Pipeline, name, move |_capability, info| {
        let activator = scope.activator_for(info.address);
        let mut tasks = Tasks::new();
        move |(input, frontier), output| {
            if let Some(fresh) = Fresh::receive(input) {
                let (history, lower) = (received.part(), fresh.lower());
                received.extend(&fresh);
                tasks.0.push_back((task(Part::new(fresh.batches), history, lower), fresh.capabilities));
            }
            received.compact(frontier.frontier());
            tasks.work(&mut FUEL.clone(), output);
            if !tasks.is_empty() {
                activator.activate();
            }
        }
    })
}
