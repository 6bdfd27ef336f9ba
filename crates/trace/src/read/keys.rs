//! The keys of contents, alone or with the number of their vals.

use super::selection::Selection;
use super::walk::Walk;
use crate::{Cursor, CursorKeyRef};
use std::iter::FusedIterator;

/// The keys that have a val for which there is something, from either end.
///
/// An item costs a step, and a look at the vals of the key up to the first that is shown.
pub struct Keys<'a, C: Cursor, S> {
    pub(super) walk: Walk<'a, C>,
    pub(super) selection: S,
}

/// Keys with the number of vals for which there is something, from either end.
///
/// An item costs a step, and a look at each val of the key.
pub struct Counts<'a, C: Cursor, S> {
    pub(super) walk: Walk<'a, C>,
    pub(super) selection: S,
}

/// The number of vals at the cursor's key, from the current one on, for which there is something; of no more than `most`.
fn count<C, S>(cursor: &mut C, storage: &C::Storage, selection: &S, most: usize) -> usize
where
    C: Cursor,
    S: Selection<C::Time, C::Diff>,
{
    let mut count = 0;
    while count < most && cursor.val_valid(storage) {
        count += selection.weigh(cursor, storage).is_some() as usize;
        cursor.step_val(storage);
    }
    count
}

impl<'a, C: Cursor + Clone> Walk<'a, C> {
    /// The next key of which there are vals, and their number up to `most`.
    fn next_counted<S>(&mut self, selection: &S, most: usize) -> Option<(CursorKeyRef<'a, C>, usize)>
    where
        S: Selection<C::Time, C::Diff>,
    {
        while let Some(key) = self.front_key() {
            let count = count(&mut self.front, self.storage, selection, most);
            self.front.step_key(self.storage);
            if count > 0 {
                return Some((key, count));
            }
        }
        None
    }

    /// As [`next_counted`](Walk::next_counted), from the back.
    fn next_back_counted<S>(&mut self, selection: &S, most: usize) -> Option<(CursorKeyRef<'a, C>, usize)>
    where
        S: Selection<C::Time, C::Diff>,
    {
        let storage = self.storage;
        while let Some((key, back)) = self.take_back() {
            let count = count(back, storage, selection, most);
            if count > 0 {
                return Some((key, count));
            }
        }
        None
    }
}

impl<C: Cursor + Clone, S: Clone> Clone for Keys<'_, C, S> {
    fn clone(&self) -> Self {
        Keys { walk: self.walk.clone(), selection: self.selection.clone() }
    }
}

impl<C: Cursor, S> std::fmt::Debug for Keys<'_, C, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

impl<'a, C, S> Iterator for Keys<'a, C, S>
where
    C: Cursor + Clone,
    S: Selection<C::Time, C::Diff>,
{
    type Item = CursorKeyRef<'a, C>;

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.next_counted(&self.selection, 1).map(|(key, _)| key)
    }
    fn last(mut self) -> Option<Self::Item> {
        self.next_back()
    }
}

impl<C, S> DoubleEndedIterator for Keys<'_, C, S>
where
    C: Cursor + Clone,
    S: Selection<C::Time, C::Diff>,
{
    fn next_back(&mut self) -> Option<Self::Item> {
        self.walk.next_back_counted(&self.selection, 1).map(|(key, _)| key)
    }
}

impl<C: Cursor + Clone, S: Selection<C::Time, C::Diff>> FusedIterator for Keys<'_, C, S> {}

impl<C: Cursor + Clone, S: Clone> Clone for Counts<'_, C, S> {
    fn clone(&self) -> Self {
        Counts { walk: self.walk.clone(), selection: self.selection.clone() }
    }
}

impl<C: Cursor, S> std::fmt::Debug for Counts<'_, C, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counts")
    }
}

impl<'a, C, S> Iterator for Counts<'a, C, S>
where
    C: Cursor + Clone,
    S: Selection<C::Time, C::Diff>,
{
    type Item = (CursorKeyRef<'a, C>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.next_counted(&self.selection, usize::MAX)
    }
    fn last(mut self) -> Option<Self::Item> {
        self.next_back()
    }
}

impl<C, S> DoubleEndedIterator for Counts<'_, C, S>
where
    C: Cursor + Clone,
    S: Selection<C::Time, C::Diff>,
{
    fn next_back(&mut self) -> Option<Self::Item> {
        self.walk.next_back_counted(&self.selection, usize::MAX)
    }
}

impl<C: Cursor + Clone, S: Selection<C::Time, C::Diff>> FusedIterator for Counts<'_, C, S> {}
