//! Several batches read as one.

use crate::cursor::{Cursor, CursorKeyRef, CursorValRef};
use crate::owned::IntoOwned;

/// A cursor over several storages that presents their union in order.
///
/// The cursors that are not at the least key wait in a heap, as do, of those that are, the ones that are not at the
/// least val. A step so costs `O(m log n)` comparisons, for the `m` cursors that move of `n` in all, and a key held by
/// one batch of many costs no look at the others.
///
/// Every update of each storage is visited, so the times of one pair may come from several storages: they may repeat
/// and may sum to zero.
#[derive(Clone, Debug)]
pub struct CursorList<C> {
    cursors: Vec<C>,
    /// Cursors with a key beyond the least, as a heap.
    later_keys: Vec<usize>,
    /// Cursors at the least key.
    at_key: Vec<usize>,
    /// Of those, the ones with a val beyond the least, as a heap.
    later_vals: Vec<usize>,
    /// Of those, the ones at the least val.
    at_val: Vec<usize>,
}

impl<C: Cursor> CursorList<C> {
    /// One cursor made of many, each with the storage at the same index, and rewound.
    ///
    /// # Panics
    /// If there are not as many storages as cursors.
    pub fn new(cursors: Vec<C>, storage: &[C::Storage]) -> Self {
        assert_eq!(cursors.len(), storage.len(), "a cursor list needs a storage for each cursor");
        let n = cursors.len();
        let mut list = CursorList {
            cursors,
            later_keys: Vec::with_capacity(n),
            at_key: Vec::with_capacity(n),
            later_vals: Vec::with_capacity(n),
            at_val: Vec::with_capacity(n),
        };
        list.rewind(storage);
        list
    }

    fn rewind(&mut self, storage: &[C::Storage]) {
        self.later_keys.clear();
        self.at_key.clear();
        for index in 0..self.cursors.len() {
            self.cursors[index].rewind_keys(&storage[index]);
            self.await_key(storage, index);
        }
        self.least_keys(storage);
    }

    /// Puts a cursor among those that wait, if it has a key.
    fn await_key(&mut self, storage: &[C::Storage], index: usize) {
        let CursorList { cursors, later_keys, .. } = self;
        if cursors[index].key_valid(&storage[index]) {
            push_heap(later_keys, index, |a, b| key_less(cursors, storage, a, b));
        }
    }

    fn await_val(&mut self, storage: &[C::Storage], index: usize) {
        let CursorList { cursors, later_vals, .. } = self;
        if cursors[index].val_valid(&storage[index]) {
            push_heap(later_vals, index, |a, b| val_less(cursors, storage, a, b));
        }
    }

    /// Takes those at the least key from the heap. None may be at a key before.
    fn least_keys(&mut self, storage: &[C::Storage]) {
        let CursorList { cursors, later_keys, at_key, .. } = self;
        let less = |a, b| key_less(cursors, storage, a, b);
        debug_assert!(at_key.is_empty());
        while let Some(&top) = later_keys.first() {
            // What is at the top is not less than what was taken.
            if at_key.first().is_some_and(|&first| less(first, top)) {
                break;
            }
            at_key.push(pop_heap(later_keys, less));
        }
        self.first_vals(storage);
    }

    /// Finds those at the least val, the cursors at the least key being anywhere among their vals.
    fn first_vals(&mut self, storage: &[C::Storage]) {
        self.later_vals.clear();
        self.at_val.clear();
        if let [index] = self.at_key[..] {
            if self.cursors[index].val_valid(&storage[index]) {
                self.at_val.push(index);
            }
            return;
        }
        for at in 0..self.at_key.len() {
            self.await_val(storage, self.at_key[at]);
        }
        self.least_vals(storage);
    }

    fn least_vals(&mut self, storage: &[C::Storage]) {
        let CursorList { cursors, later_vals, at_val, .. } = self;
        let less = |a, b| val_less(cursors, storage, a, b);
        debug_assert!(at_val.is_empty());
        while let Some(&top) = later_vals.first() {
            if at_val.first().is_some_and(|&first| less(first, top)) {
                break;
            }
            at_val.push(pop_heap(later_vals, less));
        }
    }
}

impl<C: Cursor> Cursor for CursorList<C> {
    type Key = C::Key;
    type Val = C::Val;
    type Time = C::Time;
    type Diff = C::Diff;
    type Storage = Vec<C::Storage>;

    fn key_valid(&self, _: &Self::Storage) -> bool {
        !self.at_key.is_empty()
    }

    fn val_valid(&self, _: &Self::Storage) -> bool {
        !self.at_val.is_empty()
    }

    fn get_key<'a>(&self, storage: &'a Self::Storage) -> Option<CursorKeyRef<'a, Self>> {
        self.at_key.first().and_then(|&index| self.cursors[index].get_key(&storage[index]))
    }

    fn get_val<'a>(&self, storage: &'a Self::Storage) -> Option<CursorValRef<'a, Self>> {
        self.at_val.first().and_then(|&index| self.cursors[index].get_val(&storage[index]))
    }

    fn map_times(&mut self, storage: &Self::Storage, mut logic: impl FnMut(&C::Time, &C::Diff)) {
        for &index in &self.at_val {
            self.cursors[index].map_times(&storage[index], &mut logic);
        }
    }

    fn step_key(&mut self, storage: &Self::Storage) {
        if let [index] = self.at_key[..] {
            // One cursor that stays the least, or takes the place of the least that waits, needs no search from the end.
            let CursorList { cursors, later_keys, at_key, .. } = self;
            cursors[index].step_key(&storage[index]);
            if cursors[index].key_valid(&storage[index]) {
                let less = |a, b| key_less(cursors, storage, a, b);
                match later_keys.first() {
                    Some(&top) if !less(index, top) => {
                        later_keys[0] = index;
                        sink_heap(later_keys, less);
                        at_key[0] = top;
                        while let Some(&next) = later_keys.first()
                            && !less(top, next)
                        {
                            at_key.push(pop_heap(later_keys, less));
                        }
                    }
                    _ => {}
                }
                self.first_vals(storage);
                return;
            }
            at_key.clear();
        }
        while let Some(index) = self.at_key.pop() {
            self.cursors[index].step_key(&storage[index]);
            self.await_key(storage, index);
        }
        self.least_keys(storage);
    }

    fn seek_key(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>) {
        let before = |at: CursorKeyRef<'_, C>| C::Key::reborrow(at) < C::Key::reborrow(key);
        match self.get_key(storage) {
            Some(at) if before(at) => {
                while let Some(index) = self.at_key.pop() {
                    self.cursors[index].seek_key(&storage[index], C::Key::reborrow(key));
                    self.await_key(storage, index);
                }
                while let Some(&top) = self.later_keys.first() {
                    if !before(self.cursors[top].key(&storage[top])) {
                        break;
                    }
                    let CursorList { cursors, later_keys, .. } = self;
                    pop_heap(later_keys, |a, b| key_less(cursors, storage, a, b));
                    self.cursors[top].seek_key(&storage[top], C::Key::reborrow(key));
                    self.await_key(storage, top);
                }
                self.least_keys(storage);
            }
            _ => self.rewind_vals(storage),
        }
    }

    fn step_val(&mut self, storage: &Self::Storage) {
        if let ([index], []) = (&self.at_val[..], &self.later_vals[..]) {
            let index = *index;
            self.cursors[index].step_val(&storage[index]);
            if !self.cursors[index].val_valid(&storage[index]) {
                self.at_val.clear();
            }
            return;
        }
        while let Some(index) = self.at_val.pop() {
            self.cursors[index].step_val(&storage[index]);
            self.await_val(storage, index);
        }
        self.least_vals(storage);
    }

    fn seek_val(&mut self, storage: &Self::Storage, val: CursorValRef<'_, Self>) {
        let before = |at: CursorValRef<'_, C>| C::Val::reborrow(at) < C::Val::reborrow(val);
        if !self.get_val(storage).is_some_and(before) {
            return;
        }
        while let Some(index) = self.at_val.pop() {
            self.cursors[index].seek_val(&storage[index], C::Val::reborrow(val));
            self.await_val(storage, index);
        }
        while let Some(&top) = self.later_vals.first() {
            if !before(self.cursors[top].val(&storage[top])) {
                break;
            }
            let CursorList { cursors, later_vals, .. } = self;
            pop_heap(later_vals, |a, b| val_less(cursors, storage, a, b));
            self.cursors[top].seek_val(&storage[top], C::Val::reborrow(val));
            self.await_val(storage, top);
        }
        self.least_vals(storage);
    }

    fn rewind_keys(&mut self, storage: &Self::Storage) {
        self.rewind(storage);
    }

    fn rewind_vals(&mut self, storage: &Self::Storage) {
        for &index in &self.at_key {
            self.cursors[index].rewind_vals(&storage[index]);
        }
        self.first_vals(storage);
    }
}

fn key_less<C: Cursor>(cursors: &[C], storage: &[C::Storage], a: usize, b: usize) -> bool {
    C::Key::reborrow(cursors[a].key(&storage[a])) < C::Key::reborrow(cursors[b].key(&storage[b]))
}

fn val_less<C: Cursor>(cursors: &[C], storage: &[C::Storage], a: usize, b: usize) -> bool {
    C::Val::reborrow(cursors[a].val(&storage[a])) < C::Val::reborrow(cursors[b].val(&storage[b]))
}

/// Adds to a binary heap whose least element comes first.
///
/// The standard library's heap owns its order; ours depends on storage that each call brings along.
fn push_heap(heap: &mut Vec<usize>, index: usize, less: impl Fn(usize, usize) -> bool) {
    let mut at = heap.len();
    heap.push(index);
    while at > 0 && less(heap[at], heap[(at - 1) / 2]) {
        heap.swap(at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

/// Removes the least element of a heap that is not empty.
fn pop_heap(heap: &mut Vec<usize>, less: impl Fn(usize, usize) -> bool) -> usize {
    let least = heap.swap_remove(0);
    sink_heap(heap, less);
    least
}

/// Restores a heap whose first element may be too great for its place.
fn sink_heap(heap: &mut [usize], less: impl Fn(usize, usize) -> bool) {
    let mut at = 0;
    loop {
        let mut child = 2 * at + 1;
        if child + 1 < heap.len() && less(heap[child + 1], heap[child]) {
            child += 1;
        }
        if child >= heap.len() || !less(heap[child], heap[at]) {
            return;
        }
        heap.swap(at, child);
        at = child;
    }
}
