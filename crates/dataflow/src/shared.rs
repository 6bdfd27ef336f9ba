//! The trace that handles share, and the end of it that an operator writes to.
//!
//! The operator that arranges has a [`Writer`]; everybody else has handles. The trace lives as long as a handle does.
//! Batches also go to *listeners*, the operators that import the trace elsewhere, each of which has a queue.
//!
//! # Frontiers
//! Each handle has its own two compaction frontiers. The trace gets the meet of them all, but never more than its own
//! upper bound (a logical frontier of nothing excepted, by which all promise not to read). This loses nothing, since
//! there are no updates beyond the bound to compact, and it lets a reader who comes later begin at the bound: updates
//! to come will be told apart for it, and batches to come be kept apart.

use crate::log::{Logged, OperatorLog, SizeLog};
use crate::publish::Publication;
use arrangement_spine::Spine;
use arrangement_trace::{Antichain, AntichainRef, Batch, Description, Progress, Trace, TraceReader};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use timely::progress::frontier::MutableAntichain;
use timely::scheduling::Activator;

/// A trace, and what its handles hold it back by.
pub(crate) struct Shared<B: Batch> {
    pub(crate) trace: Spine<B, OperatorLog>,
    pub(crate) log: OperatorLog,
    logical: MutableAntichain<B::Time>,
    physical: MutableAntichain<B::Time>,
    listeners: Listeners<B>,
    publications: Vec<Publication<B>>,
    /// Wakes the operator that arranges, which works on the trace when it is idle.
    activator: Activator,
    sizes: SizeLog,
}

type Listeners<B> = Rc<RefCell<Vec<Weak<Listener<B>>>>>;

/// One of the two frontiers of a trace.
#[derive(Copy, Clone)]
pub(crate) enum Frontier {
    Logical,
    Physical,
}

/// The minimal elements of both frontiers: the frontier of the times that are at or beyond either.
pub(crate) fn meet<T: timely::progress::Timestamp>(
    a: AntichainRef<'_, T>,
    b: AntichainRef<'_, T>,
) -> Antichain<T> {
    a.iter().chain(b.iter()).cloned().collect()
}

impl<B: Batch> Shared<B> {
    /// An empty trace that nobody holds yet, and its writer.
    pub(crate) fn new(log: OperatorLog, activator: Activator) -> (Rc<RefCell<Self>>, Writer<B>) {
        let listeners = Listeners::<B>::default();
        let trace = Spine::with_events(log.clone());
        let upper = trace.get_logical_compaction().to_owned();
        let sizes = SizeLog::new(log.clone(), Logged::TraceSizes);
        let shared = Rc::new(RefCell::new(Shared {
            trace,
            log,
            logical: MutableAntichain::new(),
            physical: MutableAntichain::new(),
            listeners: Rc::clone(&listeners),
            publications: Vec::new(),
            activator,
            sizes,
        }));
        let writer = Writer { upper, shared: Rc::downgrade(&shared), listeners };
        (shared, writer)
    }

    /// Exchanges what one handle holds the trace back by: `old` for `new`.
    pub(crate) fn exchange(
        &mut self,
        which: Frontier,
        old: AntichainRef<'_, B::Time>,
        new: AntichainRef<'_, B::Time>,
    ) {
        let counts = match which {
            Frontier::Logical => &mut self.logical,
            Frontier::Physical => &mut self.physical,
        };
        // In this order the frontier never is more than it should be.
        counts.update_iter(new.iter().map(|time| (time.clone(), 1)));
        counts.update_iter(old.iter().map(|time| (time.clone(), -1)));
        let mut upper = Antichain::new();
        self.trace.read_upper(&mut upper);
        if self.apply(upper.borrow()) {
            self.activator.activate();
        }
    }

    /// Passes the meet of the handles' frontiers on to the trace, whose bound is or will be `upper`. Returns whether that
    /// changed anything.
    fn apply(&mut self, upper: AntichainRef<'_, B::Time>) -> bool {
        let mut logical = self.logical.frontier().to_owned();
        if !logical.is_empty() {
            logical = meet(logical.borrow(), upper);
        }
        let physical = meet(self.physical.frontier(), upper);
        let changed = self.trace.get_logical_compaction() != logical.borrow()
            || self.trace.get_physical_compaction() != physical.borrow();
        if changed {
            self.trace.set_logical_compaction(logical.borrow());
            self.trace.set_physical_compaction(physical.borrow());
        }
        changed
    }

    fn insert(&mut self, batch: B) {
        self.apply(batch.upper().borrow());
        self.trace.insert(batch);
    }

    /// Works without input.
    pub(crate) fn exert(&mut self) -> Progress {
        let progress = self.trace.exert();
        self.tell();
        progress
    }

    /// Publishes the trace as it is now, and tells its size.
    fn tell(&mut self) {
        let Shared { trace, publications, .. } = self;
        publications.retain(|publication| publication.renew(trace));
        self.sizes.tell(|| self.trace.sizes().total());
    }

    /// Has the trace published from now on.
    pub(crate) fn publish(&mut self, publication: Publication<B>) {
        self.publications.push(publication);
    }

    /// A queue that gets what the trace holds now, and all that comes.
    pub(crate) fn listen(&self, activator: Activator) -> Rc<Listener<B>> {
        let mut queue = VecDeque::new();
        let mut upper = Antichain::new();
        self.trace.read_upper(&mut upper);
        let minimum = Antichain::from_elem(timely::progress::Timestamp::minimum());
        self.trace.map_batches(|batch| {
            if !batch.is_empty() {
                queue.push_back((batch.clone(), minimum.clone()));
            }
        });
        activator.activate();
        let heard = RefCell::new(Heard { queue, upper });
        let listener = Rc::new(Listener { activator, heard });
        self.listeners.borrow_mut().push(Rc::downgrade(&listener));
        listener
    }
}

/// What a listener has been told and has not passed on.
pub(crate) struct Heard<B: Batch> {
    /// Batches with updates, each with the times of the capabilities that it was sent with.
    pub(crate) queue: VecDeque<(B, Antichain<B::Time>)>,
    /// Up to where the trace is complete.
    pub(crate) upper: Antichain<B::Time>,
}

/// An operator that imports a trace.
pub(crate) struct Listener<B: Batch> {
    activator: Activator,
    pub(crate) heard: RefCell<Heard<B>>,
}

/// Where the operator that arranges puts its batches.
pub(crate) struct Writer<B: Batch> {
    upper: Antichain<B::Time>,
    /// The trace, if somebody still has a handle of it.
    shared: Weak<RefCell<Shared<B>>>,
    listeners: Listeners<B>,
}

impl<B: Batch> Writer<B> {
    pub(crate) fn upper(&self) -> AntichainRef<'_, B::Time> {
        self.upper.borrow()
    }

    /// Appends a batch, which was or will be sent with capabilities for `stamp`.
    ///
    /// # Panics
    /// If the batch does not begin where the last one ended.
    pub(crate) fn insert(&mut self, batch: B, stamp: &Antichain<B::Time>) {
        assert!(
            *batch.lower() == self.upper,
            "the operator that arranges made the batch {}, but its trace ends at {:?}",
            batch.description(),
            self.upper.elements()
        );
        self.upper.clone_from(batch.upper());
        self.listeners.borrow_mut().retain(|listener| {
            let Some(listener) = listener.upgrade() else { return false };
            let mut heard = listener.heard.borrow_mut();
            if !batch.is_empty() {
                heard.queue.push_back((batch.clone(), stamp.clone()));
            }
            heard.upper.clone_from(&self.upper);
            listener.activator.activate();
            true
        });
        if let Some(shared) = self.shared.upgrade() {
            let mut shared = shared.borrow_mut();
            shared.insert(batch);
            shared.tell();
        }
    }

    /// Works on the trace without input.
    pub(crate) fn exert(&self) -> Progress {
        self.shared.upgrade().map_or(Progress::Done, |shared| shared.borrow_mut().exert())
    }
}

/// The trace ends with the operator that writes to it, however that ended: those who import it would wait forever.
impl<B: Batch> Drop for Writer<B> {
    fn drop(&mut self) {
        if !self.upper.is_empty() {
            let rest = Description::new(self.upper.clone(), Antichain::new());
            self.insert(B::empty(rest), &Antichain::new());
        }
    }
}
