//! The standalone handle: updates in, time sealed, reads and snapshots out.

mod builder;
mod given;
mod input;
mod late;
mod metrics;
mod read;

pub use builder::ArrangementBuilder;
pub use given::{IntoFrontier, IntoItem};
pub use late::LateUpdate;
pub use metrics::{ArrangementSizes, Metrics};
pub use read::{ArrangementContents, ArrangementCursor, ArrangementSnapshot, ArrangementView};

use crate::Pipeline;
use arrangement_spine::Spine;
use arrangement_trace::{
    Antichain, ArcShare, Batcher, PartialOrder, Progress, Share, SharedBatch, SharedBuilder, Snapshot,
    Timestamp, Trace, TraceError, TraceReader,
};
use metrics::Told;
use std::sync::OnceLock;

/// How many updates are handed to the batcher at once: enough that the call does not show (an update takes 115 ns if each
/// is handed over by itself, 69 ns so), few enough that what waits stays small.
const HANDED_OVER: usize = 1 << 10;

/// The batches of an [`Arrangement`].
pub type ArrangementBatch<S, P = ArcShare> = SharedBatch<<S as Pipeline>::Storage, P>;

/// An index of updates that is used by itself: put updates in, say that a time is complete, read any time since.
///
/// `S` is one of this crate's aliases and says how keys and vals are stored. `P` says how batches are shared,
/// whatever `S` says of that: by [`ArcShare`], so that [snapshots](Arrangement::snapshot) can go to other threads, unless it
/// is [`RcShare`](crate::RcShare).
///
/// ```
/// use arrangement::{Arrangement, PreferredSpine};
///
/// let mut prices = Arrangement::<PreferredSpine<str, u64, u64, i64>>::new();
/// prices.insert("apple", 3, 0)?;
/// prices.insert("pear", 5, 0)?;
/// prices.remove("apple", 3, 1)?;
/// prices.insert("apple", 4, 1)?;
/// prices.advance_to(2)?; // times 0 and 1 are complete, and can be read
/// for time in 0..2 {
///     for (price, _) in prices.as_of(&time)?.get("apple") {
///         println!("at {time} an apple costs {price}");
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Life of an arrangement
///
/// 1. [`update`](Arrangement::update), [`insert`](Arrangement::insert), [`remove`](Arrangement::remove) and
///    [`extend`](Arrangement::extend) take updates at any time that is not sealed, in any order.
/// 2. [`advance_to`](Arrangement::advance_to) seals all times before a frontier. What is sealed can be read and changes no
///    more; updates that come later than that are refused.
/// 3. [`as_of`](Arrangement::as_of) and [`view`](Arrangement::view) read what is sealed, from the frontier of step 5 on.
/// 4. [`snapshot`](Arrangement::snapshot) gives what is sealed to others, while this goes on.
/// 5. [`compact_to`](Arrangement::compact_to) gives up telling apart the times before a frontier, and so bounds the memory
///    that an arrangement takes which changes for ever. Without it all history is kept.
pub struct Arrangement<S: Pipeline, P: Share = ArcShare> {
    spine: Spine<ArrangementBatch<S, P>, Told>,
    batcher: S::Batcher,
    /// Updates that wait to be handed to the batcher.
    staged: S::Input,
    /// How many they are.
    staged_len: usize,
    /// Everything before is sealed.
    sealed: Antichain<S::Time>,
    /// Whether batches wait for `compact_to` before they merge.
    keeps_bounds: bool,
    /// What reads use: made by the first since the batches changed. It is let go before they change again, as it would
    /// keep alive what was merged.
    reads: OnceLock<Snapshot<ArrangementBatch<S, P>>>,
}

impl<S: Pipeline, P: Share> Arrangement<S, P> {
    /// An arrangement without updates, of which nothing is sealed.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// As [`new`](Arrangement::new), with choices.
    pub fn builder() -> ArrangementBuilder<S, P> {
        ArrangementBuilder::new()
    }

    fn of(spine: Spine<ArrangementBatch<S, P>, Told>, batcher: S::Batcher, keeps_bounds: bool) -> Self {
        let sealed = Antichain::from_elem(S::Time::minimum());
        let (staged, staged_len) = (S::Input::default(), 0);
        Arrangement { spine, batcher, staged, staged_len, sealed, keeps_bounds, reads: OnceLock::new() }
    }

    /// Seals all times that are not at or beyond the frontier: they can be read from now on, and are refused to updates. A
    /// time may stand for its frontier; the empty frontier seals everything. Sealing the same again does nothing.
    ///
    /// Costs the sorting of what is sealed, and merging in proportion to it.
    ///
    /// # Errors
    /// If the frontier is not at or beyond the one that is sealed: the error names both, and nothing is changed.
    pub fn advance_to(&mut self, frontier: impl IntoFrontier<S::Time>) -> Result<(), TraceError> {
        let frontier = frontier.into_frontier();
        if !PartialOrder::less_equal(&self.sealed, &frontier) {
            return Err(TraceError::sealed(&self.sealed, &frontier));
        }
        if frontier == self.sealed {
            return Ok(());
        }
        self.reads.take();
        if !self.keeps_bounds {
            self.spine.try_set_physical_compaction(frontier.borrow())?;
        }
        self.hand_over();
        let batch = self.batcher.seal::<SharedBuilder<S::StorageBuilder, P>>(frontier.clone());
        self.spine.try_insert(batch)?;
        self.sealed = frontier;
        self.tell();
        Ok(())
    }

    /// The frontier before which everything is sealed.
    pub fn sealed(&self) -> &Antichain<S::Time> {
        &self.sealed
    }

    /// Gives up telling apart times before the frontier: reads at or beyond it stay exact, reads before it are errors.
    /// Batches lose what is of no more use as they merge, so that memory comes back with later calls of
    /// [`advance_to`](Arrangement::advance_to) and [`exert`](Arrangement::exert). The empty frontier promises that nobody
    /// reads any more, and drops everything at once.
    ///
    /// An arrangement that [keeps bounds](ArrangementBuilder::keep_bounds) lets batches before the frontier merge.
    ///
    /// A frontier beyond what is sealed is taken at its word: until it is sealed too, nothing can be read.
    ///
    /// # Errors
    /// If the frontier is not at or beyond the last one: the error names both, and nothing is changed.
    pub fn compact_to(&mut self, frontier: impl IntoFrontier<S::Time>) -> Result<(), TraceError> {
        let frontier = frontier.into_frontier();
        self.spine.try_set_logical_compaction(frontier.borrow())?;
        self.reads.take();
        if self.keeps_bounds {
            self.spine.try_set_physical_compaction(frontier.borrow())?;
        }
        self.tell();
        Ok(())
    }

    /// The frontier at or beyond which times are told apart: where reads may be.
    pub fn since(&self) -> Antichain<S::Time> {
        self.spine.get_logical_compaction().to_owned()
    }

    /// Works without input: merges batches and compacts them, as much as the
    /// [exert logic](ArrangementBuilder::exert_logic) says. To be called while there is nothing else to do, as often as it
    /// returns [`Progress::Working`].
    pub fn exert(&mut self) -> Progress {
        self.reads.take();
        let progress = self.spine.exert();
        self.tell();
        progress
    }

    /// Hands what is staged to the batcher.
    fn hand_over(&mut self) {
        self.batcher.push(&mut self.staged);
        self.staged_len = 0;
    }

    /// Refuses an update that comes too late.
    fn check(&self, time: &S::Time) -> Result<(), LateUpdate<S::Time>> {
        if self.sealed.less_equal(time) {
            return Ok(());
        }
        Err(LateUpdate::new(time.clone(), self.sealed.clone()))
    }
}

impl<S: Pipeline, P: Share> Default for Arrangement<S, P> {
    fn default() -> Self {
        Self::new()
    }
}
