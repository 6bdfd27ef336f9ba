//! Keys and vals in order, in parts if need be.

use super::selection::Selection;
use super::walk::Walk;
use crate::{Cursor, CursorKey, CursorKeyRef, CursorVal, CursorValRef, IntoOwned};
use std::iter::FusedIterator;

/// A key and val at which reading goes on: plain data, to be kept and sent.
///
/// It names what comes next and no place in memory. So it is good for the same contents and for later ones, even if the
/// key or val is gone by then.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bookmark<K, V> {
    /// The key.
    pub key: K,
    /// The val.
    pub val: V,
}

/// Keys and vals for which there is something, each with what there is, from either end.
///
/// An item costs a step and a look at the updates of each pair of key and val, up to the next that is shown.
///
/// Reading can be cut in parts: [`with_budget`](Rows::with_budget) bounds how many pairs are looked at, shown or not, and
/// [`bookmark`](Rows::bookmark) says where to go on, without a second look at what was read.
///
/// ```
#[doc = include_str!("example.txt")]
/// let contents = snapshot.view().as_of(&2)?;
/// let mut rows = contents.rows().with_budget(2);
/// let mut pages = vec![rows.by_ref().count()];
/// while let Some(bookmark) = rows.bookmark() {
///     rows = contents.rows().resume(&bookmark).with_budget(2);
///     pages.push(rows.by_ref().count());
/// }
/// // Pairs that come to nothing, as those of apple at 3 and peach at 9, use up the budget too.
/// assert_eq!(pages, [1, 1, 2]);
/// # Ok::<(), arrangement::trace::ReadError<u64>>(())
/// ```
pub struct Rows<'a, C: Cursor, S> {
    /// The keys. The front is at the next pair, or past the last key.
    walk: Walk<'a, C>,
    /// The key at the back, whose vals are being read, and the first of them that is no longer left.
    tail: Option<(CursorKeyRef<'a, C>, Option<CursorValRef<'a, C>>)>,
    /// How many pairs may be looked at.
    budget: usize,
    selection: S,
}

impl<'a, C: Cursor + Clone, S> Rows<'a, C, S> {
    pub(super) fn new(walk: Walk<'a, C>, selection: S) -> Self {
        let mut rows = Rows { walk, tail: None, budget: usize::MAX, selection };
        rows.find_val();
        rows
    }

    /// The rows, ending when so many pairs of key and val were looked at, from both ends together. What is left can be read
    /// with another budget, here or later.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let mut rows = snapshot.view().as_of(&2)?.rows().with_budget(2);
    /// assert_eq!(rows.by_ref().count(), 1);
    /// assert_eq!(rows.with_budget(usize::MAX).count(), 3);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    #[must_use]
    pub fn with_budget(mut self, pairs: usize) -> Self {
        self.budget = pairs;
        self
    }

    /// How many pairs may still be looked at.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let mut rows = snapshot.view().as_of(&2)?.rows().with_budget(5);
    /// // The price of 3, which apples have no longer, and that of 4.
    /// assert_eq!(rows.next(), Some((&"apple".to_string(), &4, 1)));
    /// assert_eq!(rows.budget(), 3);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// The next pair to be looked at from the front, `None` if none is left.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let mut rows = snapshot.view().as_of(&1)?.prefix("pe").rows();
    /// assert_eq!(rows.bookmark().unwrap().key, "peach");
    /// assert_eq!(rows.by_ref().count(), 2);
    /// assert_eq!(rows.bookmark(), None);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn bookmark(&self) -> Option<Bookmark<CursorKey<C>, CursorVal<C>>> {
        self.front().map(|(key, val)| Bookmark { key: C::Key::into_owned(key), val: C::Val::into_owned(val) })
    }

    /// The next pair to be looked at from the back, `None` if none is left. Costs a copy of the cursors.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let rows = snapshot.view().as_of(&2)?.rows();
    /// assert_eq!(rows.bookmark_back().unwrap().key, "plum");
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    pub fn bookmark_back(&self) -> Option<Bookmark<CursorKey<C>, CursorVal<C>>>
    where
        S: Clone,
    {
        let pair = self.clone().step_back();
        pair.map(|(key, val)| Bookmark { key: C::Key::into_owned(key), val: C::Val::into_owned(val) })
    }

    /// The rows from a bookmark on, or from where they begin if that comes later. Costs a seek.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// use arrangement::trace::Bookmark;
    ///
    /// // It need not be there.
    /// let bookmark = Bookmark { key: "pear".to_string(), val: 6 };
    /// for time in [1, 2] {
    ///     let rest = snapshot.view().as_of(&time)?.rows().resume(&bookmark);
    ///     println!("as of {time}: {:?}", rest.collect::<Vec<_>>());
    /// }
    /// # assert_eq!(snapshot.view().as_of(&1)?.rows().resume(&bookmark).count(), 1);
    /// # assert_eq!(snapshot.view().as_of(&2)?.rows().resume(&bookmark).count(), 2);
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    #[must_use]
    pub fn resume(mut self, bookmark: &Bookmark<CursorKey<C>, CursorVal<C>>) -> Self {
        let Walk { front, storage, .. } = &mut self.walk;
        let key = C::Key::borrow_as(&bookmark.key);
        if front.get_key(storage).is_some_and(|at| C::Key::reborrow(at) < C::Key::reborrow(key)) {
            front.seek_key(storage, C::Key::reborrow(key));
        }
        if front.get_key(storage).is_some_and(|at| C::Key::reborrow(at) == C::Key::reborrow(key)) {
            front.seek_val(storage, C::Val::borrow_as(&bookmark.val));
        }
        self.find_val();
        self
    }

    /// The rows up to a bookmark, with it, or to where they end if that comes before. Costs a seek. This is how reading from
    /// the back goes on.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let contents = snapshot.view().as_of(&2)?;
    /// let mut rows = contents.rows().with_budget(2);
    /// assert_eq!(rows.next_back(), Some((&"plum".to_string(), &7, 1)));
    /// let bookmark = rows.bookmark_back().unwrap();
    /// assert_eq!((bookmark.key.as_str(), bookmark.val), ("pear", 6));
    /// let mut rest = contents.rows().resume_back(&bookmark);
    /// assert_eq!(rest.next_back(), Some((&"pear".to_string(), &6, 2)));
    /// # Ok::<(), arrangement::trace::ReadError<u64>>(())
    /// ```
    #[must_use]
    pub fn resume_back(mut self, bookmark: &Bookmark<CursorKey<C>, CursorVal<C>>) -> Self {
        let storage = self.walk.storage;
        let (key, val) = (C::Key::borrow_as(&bookmark.key), C::Val::borrow_as(&bookmark.val));
        let mut back = self.walk.front.clone();
        back.seek_key(storage, C::Key::reborrow(key));
        let Some(at) = back.get_key(storage).filter(|at| self.walk.is_before_end(*at)) else { return self };
        self.walk.end_before(Some(at));
        if C::Key::reborrow(at) == C::Key::reborrow(key) {
            back.seek_val(storage, C::Val::reborrow(val));
            if back.get_val(storage).is_some_and(|at| C::Val::reborrow(at) == C::Val::reborrow(val)) {
                back.step_val(storage);
            }
            self.tail = Some((at, back.get_val(storage)));
        } else {
            self.tail = None;
        }
        self.walk.back = Some(back);
        self
    }

    /// Moves the front from past the last val of a key to the next key.
    #[inline]
    fn find_val(&mut self) {
        let Walk { front, storage, .. } = &mut self.walk;
        while front.key_valid(storage) && !front.val_valid(storage) {
            front.step_key(storage);
        }
    }

    /// The next pair from the front.
    #[inline]
    fn front(&self) -> Option<(CursorKeyRef<'a, C>, CursorValRef<'a, C>)> {
        let Walk { front, storage, .. } = &self.walk;
        let (key, val) = (front.get_key(storage)?, front.get_val(storage)?);
        let is_left = self.walk.is_before_end(key)
            || self.tail.is_some_and(|(last, end)| {
                C::Key::reborrow(last) == C::Key::reborrow(key)
                    && end.is_none_or(|end| C::Val::reborrow(val) < C::Val::reborrow(end))
            });
        is_left.then_some((key, val))
    }

    /// Moves the back to the next pair from there.
    fn step_back(&mut self) -> Option<(CursorKeyRef<'a, C>, CursorValRef<'a, C>)> {
        let storage = self.walk.storage;
        let (first, first_val) = (self.walk.front.get_key(storage)?, self.walk.front.get_val(storage)?);
        loop {
            if let (Some((key, end)), Some(back)) = (&mut self.tail, &mut self.walk.back)
                && back.step_val_back(storage)
            {
                let val = back.get_val(storage)?;
                let order = C::Key::reborrow(*key).cmp(&C::Key::reborrow(first));
                if order.then_with(|| C::Val::reborrow(val).cmp(&C::Val::reborrow(first_val))).is_lt() {
                    return None;
                }
                *end = Some(val);
                return Some((*key, val));
            }
            self.tail = None;
            let (key, back) = self.walk.take_back()?;
            back.end_vals(storage);
            self.tail = Some((key, None));
        }
    }
}

impl<C: Cursor + Clone, S: Clone> Clone for Rows<'_, C, S> {
    fn clone(&self) -> Self {
        Rows {
            walk: self.walk.clone(),
            tail: self.tail,
            budget: self.budget,
            selection: self.selection.clone(),
        }
    }
}

impl<C: Cursor, S> std::fmt::Debug for Rows<'_, C, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("budget", &self.budget).finish_non_exhaustive()
    }
}

impl<'a, C, S> Iterator for Rows<'a, C, S>
where
    C: Cursor + Clone,
    S: Selection<C::Time, C::Diff>,
{
    type Item = (CursorKeyRef<'a, C>, CursorValRef<'a, C>, S::Item);

    fn next(&mut self) -> Option<Self::Item> {
        while self.budget > 0 {
            let (key, val) = self.front()?;
            self.budget -= 1;
            let item = self.selection.weigh(&mut self.walk.front, self.walk.storage);
            self.walk.front.step_val(self.walk.storage);
            self.find_val();
            if let Some(item) = item {
                return Some((key, val, item));
            }
        }
        None
    }
    fn last(mut self) -> Option<Self::Item> {
        self.next_back()
    }
}

impl<C, S> DoubleEndedIterator for Rows<'_, C, S>
where
    C: Cursor + Clone,
    S: Selection<C::Time, C::Diff>,
{
    fn next_back(&mut self) -> Option<Self::Item> {
        while self.budget > 0 {
            let (key, val) = self.step_back()?;
            self.budget -= 1;
            let back = self.walk.back.as_mut()?;
            if let Some(item) = self.selection.weigh(back, self.walk.storage) {
                return Some((key, val, item));
            }
        }
        None
    }
}

impl<C: Cursor + Clone, S: Selection<C::Time, C::Diff>> FusedIterator for Rows<'_, C, S> {}
