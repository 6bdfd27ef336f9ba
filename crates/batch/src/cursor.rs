//! Reading a batch.

use crate::filter;
use crate::ord::OrdStorage;
use crate::vals::{NoVals, ValLevel, Vals};
use arrangement_container::layout::KeyRef;
use arrangement_container::{BatchContainer, Layout, SortWords, UpdateLevel};
use arrangement_trace::{Cursor, CursorKeyRef, CursorValRef, IntoOwned, Storage, Window, Words};
use std::fmt;
use std::hint::{cold_path, select_unpredictable};
use std::marker::PhantomData;
use std::ops::Range;

/// Where a cursor is: plain data, to be kept, compared, and resumed on the same storage.
///
/// Positions order as what they point to.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The index of the key; that of the last and one more, past the last.
    pub key: usize,
    /// The index of the val among those of the key.
    pub val: usize,
}

/// A key at this distance or nearer is sought by looking at keys, one further by the index.
const NEAR: usize = 64;
/// So many keys at once are counted, if they are less than one that is sought.
const COUNTED: usize = 16;
/// Windows that are searched by halves are no wider.
const HALVED: usize = 256;
/// Where the vals of a key end, while nobody looked that up: nowhere, as each key has one, so that a val is known to be
/// there by a single comparison.
const UNKNOWN: usize = 0;

/// A cursor over an [`OrdStorage`].
///
/// It is a [`Position`], with the bounds of the key's vals once they are known: seeking a key looks at keys only, and where
/// its vals begin is looked up when they are asked for.
pub struct OrdCursor<L, V> {
    key: usize,
    /// The val, and where those of the key end, both counted among all of the storage. If they are
    /// [`UNKNOWN`], the val is counted among those of the key.
    val: usize,
    vals_end: usize,
    /// Where the vals of the key begin, if their end is known.
    vals_start: usize,
    _storage: PhantomData<fn() -> (L, V)>,
}

/// A cursor over keys with vals.
pub type OrdValCursor<L> = OrdCursor<L, Vals<<L as Layout>::Val>>;
/// A cursor over keys alone. Its val is `&()`.
pub type OrdKeyCursor<L> = OrdCursor<L, NoVals>;

impl<L, V> OrdCursor<L, V> {
    /// Where the cursor is.
    pub fn position(&self) -> Position {
        let val = if self.vals_end == UNKNOWN { self.val } else { self.val - self.vals_start };
        Position { key: self.key, val }
    }

    /// Moves to a position, which [`position`](OrdCursor::position) gave on the same storage. One that lies beyond is as
    /// one past the last key.
    pub fn resume(&mut self, position: Position) {
        *self = OrdCursor::at(position);
    }

    fn at(position: Position) -> Self {
        let Position { key, val } = position;
        OrdCursor { key, val, vals_end: UNKNOWN, vals_start: 0, _storage: PhantomData }
    }
}

impl<L, V> Default for OrdCursor<L, V> {
    fn default() -> Self {
        OrdCursor::at(Position::default())
    }
}

impl<L, V> Clone for OrdCursor<L, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L, V> Copy for OrdCursor<L, V> {}

impl<L, V> fmt::Debug for OrdCursor<L, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OrdCursor").field(&self.position()).finish()
    }
}

impl<L: Layout, V: ValLevel<L::Val>> OrdCursor<L, V> {
    /// What is left of the key's vals, among all of the storage; nothing, if there is no key.
    #[inline(always)]
    fn vals(&self, storage: &OrdStorage<L, V>) -> Range<usize> {
        if self.val < self.vals_end {
            return self.val..self.vals_end;
        }
        if self.vals_end != UNKNOWN || self.key >= storage.keys.len() {
            return 0..0;
        }
        // Steps know the bounds: what is worked out here must not be worked out beforehand for them.
        cold_path();
        let bounds = storage.vals.bounds(self.key);
        bounds.start.saturating_add(self.val).min(bounds.end)..bounds.end
    }

    /// Looks up the bounds of the key's vals, if there is a key.
    #[inline(always)]
    fn find_vals(&mut self, storage: &OrdStorage<L, V>) {
        if self.vals_end == UNKNOWN && self.key < storage.keys.len() {
            let bounds = storage.vals.bounds(self.key);
            self.val = bounds.start.saturating_add(self.val).min(bounds.end);
            (self.vals_start, self.vals_end) = (bounds.start, bounds.end);
        }
    }

    /// The first key not less than `key`, if it is found without the index: near the cursor, or because there is none.
    #[inline(always)]
    fn find_near(&self, storage: &OrdStorage<L, V>, key: KeyRef<'_, L>) -> Option<usize> {
        // Seeks of keys in no order start from a cursor that was rewound, and nothing is near.
        let far = self.key == 0 && storage.index.is_made();
        if far { None } else { self.find_near_here(storage, key) }
    }

    /// See [`find_near`](OrdCursor::find_near).
    #[inline(never)]
    fn find_near_here(&self, storage: &OrdStorage<L, V>, key: KeyRef<'_, L>) -> Option<usize> {
        let keys = storage.keys.len();
        let end = if storage.index.is_made() { self.key.saturating_add(NEAR).min(keys) } else { keys };
        let found = match <L::Words as SortWords<L::Key>>::kind() {
            Words::Exact => gallop_by_counting::<L::Key, L::Words>(&storage.keys, self.key, end, key),
            _ => storage.keys.gallop(self.key, end, key),
        };
        (found < end || end >= keys).then_some(found)
    }

    /// Where the index says that the first key not less than `key` is, from the cursor on.
    #[inline(always)]
    fn window_of_index(&self, storage: &OrdStorage<L, V>, key: KeyRef<'_, L>) -> Window {
        let window = storage.index.window::<L::Key, L::Words>(storage.keys.len(), key);
        let lo = window.lo.max(self.key);
        Window { lo, hi: window.hi.max(lo), guess: window.guess.max(lo), ..window }
    }

    /// Moves to a key, and to its first val.
    #[inline(always)]
    fn set_key(&mut self, key: usize) {
        *self = OrdCursor::at(Position { key, val: 0 });
    }
}

impl<L: Layout, V: ValLevel<L::Val>> Cursor for OrdCursor<L, V> {
    type Key = L::Key;
    type Val = V::Vals;
    type Time = L::Time;
    type Diff = L::Diff;
    type Storage = OrdStorage<L, V>;

    #[inline(always)]
    fn key_valid(&self, storage: &Self::Storage) -> bool {
        self.key < storage.keys.len()
    }
    #[inline(always)]
    fn val_valid(&self, storage: &Self::Storage) -> bool {
        !self.vals(storage).is_empty()
    }
    #[inline(always)]
    fn get_key<'a>(&self, storage: &'a Self::Storage) -> Option<CursorKeyRef<'a, Self>> {
        self.key_valid(storage).then(|| storage.keys.index(self.key))
    }
    #[inline(always)]
    fn get_val<'a>(&self, storage: &'a Self::Storage) -> Option<CursorValRef<'a, Self>> {
        let vals = self.vals(storage);
        (!vals.is_empty()).then(|| storage.vals.vals().index(vals.start))
    }
    #[inline(always)]
    fn map_times(&mut self, storage: &Self::Storage, logic: impl FnMut(&L::Time, &L::Diff)) {
        let vals = self.vals(storage);
        if !vals.is_empty() {
            storage.updates.for_each_of(vals.start, logic);
        }
    }
    #[inline(always)]
    fn step_key(&mut self, storage: &Self::Storage) {
        let keys = storage.keys.len();
        if self.key < keys && self.key + 1 < keys {
            // Stepping goes on to the vals, so their bounds are looked up at once.
            self.key += 1;
            let bounds = storage.vals.bounds(self.key);
            (self.val, self.vals_start, self.vals_end) = (bounds.start, bounds.start, bounds.end);
        } else {
            self.set_key(keys);
        }
    }
    #[inline]
    fn seek_key(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>) {
        if let Some(found) = self.find_near(storage, L::Key::reborrow(key)) {
            return self.set_key(found);
        }
        let window = self.window_of_index(storage, L::Key::reborrow(key));
        if self.key == 0 && <L::Words as SortWords<L::Key>>::kind() == Words::Lossy {
            // Far from where the cursor is: what is searched by halves had better come at once.
            std::hint::black_box(self.touch(storage, &window));
        }
        self.seek_key_within(storage, key, window);
    }
    #[inline(always)]
    fn step_val(&mut self, storage: &Self::Storage) {
        if self.val < self.vals_end {
            self.val += 1;
        } else if self.vals_end == UNKNOWN {
            self.find_vals(storage);
            self.val += (self.val < self.vals_end) as usize;
        }
    }
    #[inline]
    fn seek_val(&mut self, storage: &Self::Storage, val: CursorValRef<'_, Self>) {
        self.find_vals(storage);
        if self.vals_end != UNKNOWN {
            self.val = storage.vals.vals().gallop(self.val, self.vals_end, val);
        }
    }
    #[inline]
    fn rewind_keys(&mut self, _: &Self::Storage) {
        self.set_key(0);
    }
    #[inline]
    fn rewind_vals(&mut self, _: &Self::Storage) {
        self.set_key(self.key);
    }
    #[inline]
    fn step_key_back(&mut self, storage: &Self::Storage) -> bool {
        let key = self.key.min(storage.keys.len());
        self.set_key(key.saturating_sub(1));
        key > 0
    }
    #[inline]
    fn end_keys(&mut self, storage: &Self::Storage) {
        self.set_key(storage.keys.len());
    }
    #[inline]
    fn step_val_back(&mut self, storage: &Self::Storage) -> bool {
        self.find_vals(storage);
        let moves = self.vals_end != UNKNOWN && self.val > self.vals_start;
        self.val -= moves as usize;
        moves
    }
    #[inline]
    fn end_vals(&mut self, storage: &Self::Storage) {
        self.find_vals(storage);
        if self.vals_end != UNKNOWN {
            self.val = self.vals_end;
        }
    }
    #[inline]
    fn skip_keys_while(&mut self, storage: &Self::Storage, before: impl Fn(CursorKeyRef<'_, Self>) -> bool) {
        let end = storage.keys.len();
        self.set_key(storage.keys.advance(self.key.min(end), end, before));
    }
    #[inline]
    fn skip_vals_while(&mut self, storage: &Self::Storage, before: impl Fn(CursorValRef<'_, Self>) -> bool) {
        self.find_vals(storage);
        if self.vals_end != UNKNOWN {
            self.val = storage.vals.vals().advance(self.val, self.vals_end, before);
        }
    }
    #[inline]
    fn visit_key(
        &mut self,
        storage: &Self::Storage,
        mut logic: impl FnMut(CursorValRef<'_, Self>, &L::Time, &L::Diff),
    ) {
        self.find_vals(storage);
        if self.vals_end != UNKNOWN {
            let vals = storage.vals.vals();
            storage.updates.for_each_val(self.val..self.vals_end, |val, time, diff| {
                logic(vals.index(val), time, diff);
            });
            self.val = self.vals_end;
        }
    }
    #[inline(always)]
    fn visit_step(
        &mut self,
        storage: &Self::Storage,
        mut logic: impl FnMut(CursorKeyRef<'_, Self>, CursorValRef<'_, Self>, &L::Time, &L::Diff),
    ) {
        let OrdStorage { keys, vals, updates, .. } = storage;
        if self.key < keys.len() {
            let key = keys.index(self.key);
            for val in self.vals(storage) {
                updates.for_each_of(val, |time, diff| {
                    logic(L::Key::reborrow(key), vals.vals().index(val), time, diff);
                });
            }
            self.step_key(storage);
        }
    }
    #[inline]
    fn visit(
        &mut self,
        storage: &Self::Storage,
        mut logic: impl FnMut(CursorKeyRef<'_, Self>, CursorValRef<'_, Self>, &L::Time, &L::Diff),
    ) {
        let OrdStorage { keys, vals, updates, .. } = storage;
        self.visit_step(storage, &mut logic);
        let rest = self.key.min(keys.len())..keys.len();
        self.set_key(keys.len());
        if vals.vals().len() == keys.len() {
            // One val a key, at the position of the key.
            updates.for_each_val(rest, |at, time, diff| {
                logic(keys.index(at), vals.vals().index(at), time, diff)
            });
        } else {
            for key in rest {
                updates.for_each_val(vals.bounds(key), |val, time, diff| {
                    logic(keys.index(key), vals.vals().index(val), time, diff);
                });
            }
        }
    }
    #[inline]
    fn window(&self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>) -> Window {
        match self.find_near(storage, L::Key::reborrow(key)) {
            Some(found) => Window { lo: found, hi: found, guess: found, depth: 0 },
            None => self.window_of_index(storage, key),
        }
    }
    #[inline]
    fn touch(&self, storage: &Self::Storage, window: &Window) -> u64 {
        let keys = storage.keys.len();
        let word = |at: usize| match at < keys {
            true => <L::Words as SortWords<L::Key>>::word(storage.keys.index(at), 0),
            false => 0,
        };
        let Window { lo, hi, guess, .. } = *window;
        match <L::Words as SortWords<L::Key>>::kind() {
            // The block that is counted, of numbers, lies in three lines of the cache.
            Words::Exact => {
                let start = guess.saturating_sub(COUNTED / 2);
                word(start) ^ word(start + COUNTED / 2) ^ word(start + COUNTED - 1)
            }
            // What is searched by halves from the middle is read at its quarters too.
            _ => word(guess) ^ word((lo + guess) / 2) ^ word((guess + hi) / 2),
        }
    }
    #[inline(always)]
    fn seek_key_within(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>, window: Window) {
        let keys = &storage.keys;
        self.set_key(match <L::Words as SortWords<L::Key>>::kind() {
            Words::Exact => search_by_counting::<L::Key, L::Words>(keys, window, key),
            Words::Lossy if window.hi - window.lo <= HALVED => {
                search_by_words::<L::Key, L::Words>(keys, window, key)
            }
            _ => search_from(keys, window, key),
        });
    }
    #[inline]
    fn key_hash(key: CursorKeyRef<'_, Self>) -> Option<u64> {
        filter::hash::<L::Key, L::Words>(key)
    }
    #[inline]
    fn may_find(&self, storage: &Self::Storage, hash: u64) -> bool {
        let bytes = || storage.sizes().total().bytes_used;
        storage.filter.may_have::<L::Key, L::Words>(&storage.keys, bytes, hash)
    }
    #[inline]
    fn keys_ahead(&self, storage: &Self::Storage) -> Option<usize> {
        Some(storage.keys.len().saturating_sub(self.key))
    }
    #[inline]
    fn key_ahead<'a>(&self, storage: &'a Self::Storage, steps: usize) -> CursorKeyRef<'a, Self> {
        storage.keys.index(self.key + steps)
    }
    fn shared_prefix(a: CursorKeyRef<'_, Self>, b: CursorKeyRef<'_, Self>) -> usize {
        L::Key::common_prefix(a, b).unwrap_or(0)
    }
    fn key_words(&self, storage: &Self::Storage, count: usize, depth: usize, words: &mut Vec<u64>) -> Words {
        let keys = self.key..self.key + count;
        words.extend(keys.map(|key| <L::Words as SortWords<L::Key>>::word(storage.keys.index(key), depth)));
        <L::Words as SortWords<L::Key>>::kind()
    }
    fn val_words(&self, storage: &Self::Storage, most: usize, words: &mut Vec<u64>) -> Option<usize> {
        let vals = self.vals(storage);
        (V::Vals::words() == Words::Exact).then(|| {
            let first = vals.clone().take(most);
            words.extend(first.map(|val| V::Vals::word(storage.vals.vals().index(val), 0)));
            vals.len()
        })
    }
}

/// As [`gallop`](BatchContainer::gallop), for keys whose words are exact. Of the nearest it counts how many are less, a block
/// at a time, as how far to go is what no processor can predict: a sorted seek ten keys on takes 49 ns instead of
/// 58.
#[inline(always)]
fn gallop_by_counting<C: BatchContainer, W: SortWords<C>>(
    keys: &C,
    mut at: usize,
    end: usize,
    key: C::ReadItem<'_>,
) -> usize {
    // The key itself and the next one are common enough to be looked at by themselves.
    for _ in 0..2 {
        if at >= end || keys.index(at) >= C::reborrow(key) {
            return at;
        }
        at += 1;
    }
    for _ in 0..NEAR / COUNTED {
        if at + COUNTED > end {
            break;
        }
        let less = count_less::<C, W>(keys, at, C::reborrow(key));
        at += less;
        if less < COUNTED {
            return at;
        }
    }
    keys.gallop(at, end, key)
}

/// The first position of a window whose key is not less than `key`, or its end: by exponential search, either way, from
/// where the window guesses.
#[inline(never)]
fn search_from<C: BatchContainer>(keys: &C, window: Window, key: C::ReadItem<'_>) -> usize {
    let Window { lo, hi, guess, .. } = window;
    if guess >= hi || C::reborrow(keys.index(guess)) < C::reborrow(key) {
        return keys.gallop(guess.min(hi), hi, key);
    }
    let (mut end, mut step) = (guess, 1);
    while end > lo {
        let probe = end.saturating_sub(step).max(lo);
        if C::reborrow(keys.index(probe)) < C::reborrow(key) {
            return keys.gallop(probe + 1, end, key);
        }
        (end, step) = (probe, 2 * step);
    }
    lo
}

/// As [`search_from`], for keys whose words are exact. It first counts how many keys of a block around the guess are less:
/// that takes no branch which waits for the keys, so that the processor goes on to the next seek meanwhile.
#[inline(always)]
fn search_by_counting<C: BatchContainer, W: SortWords<C>>(
    keys: &C,
    window: Window,
    key: C::ReadItem<'_>,
) -> usize {
    let Window { lo, hi, guess, .. } = window;
    if lo == hi {
        return lo;
    }
    let Some(last_start) = keys.len().checked_sub(COUNTED) else { return search_from(keys, window, key) };
    let start = guess.saturating_sub(COUNTED / 2).min(last_start);
    let less = count_less::<C, W>(keys, start, C::reborrow(key));
    if (less > 0 || start <= lo) && (less < COUNTED || start + COUNTED >= hi) {
        return start + less;
    }
    search_from(keys, Window { guess: start + less, ..window }, key)
}

/// How many of the [`COUNTED`] keys from `start` on are less than `key`, told by words, which are exact.
#[inline(always)]
fn count_less<C: BatchContainer, W: SortWords<C>>(keys: &C, start: usize, key: C::ReadItem<'_>) -> usize {
    let sought = W::word(key, 0);
    let less = |at: usize| usize::from(W::word(keys.index(start + at), 0) < sought);
    // Of every fourth key first: so all lines of the cache are on their way, and fewer keys are looked at.
    let fours = 4 * (less(3) + less(7) + less(11) + less(15));
    if fours == COUNTED { COUNTED } else { fours + less(fours) + less(fours + 1) + less(fours + 2) }
}

/// As [`search_from`], by halves, and by words beyond what the window's keys agree in: keys whose words differ are not
/// compared.
#[inline]
fn search_by_words<C: BatchContainer, W: SortWords<C>>(
    keys: &C,
    window: Window,
    key: C::ReadItem<'_>,
) -> usize {
    let Window { mut lo, mut hi, depth, .. } = window;
    let sought = W::word(C::reborrow(key), depth);
    while lo < hi {
        let middle = (lo + hi) / 2;
        let word = W::word(keys.index(middle), depth);
        let before = if word == sought { keys.index(middle) < C::reborrow(key) } else { word < sought };
        lo = select_unpredictable(before, middle + 1, lo);
        hi = select_unpredictable(before, hi, middle);
    }
    lo
}
