//! The vals of one key.

use super::probe::{Prefix, Probe};
use super::selection::Selection;
use crate::{Cursor, CursorVal, CursorValRef, IntoOwned};
use std::iter::FusedIterator;
use std::ops::{Bound, RangeBounds};

/// The vals of one key for which there is something, each with what there is, from either end.
///
/// An item costs a step and a look at the updates of each val up to the next that is shown.
pub struct Vals<'a, C: Cursor, S> {
    storage: &'a C::Storage,
    /// At the first val that is left, or beyond `end`; `None` if there is no such key.
    front: Option<C>,
    /// At `end`, or past the last val; made when it is first asked for.
    back: Option<C>,
    /// The first val beyond those that are left.
    end: Option<CursorValRef<'a, C>>,
    selection: S,
}

impl<'a, C: Cursor + Clone, S> Vals<'a, C, S> {
    /// Those from where a cursor is, if there is one.
    pub(super) fn new(front: Option<C>, storage: &'a C::Storage, selection: S) -> Self {
        Vals { storage, front, back: None, end: None, selection }
    }

    /// Those in a range, of what is left. An empty or inverted range has none. Costs a seek for each bound.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let now = snapshot.view().as_of(&2)?;
    /// let vals: Vec<_> = now.get("pear").range(5..).collect();
    /// assert_eq!(vals, [(&5, 1), (&6, 2)]);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn range<Q, B>(mut self, range: B) -> Self
    where
        Q: Probe<CursorVal<C>> + ?Sized,
        B: RangeBounds<Q>,
    {
        let Some(front) = &mut self.front else { return self };
        let mut beyond = front.clone();
        let end = match range.end_bound() {
            Bound::Included(val) => {
                seek_beyond(&mut beyond, self.storage, C::Val::borrow_as(&val.probe()));
                beyond.get_val(self.storage)
            }
            Bound::Excluded(val) => {
                beyond.seek_val(self.storage, C::Val::borrow_as(&val.probe()));
                beyond.get_val(self.storage)
            }
            Bound::Unbounded => None,
        };
        match range.start_bound() {
            Bound::Included(val) => front.seek_val(self.storage, C::Val::borrow_as(&val.probe())),
            Bound::Excluded(val) => seek_beyond(front, self.storage, C::Val::borrow_as(&val.probe())),
            Bound::Unbounded => {}
        }
        self.end_before(end);
        self
    }

    /// Those that begin with a prefix, of what is left. Costs two seeks.
    ///
    /// ```
    /// # use arrangement::{Antichain, Batcher, OrdValSpine, Pipeline, trace::Snapshot};
    /// # type Index = OrdValSpine<u64, String, u64, i64>;
    /// # let mut batcher = <Index as Pipeline>::Batcher::new();
    /// # batcher.push(&mut ["red", "green", "grey"].map(|name| ((1, name.to_string()), 0, 1)).to_vec());
    /// # let batch = batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(1));
    /// # let snapshot = Snapshot::new(vec![batch], Antichain::from_elem(0), Antichain::from_elem(1));
    /// let now = snapshot.view().as_of(&0)?;
    /// let names: Vec<_> = now.get(&1).prefix("gr").rev().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["grey", "green"]);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn prefix<P>(mut self, prefix: &P) -> Self
    where
        P: Probe<CursorVal<C>> + ?Sized,
        C::Val: Prefix<P>,
    {
        let Some(front) = &mut self.front else { return self };
        front.seek_val(self.storage, C::Val::borrow_as(&prefix.probe()));
        let mut beyond = front.clone();
        beyond.skip_vals_while(self.storage, |val| C::Val::starts_with(val, prefix));
        let end = beyond.get_val(self.storage);
        self.end_before(end);
        self
    }

    fn end_before(&mut self, end: Option<CursorValRef<'a, C>>) {
        if let Some(end) = end
            && self.is_before_end(end)
        {
            (self.end, self.back) = (Some(end), None);
        }
    }

    fn is_before_end(&self, val: CursorValRef<'_, C>) -> bool {
        self.end.is_none_or(|end| C::Val::reborrow(val) < C::Val::reborrow(end))
    }
}

/// Moves forward to the first val greater than `val`.
fn seek_beyond<C: Cursor>(cursor: &mut C, storage: &C::Storage, val: CursorValRef<'_, C>) {
    cursor.seek_val(storage, C::Val::reborrow(val));
    if cursor.get_val(storage).is_some_and(|at| C::Val::reborrow(at) == C::Val::reborrow(val)) {
        cursor.step_val(storage);
    }
}

impl<C: Cursor + Clone, S: Clone> Clone for Vals<'_, C, S> {
    fn clone(&self) -> Self {
        Vals {
            storage: self.storage,
            front: self.front.clone(),
            back: self.back.clone(),
            end: self.end,
            selection: self.selection.clone(),
        }
    }
}

impl<C: Cursor, S> std::fmt::Debug for Vals<'_, C, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vals")
    }
}

impl<'a, C, S> Iterator for Vals<'a, C, S>
where
    C: Cursor + Clone,
    S: Selection<C::Time, C::Diff>,
{
    type Item = (CursorValRef<'a, C>, S::Item);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let front = self.front.as_mut()?;
            let val = front.get_val(self.storage)?;
            if self.end.is_some_and(|end| C::Val::reborrow(val) >= C::Val::reborrow(end)) {
                return None;
            }
            let item = self.selection.weigh(front, self.storage);
            front.step_val(self.storage);
            if let Some(item) = item {
                return Some((val, item));
            }
        }
    }
    fn last(mut self) -> Option<Self::Item> {
        self.next_back()
    }
}

impl<C, S> DoubleEndedIterator for Vals<'_, C, S>
where
    C: Cursor + Clone,
    S: Selection<C::Time, C::Diff>,
{
    fn next_back(&mut self) -> Option<Self::Item> {
        let front = self.front.as_ref()?;
        let first = front.get_val(self.storage)?;
        let (storage, end) = (self.storage, self.end);
        let back = self.back.get_or_insert_with(|| {
            let mut back = front.clone();
            match end {
                Some(end) => back.seek_val(storage, C::Val::reborrow(end)),
                None => back.end_vals(storage),
            }
            back
        });
        while back.step_val_back(storage) {
            let val = back.get_val(storage)?;
            if C::Val::reborrow(val) < C::Val::reborrow(first) {
                break;
            }
            self.end = Some(val);
            if let Some(item) = self.selection.weigh(back, storage) {
                return Some((val, item));
            }
        }
        None
    }
}

impl<C: Cursor + Clone, S: Selection<C::Time, C::Diff>> FusedIterator for Vals<'_, C, S> {}
