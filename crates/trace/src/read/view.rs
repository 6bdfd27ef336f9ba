//! What can be read, and between which frontiers.

use super::contents::Contents;
use super::error::ReadError;
use super::selection::{Summed, Timed};
use crate::{Algebra, AntichainRef, Cursor, Native, PartialOrder};
use std::marker::PhantomData;

/// A storage to be read, by a cursor, at times at or beyond `since` and not at or beyond `upper`.
///
/// [`Snapshot::view`](crate::Snapshot::view) gives one; [`View::new`] makes one of any cursor. What it gives shows contents
/// as of a time, or changes between two, or all history, by one set of methods: those of [`Contents`]. `A` is the algebra
/// by which differences sum.
///
/// ```
#[doc = include_str!("example.txt")]
/// let view = snapshot.view();
/// // What a pear cost as of time 1, and what changed after.
/// assert!(view.as_of(&1)?.get("pear").eq([(&5, 1)]));
/// assert!(view.difference(&1, &2)?.get("pear").eq([(&6, 2)]));
/// # Ok::<(), arrangement::trace::ReadError<u64>>(())
/// ```
pub struct View<'a, C: Cursor, A = Native> {
    cursor: C,
    storage: &'a C::Storage,
    since: AntichainRef<'a, C::Time>,
    upper: AntichainRef<'a, C::Time>,
    _algebra: PhantomData<fn() -> A>,
}

impl<C: Cursor + Clone, A> Clone for View<'_, C, A> {
    fn clone(&self) -> Self {
        View::new(self.cursor.clone(), self.storage, self.since, self.upper)
    }
}

impl<C: Cursor, A> std::fmt::Debug for View<'_, C, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("since", &self.since).field("upper", &self.upper).finish_non_exhaustive()
    }
}

impl<'a, C: Cursor, A> View<'a, C, A> {
    /// A view of what a cursor reads from where it is, which should be the first key.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use arrangement::{TraceReader, trace::{Native, View}};
    ///
    /// let (cursor, batches) = prices.cursor();
    /// let upper = Antichain::from_elem(3);
    /// let view: View<_, Native> =
    ///     View::new(cursor, &batches, prices.get_logical_compaction(), upper.borrow());
    /// assert_eq!(view.as_of(&2)?.keys().count(), 3);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn new(
        cursor: C,
        storage: &'a C::Storage,
        since: AntichainRef<'a, C::Time>,
        upper: AntichainRef<'a, C::Time>,
    ) -> Self {
        View { cursor, storage, since, upper, _algebra: PhantomData }
    }

    /// The frontier at or beyond which times can be told apart.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// assert_eq!(snapshot.view().since(), Antichain::from_elem(0).borrow());
    /// ```
    pub fn since(&self) -> AntichainRef<'a, C::Time> {
        self.since
    }

    /// The first times of which nothing is known yet.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// assert_eq!(snapshot.view().upper(), Antichain::from_elem(3).borrow());
    /// ```
    pub fn upper(&self) -> AntichainRef<'a, C::Time> {
        self.upper
    }

    fn check(&self, time: &C::Time) -> Result<(), ReadError<C::Time>> {
        if !self.since.less_equal(time) {
            return Err(ReadError::Compacted { time: time.clone(), since: self.since.to_owned() });
        }
        if self.upper.less_equal(time) {
            return Err(ReadError::NotYet { time: time.clone(), upper: self.upper.to_owned() });
        }
        Ok(())
    }

    fn check_both(&self, from: &C::Time, to: &C::Time) -> Result<(), ReadError<C::Time>> {
        self.check(from)?;
        self.check(to)?;
        match from.less_equal(to) {
            true => Ok(()),
            false => Err(ReadError::Disordered { from: from.clone(), to: to.clone() }),
        }
    }
}

impl<'a, C, A> View<'a, C, A>
where
    C: Cursor<Diff: Clone> + Clone,
    A: Algebra<C::Time, C::Diff>,
{
    /// The collection as of a time: each key and val with the sum of its differences up to then. What sums to zero is not
    /// there.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// assert!(snapshot.view().as_of(&2)?.keys().eq(["apple", "pear", "plum"]));
    /// let error = snapshot.view().as_of(&3).unwrap_err();
    /// assert_eq!(error.to_string(), "can't read as of 3 yet: only times before the frontier {3} are sealed");
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    ///
    /// # Errors
    /// If the time is not at or beyond `since`, or is at or beyond `upper`.
    pub fn as_of(&self, time: &C::Time) -> Result<Contents<'a, C, Summed<C::Time, A>>, ReadError<C::Time>> {
        self.check(time)?;
        Ok(Contents::new(self.cursor.clone(), self.storage, Summed::as_of(time.clone())))
    }

    /// What must be added to the collection as of `from` to have that as of `to`: each key and val with the sum of its
    /// differences of the times between. What sums to zero is not there.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let changes = snapshot.view().difference(&0, &2)?;
    /// assert!(changes.get("apple").eq([(&3, -1), (&4, 1)]));
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    ///
    /// # Errors
    /// If one of the times can't be read, as [`as_of`](View::as_of) says, or if `from` is not before `to`, nor the same.
    pub fn difference(
        &self,
        from: &C::Time,
        to: &C::Time,
    ) -> Result<Contents<'a, C, Summed<C::Time, A>>, ReadError<C::Time>> {
        self.check_both(from, to)?;
        Ok(Contents::new(self.cursor.clone(), self.storage, Summed::between(from.clone(), to.clone())))
    }

    /// All changes between two times: each key and val with the times up to `to` that are not already up to `from`, and
    /// their differences.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let changes = snapshot.view().changes(&0, &2)?;
    /// let rows: Vec<_> = changes.prefix("p").rows().map(|(name, price, times)| (name.as_str(), *price, times)).collect();
    /// assert_eq!(rows, [("peach", 9, vec![(2, -1)]), ("pear", 6, vec![(2, 2)]), ("plum", 7, vec![(1, 1)])]);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    ///
    /// # Errors
    /// As [`difference`](View::difference).
    pub fn changes(
        &self,
        from: &C::Time,
        to: &C::Time,
    ) -> Result<Contents<'a, C, Timed<C::Time, A>>, ReadError<C::Time>> {
        self.check_both(from, to)?;
        Ok(Contents::new(self.cursor.clone(), self.storage, Timed::between(from.clone(), to.clone())))
    }

    /// All there is: each key and val with its times and differences. Times before `since` are as compaction has left
    /// them: advanced, not all of them, and not always the same.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let history = snapshot.view().history();
    /// assert!(history.get("apple").eq([(&3, vec![(0, 1), (1, -1)]), (&4, vec![(1, 1)])]));
    /// ```
    pub fn history(&self) -> Contents<'a, C, Timed<C::Time, A>> {
        Contents::new(self.cursor.clone(), self.storage, Timed::all())
    }
}
