//! Many keys, looked up in any order.

use super::probe::Probe;
use super::selection::Selection;
use super::walk::Walk;
use crate::cursor::SOUGHT;
use crate::{Cursor, CursorKey, CursorValRef, IntoOwned};
use std::borrow::Cow;
use std::collections::VecDeque;

/// The vals of many keys: for each the index of the key among those asked for, the val, and what there is.
///
/// Keys come in the order in which they were asked for. A few of them are read at a time from the iterator that brings them,
/// and found together; their vals wait in memory.
pub struct Lookup<'a, C: Cursor, S: Selection<C::Time, C::Diff>, I: Iterator> {
    walk: Walk<'a, C>,
    /// Goes from key to key.
    cursor: C,
    selection: S,
    keys: I,
    /// The keys that are sought together, and how many came before them.
    sought: Vec<I::Item>,
    before: usize,
    found: VecDeque<(usize, CursorValRef<'a, C>, S::Item)>,
}

impl<'a, 'q, C, S, I, Q> Lookup<'a, C, S, I>
where
    C: Cursor + Clone,
    S: Selection<C::Time, C::Diff>,
    I: Iterator<Item = &'q Q>,
    Q: Probe<CursorKey<C>> + ?Sized + 'q,
{
    pub(super) fn new(walk: Walk<'a, C>, selection: S, keys: I) -> Self {
        let cursor = walk.front.clone();
        Lookup { walk, cursor, selection, keys, sought: Vec::new(), before: 0, found: VecDeque::new() }
    }

    /// Finds the next few keys. Returns `false` if there are no more.
    fn find(&mut self) -> bool {
        let Lookup { walk, cursor, selection, keys, sought, before, found } = self;
        *before += sought.len();
        sought.clear();
        sought.extend(keys.take(SOUGHT));
        let targets: Vec<Cow<'_, CursorKey<C>>> = sought.iter().map(|key| Q::probe(key)).collect();
        let storage = walk.storage;
        cursor.find_keys(storage, targets.iter().map(|key| C::Key::borrow_as(key)), |index, cursor| {
            if !cursor.get_key(storage).is_some_and(|key| walk.contains(key)) {
                return;
            }
            while let Some(val) = cursor.get_val(storage) {
                if let Some(item) = selection.weigh(cursor, storage) {
                    found.push_back((*before + index, val, item));
                }
                cursor.step_val(storage);
            }
        });
        !sought.is_empty()
    }
}

impl<C: Cursor, S: Selection<C::Time, C::Diff>, I: Iterator> std::fmt::Debug for Lookup<'_, C, S, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookup").field("found", &self.found.len()).finish_non_exhaustive()
    }
}

impl<'a, 'q, C, S, I, Q> Iterator for Lookup<'a, C, S, I>
where
    C: Cursor + Clone,
    S: Selection<C::Time, C::Diff>,
    I: Iterator<Item = &'q Q>,
    Q: Probe<CursorKey<C>> + ?Sized + 'q,
{
    type Item = (usize, CursorValRef<'a, C>, S::Item);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(found) = self.found.pop_front() {
                return Some(found);
            }
            if !self.find() {
                return None;
            }
        }
    }
}
