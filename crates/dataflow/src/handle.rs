//! Handles: everybody's own view of a shared trace.

use crate::arranged::Arranged;
use crate::import::import;
use crate::publish::{Publication, SnapshotReader};
use crate::shared::{Frontier, Shared, meet};
use arrangement_spine::{Counters, MergePolicy};
use arrangement_trace::{
    Antichain, AntichainRef, Batch, ExertLogic, Lattice, LevelSummary, PartSizes, PartialOrder, Progress,
    Snapshot, Timestamp, Trace, TraceCursor, TraceError, TraceReader, TraceStorage,
};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// A handle of a trace that an operator writes and many read.
///
/// A handle is a [`TraceReader`], with its own two compaction frontiers, of which the trace gets the meet: it tells times
/// apart as far back as the handle that looks back farthest, and stays divisible where any handle needs it. So **advance
/// the frontiers of handles that you keep**, or drop them. One whose logical frontier is empty promises to read no
/// more and holds nothing back, its physical frontier being empty then, too. A clone begins at the frontiers of its original.
///
/// A trace can be read while the dataflow runs, between the worker's steps, also once its dataflow has ended. It lives as
/// long as a handle of it. It never leaves its thread: other threads read [what it publishes](TraceHandle::publish).
///
/// ```
/// use arrangement::dataflow::Arrange;
/// use arrangement::{AntichainRef, Cursor, OrdValSpine, TraceReader};
/// use timely::dataflow::InputHandle;
///
/// timely::execute_directly(|worker| {
///     let mut input = InputHandle::new();
///     let mut trace = worker.dataflow::<u64, _, _>(|scope| {
///         input.to_stream(scope).arrange::<OrdValSpine<String, u64, u64, i64>>().trace
///     });
///     input.send((("apple".to_string(), 3), 0, 1));
///     input.send((("apple".to_string(), 4), 1, 1));
///     input.advance_to(2);
///     while !trace.is_complete_before(&2) {
///         worker.step();
///     }
///     let (mut cursor, batches) = trace.cursor();
///     assert_eq!(cursor.to_updates(&batches).len(), 2);
///     trace.set_logical_compaction(AntichainRef::new(&[1])); // from now on read as of 1 and later
/// });
/// ```
pub struct TraceHandle<B: Batch> {
    shared: Rc<RefCell<Shared<B>>>,
    logical: Antichain<B::Time>,
    physical: Antichain<B::Time>,
}

impl<B: Batch> TraceHandle<B> {
    /// The first handle of a trace.
    pub(crate) fn new(shared: Rc<RefCell<Shared<B>>>) -> Self {
        let minimum = Antichain::from_elem(B::Time::minimum());
        Self::holding(shared, minimum.clone(), minimum)
    }

    fn holding(
        shared: Rc<RefCell<Shared<B>>>,
        logical: Antichain<B::Time>,
        physical: Antichain<B::Time>,
    ) -> Self {
        {
            let mut shared = shared.borrow_mut();
            let nothing = Antichain::new();
            shared.exchange(Frontier::Logical, nothing.borrow(), logical.borrow());
            shared.exchange(Frontier::Physical, nothing.borrow(), physical.borrow());
            shared.log.tell(crate::log::Logged::Handles(1));
        }
        TraceHandle { shared, logical, physical }
    }

    /// A handle for a reader who starts with what there is now, and follows the batches that come. Its frontiers are at
    /// most the trace's upper bound.
    pub(crate) fn follower(&self) -> Result<Self, TraceError> {
        self.check_readable()?;
        let upper = self.upper();
        let logical = meet(self.logical.borrow(), upper.borrow());
        let physical = meet(self.physical.borrow(), upper.borrow());
        Ok(Self::holding(Rc::clone(&self.shared), logical, physical))
    }

    /// Whether this handle may still read.
    fn check_readable(&self) -> Result<(), TraceError> {
        if self.logical.is_empty() { Err(TraceError::unreadable(self.upper().elements())) } else { Ok(()) }
    }

    /// The upper bound of the trace: all updates before it have been sealed.
    pub fn upper(&self) -> Antichain<B::Time> {
        let mut upper = Antichain::new();
        self.read_upper(&mut upper);
        upper
    }

    /// Whether all updates at times less than `time` have been sealed: whether the trace's upper bound, as a probe's
    /// frontier, is not [less than](Antichain::less_than) it.
    pub fn is_complete_before(&self, time: &B::Time) -> bool {
        !self.upper().less_than(time)
    }

    /// What the trace holds now, for later. Costs the number of batches.
    ///
    /// # Errors
    /// If the logical compaction frontier is empty.
    pub fn snapshot(&self) -> Result<Snapshot<B>, TraceError> {
        let (_, batches) = self.check_readable().map(|()| self.shared.borrow().trace.cursor())?;
        Ok(Snapshot::new(batches, self.logical.clone(), self.upper()))
    }

    /// Publishes the trace from now on, for other threads to read: whenever a batch has been sealed or merged, its
    /// latest snapshot is at hand there.
    ///
    /// Publishing holds nothing back: how far back readers can tell times apart is up to the handles, and each
    /// snapshot says so. It costs the trace a pointer for each batch at each change, and ends with the last reader.
    ///
    /// ```
    /// use arrangement::dataflow::Arrange;
    /// use arrangement::{ArcShare, Cursor, OrdValSpine};
    /// use timely::dataflow::InputHandle;
    ///
    /// timely::execute_directly(|worker| {
    ///     let mut input = InputHandle::new();
    ///     let trace = worker.dataflow::<u64, _, _>(|scope| {
    ///         input.to_stream(scope).arrange::<OrdValSpine<u64, u64, u64, i64, ArcShare>>().trace
    ///     });
    ///     let reader = trace.publish();
    ///     let other = std::thread::spawn(move || {
    ///         while !reader.latest().upper().is_empty() {
    ///             std::thread::yield_now();
    ///         }
    ///         let latest = reader.latest();
    ///         latest.cursor().to_updates(latest.batches())
    ///     });
    ///     input.send(((1, 10), 0, 1));
    ///     input.close();
    ///     while worker.has_dataflows() {
    ///         worker.step();
    ///     }
    ///     assert_eq!(other.join().unwrap(), [((1, 10), 0, 1)]);
    /// });
    /// ```
    pub fn publish(&self) -> SnapshotReader<B>
    where
        B: Send + Sync,
    {
        let mut shared = self.shared.borrow_mut();
        let (publication, reader) = Publication::new(&shared.trace);
        shared.publish(publication);
        reader
    }

    /// Brings the trace into a dataflow: its batches come as a stream, first all there are, in one go, then each as it is
    /// sealed, and operators read the trace beside it.
    ///
    /// All workers must import, in the same order among the dataflows and operators they build. Times are right at and
    /// beyond this handle's logical compaction frontier, if it is less than the upper bound of the trace, else at and
    /// beyond that bound. The import ends when what writes the trace does.
    ///
    /// # Errors
    /// If the logical compaction frontier is empty: the handle promised to read no more.
    pub fn try_import<'scope>(
        &self,
        scope: timely::dataflow::Scope<'scope, B::Time>,
        name: &str,
    ) -> Result<Arranged<'scope, B>, TraceError> {
        let trace = self.follower()?;
        let listen = |activator| self.shared.borrow().listen(activator);
        Ok(Arranged { stream: import(scope, name, listen), trace })
    }

    /// As [`try_import`](TraceHandle::try_import), by the name of `Import`.
    ///
    /// # Panics
    /// With the error's text.
    #[track_caller]
    pub fn import<'scope>(&self, scope: timely::dataflow::Scope<'scope, B::Time>) -> Arranged<'scope, B> {
        self.try_import(scope, "Import").unwrap_or_else(|error| panic!("{error}"))
    }

    /// Works on the trace by hand, as [`Trace::exert`] does. The operator that arranges does so by itself whenever it has
    /// nothing else to do, while it lives.
    pub fn exert(&self) -> Progress {
        self.shared.borrow_mut().exert()
    }

    /// Sets how much is worked on the trace without input: see [`Trace::set_exert_logic`]. Holds for all handles.
    pub fn set_exert_logic(&self, logic: ExertLogic) {
        self.shared.borrow_mut().trace.set_exert_logic(logic);
    }

    /// Sets what is merged when, and how much an insertion works. Holds for all handles.
    pub fn set_policy(&self, policy: Box<dyn MergePolicy>) {
        self.shared.borrow_mut().trace.set_policy(policy);
    }

    /// The levels of the trace, oldest first.
    pub fn levels(&self) -> Vec<LevelSummary> {
        self.shared.borrow().trace.levels()
    }

    /// The sizes of all batches of the trace, and of what merges in progress have made.
    pub fn sizes(&self) -> PartSizes {
        self.shared.borrow().trace.sizes()
    }

    /// What was done to the trace so far.
    pub fn counters(&self) -> Counters {
        self.shared.borrow().trace.counters()
    }

    fn try_set(
        &mut self,
        which: Frontier,
        name: &str,
        frontier: AntichainRef<'_, B::Time>,
    ) -> Result<(), TraceError> {
        let current = match which {
            Frontier::Logical => &mut self.logical,
            Frontier::Physical => &mut self.physical,
        };
        if !PartialOrder::less_equal(&current.borrow(), &frontier) {
            return Err(TraceError::regress(name, current, &frontier));
        }
        if current.borrow() != frontier {
            self.shared.borrow_mut().exchange(which, current.borrow(), frontier);
            *current = frontier.to_owned();
        }
        if self.logical.is_empty() && !self.physical.is_empty() {
            // Who doesn't read doesn't cut either.
            return self.try_set(Frontier::Physical, "the physical", AntichainRef::new(&[]));
        }
        Ok(())
    }

    /// Advances both frontiers as far as the arguments allow, where they are not there yet.
    pub(crate) fn advance(&mut self, logical: AntichainRef<'_, B::Time>, physical: AntichainRef<'_, B::Time>)
    where
        B::Time: Lattice,
    {
        let logical = self.logical.join(&logical.to_owned());
        self.set_logical_compaction(logical.borrow());
        let physical = self.physical.join(&physical.to_owned());
        self.set_physical_compaction(physical.borrow());
    }
}

impl<B: Batch> TraceReader for TraceHandle<B> {
    type Batch = B;
    type Time = B::Time;

    fn cursor_through(
        &self,
        upper: AntichainRef<'_, B::Time>,
    ) -> Result<(TraceCursor<Self>, TraceStorage<Self>), TraceError> {
        if !upper.less_equal(&B::Time::minimum()) {
            if self.logical.is_empty() {
                return Err(TraceError::unreadable(&*upper));
            }
            if !PartialOrder::less_equal(&self.physical.borrow(), &upper) {
                return Err(TraceError::below_physical(&self.physical, &upper));
            }
        }
        self.shared.borrow().trace.cursor_through(upper)
    }

    fn cursor(&self) -> (TraceCursor<Self>, TraceStorage<Self>) {
        self.check_readable().unwrap_or_else(|error| panic!("{error}"));
        self.shared.borrow().trace.cursor()
    }

    fn try_set_logical_compaction(&mut self, frontier: AntichainRef<'_, B::Time>) -> Result<(), TraceError> {
        self.try_set(Frontier::Logical, "the logical", frontier)
    }

    fn get_logical_compaction(&self) -> AntichainRef<'_, B::Time> {
        self.logical.borrow()
    }

    fn try_set_physical_compaction(&mut self, frontier: AntichainRef<'_, B::Time>) -> Result<(), TraceError> {
        self.try_set(Frontier::Physical, "the physical", frontier)
    }

    fn get_physical_compaction(&self) -> AntichainRef<'_, B::Time> {
        self.physical.borrow()
    }

    fn map_batches(&self, visit: impl FnMut(&B)) {
        // What is done with a batch may be something to the trace.
        let mut batches = Vec::new();
        self.shared.borrow().trace.map_batches(|batch| batches.push(batch.clone()));
        batches.iter().for_each(visit);
    }

    fn read_upper(&self, target: &mut Antichain<B::Time>) {
        self.shared.borrow().trace.read_upper(target);
    }
}

impl<B: Batch> Clone for TraceHandle<B> {
    fn clone(&self) -> Self {
        Self::holding(Rc::clone(&self.shared), self.logical.clone(), self.physical.clone())
    }
}

impl<B: Batch> Drop for TraceHandle<B> {
    fn drop(&mut self) {
        let mut shared = self.shared.borrow_mut();
        let nothing = Antichain::new();
        shared.exchange(Frontier::Logical, self.logical.borrow(), nothing.borrow());
        shared.exchange(Frontier::Physical, self.physical.borrow(), nothing.borrow());
        shared.log.tell(crate::log::Logged::Handles(-1));
    }
}

impl<B: Batch> fmt::Debug for TraceHandle<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceHandle")
            .field("logical", &self.logical)
            .field("physical", &self.physical)
            .field("trace", &self.shared.borrow().trace)
            .finish()
    }
}
