//! A range of keys, gone through from both ends.

use crate::{Cursor, CursorKeyRef, IntoOwned};

/// A cursor at each end of a range of keys.
pub(super) struct Walk<'a, C: Cursor> {
    pub(super) storage: &'a C::Storage,
    /// At the first key that is left, or beyond `end`.
    pub(super) front: C,
    /// At `end`, or past the last key; made when it is first asked for.
    pub(super) back: Option<C>,
    /// The first key beyond the range, which shrinks by what is taken from the back.
    pub(super) end: Option<CursorKeyRef<'a, C>>,
}

impl<C: Cursor + Clone> Clone for Walk<'_, C> {
    fn clone(&self) -> Self {
        Walk { storage: self.storage, front: self.front.clone(), back: self.back.clone(), end: self.end }
    }
}

impl<'a, C: Cursor + Clone> Walk<'a, C> {
    /// All keys from where a cursor is.
    pub(super) fn new(front: C, storage: &'a C::Storage) -> Self {
        Walk { storage, front, back: None, end: None }
    }

    /// Whether a key lies before the end.
    #[inline]
    pub(super) fn is_before_end(&self, key: CursorKeyRef<'_, C>) -> bool {
        self.end.is_none_or(|end| C::Key::reborrow(key) < C::Key::reborrow(end))
    }

    /// Whether a key is one of those that are left.
    pub(super) fn contains(&self, key: CursorKeyRef<'_, C>) -> bool {
        let first = self.front.get_key(self.storage);
        first.is_some_and(|first| C::Key::reborrow(first) <= C::Key::reborrow(key)) && self.is_before_end(key)
    }

    /// The first key that is left.
    #[inline]
    pub(super) fn front_key(&self) -> Option<CursorKeyRef<'a, C>> {
        self.front.get_key(self.storage).filter(|key| self.is_before_end(*key))
    }

    /// Lets the range end before a key, or where it does if that is earlier.
    pub(super) fn end_before(&mut self, end: Option<CursorKeyRef<'a, C>>) {
        if let Some(end) = end
            && self.is_before_end(end)
        {
            (self.end, self.back) = (Some(end), None);
        }
    }

    /// Takes the last key that is left, and moves the cursor at the back to it.
    pub(super) fn take_back(&mut self) -> Option<(CursorKeyRef<'a, C>, &mut C)> {
        let first = self.front.get_key(self.storage)?;
        let (front, storage, end) = (&self.front, self.storage, self.end);
        let back = self.back.get_or_insert_with(|| {
            let mut back = front.clone();
            match end {
                Some(end) => back.seek_key(storage, C::Key::reborrow(end)),
                None => back.end_keys(storage),
            }
            back
        });
        if !back.step_key_back(storage) {
            return None;
        }
        let key = back.get_key(storage).filter(|key| C::Key::reborrow(*key) >= C::Key::reborrow(first))?;
        self.end = Some(key);
        Some((key, back))
    }
}
