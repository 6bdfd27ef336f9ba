//! Reading what is sealed, here and elsewhere.

use super::{Arrangement, ArrangementBatch, IntoFrontier};
use crate::Pipeline;
use arrangement_trace::{
    Antichain, ArcShare, BatchCursor, Contents, CursorList, ReadError, Share, Snapshot, Storage, Summed,
    TraceError, TraceReader, View,
};

/// The cursor over all batches of an [`Arrangement`].
pub type ArrangementCursor<S, P = ArcShare> = CursorList<BatchCursor<<S as Pipeline>::Storage, P>>;
/// What is sealed of an [`Arrangement`], for others to read: what a struct names that keeps one.
pub type ArrangementSnapshot<S, P = ArcShare> = Snapshot<ArrangementBatch<S, P>>;
/// What can be read of an [`Arrangement`].
pub type ArrangementView<'a, S, P = ArcShare> = View<'a, ArrangementCursor<S, P>, Algebra<S>>;
/// What an [`Arrangement`] holds as of a time.
pub type ArrangementContents<'a, S, P = ArcShare> =
    Contents<'a, ArrangementCursor<S, P>, Summed<<S as TraceReader>::Time, Algebra<S>>>;
/// How a pipeline reckons with times and differences.
type Algebra<S> = <<S as Pipeline>::Storage as Storage>::Algebra;
impl<S: Pipeline, P: Share> Arrangement<S, P> {
    /// What is sealed, to be read: as of a time, by history, or by what changed between times. See [`View`].
    ///
    /// Costs a few steps for each batch. Who reads many keys of one time does better to keep what this gives.
    ///
    /// ```
    /// use arrangement::{Arrangement, OrdValSpine};
    ///
    /// let mut index = Arrangement::<OrdValSpine<String, u64, u64, i64>>::new();
    /// index.insert("apple", 3, 0)?;
    /// index.remove("apple", 3, 2)?;
    /// index.advance_to(3)?;
    /// let view = index.view();
    /// assert!(view.history().get("apple").eq([(&3, vec![(0, 1), (2, -1)])]));
    /// assert!(view.difference(&1, &2)?.get("apple").eq([(&3, -1)]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn view(&self) -> ArrangementView<'_, S, P> {
        self.reads().view()
    }

    /// The collection as of a time: all keys and vals whose differences up to then do not sum to zero. Short for
    /// [`view`](Arrangement::view) and [`View::as_of`].
    ///
    /// ```
    /// use arrangement::{Arrangement, PreferredSpine};
    ///
    /// let mut index = Arrangement::<PreferredSpine<str, u64, u64, i64>>::new();
    /// index.extend([("apple", 3), ("pear", 5), ("peach", 9)].map(|(name, price)| ((name.to_string(), price), 0, 1)))?;
    /// index.advance_to(1)?;
    /// let now = index.as_of(&0)?;
    /// assert!(now.get("pear").eq([(&5, 1)]));
    /// assert!(now.prefix("pe").keys().rev().eq(["pear", "peach"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the time is not sealed, or compacted: the error names it and the frontier.
    pub fn as_of(&self, time: &S::Time) -> Result<ArrangementContents<'_, S, P>, ReadError<S::Time>> {
        self.view().as_of(time)
    }

    /// What is sealed, to be read by others while this goes on. Costs a pointer for each batch. Only the batches that it
    /// holds stay in memory because of it, until the last clone is dropped.
    ///
    /// If this was compacted to the empty frontier, the snapshot can be read at no time.
    pub fn snapshot(&self) -> ArrangementSnapshot<S, P> {
        self.reads().clone()
    }

    /// What was sealed before an earlier frontier. For those who need a trace cut there: reads at a time before the frontier
    /// find the same in any later snapshot. At a later frontier than the one that is sealed it is all that is sealed.
    ///
    /// # Errors
    /// If batches that meet at the frontier were merged, which only an arrangement that
    /// [keeps bounds](super::ArrangementBuilder::keep_bounds) does not do at once, or if this was compacted to the empty frontier.
    pub fn snapshot_through(
        &self,
        frontier: impl IntoFrontier<S::Time>,
    ) -> Result<ArrangementSnapshot<S, P>, TraceError> {
        Snapshot::through(&self.spine, frontier.into_frontier().borrow())
    }

    /// What reads use, made if need be.
    fn reads(&self) -> &ArrangementSnapshot<S, P> {
        self.reads.get_or_init(|| {
            // Nothing but a promise that nobody reads any more stands against a cut at the end.
            let nothing = |_| Snapshot::new(Vec::new(), Antichain::new(), self.sealed.clone());
            Snapshot::through(&self.spine, self.sealed.borrow()).unwrap_or_else(nothing)
        })
    }

    /// The trace beneath, for its cursors and batches.
    pub fn trace(&self) -> &impl TraceReader<Batch = ArrangementBatch<S, P>, Time = S::Time> {
        &self.spine
    }
}
