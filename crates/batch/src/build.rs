//! Building a batch of sorted chunks.

use crate::ord::OrdStorage;
use crate::vals::{NoVals, ValLevel, Vals};
use arrangement_container::{BatchContainer, Chunk, InputFor, Layout, Starts, UpdateLevel, is_validating};
use arrangement_trace::{Algebra, IntoOwned, StorageBuilder};
use std::fmt;
use std::marker::PhantomData;

/// Makes an [`OrdStorage`] of chunks, or of any container `I` of sorted, consolidated updates.
///
/// A chunk is taken column by column. Where no key repeats, which the caller knows or one pass over the keys tells, that
/// is one copy of each column; otherwise keys and vals are gathered from where they begin.
pub struct OrdBuilder<L: Layout, V, I = Chunk<L>> {
    storage: OrdStorage<L, V>,
    /// Columns of input that comes otherwise.
    columns: Chunk<L>,
    scratch: Scratch,
    _input: PhantomData<fn(I)>,
}

/// Makes a storage of keys with vals.
pub type OrdValBuilder<L, I = Chunk<L>> = OrdBuilder<L, Vals<<L as Layout>::Val>, I>;
/// Makes a storage of keys alone.
pub type OrdKeyBuilder<L, I = Chunk<L>> = OrdBuilder<L, NoVals, I>;

/// Where keys and vals begin in a chunk.
#[derive(Debug, Default)]
struct Scratch {
    same: Vec<bool>,
    key_rows: Vec<u32>,
    val_rows: Vec<u32>,
    /// For each key the index, among the vals that begin in the chunk, of its first.
    key_vals: Vec<u32>,
}

impl<L: Layout, V, I> fmt::Debug for OrdBuilder<L, V, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrdBuilder({} updates)", self.storage.updates.len())
    }
}

impl<L: Layout, V: ValLevel<L::Val>, I> OrdBuilder<L, V, I> {
    /// Takes what an input has, of which it may be known that no key repeats.
    fn take(&mut self, input: &mut I, distinct: bool)
    where
        I: InputFor<L>,
    {
        let mut columns = std::mem::take(&mut self.columns);
        input.drain_into(&mut columns, usize::MAX, &mut |_| {});
        self.append(&mut columns, distinct);
        self.columns = columns;
    }

    /// Appends a chunk, of which it may be known that no key repeats.
    fn append(&mut self, chunk: &mut Chunk<L>, distinct: bool) {
        let rows = chunk.len();
        if rows == 0 {
            return;
        }
        if is_validating() {
            self.validate(chunk, distinct);
        }
        let OrdBuilder { storage, scratch, .. } = self;
        let continues_key = storage.keys.last() == Some(chunk.keys.index(0));
        let mut repeats = 0;
        if continues_key || !distinct {
            scratch.same.clear();
            scratch.same.resize(rows, !distinct);
            scratch.same[0] = continues_key;
            if !distinct {
                repeats = chunk.keys.keep_repeats(&mut scratch.same);
            }
        }
        if repeats == 0 && !continues_key {
            storage.keys.append(&mut chunk.keys);
            storage.vals.append(&mut chunk.vals, None, Starts::All);
            storage.updates.append(&chunk.times, &chunk.diffs, Starts::All);
        } else {
            scratch.find_keys();
            let continues_val = continues_key && storage.vals.compare_last(chunk.vals.index(0)).is_eq();
            let same_vals = chunk.vals.keep_repeats(&mut scratch.same);
            scratch.same[0] = continues_val;
            storage.keys.take_ordered(&mut chunk.keys, &scratch.key_rows);
            if same_vals == 0 && !continues_val {
                // Each row begins a val.
                storage.updates.append(&chunk.times, &chunk.diffs, Starts::All);
                storage.vals.append(&mut chunk.vals, None, Starts::At(&scratch.key_rows));
            } else {
                scratch.find_vals(rows);
                storage.updates.append(&chunk.times, &chunk.diffs, Starts::At(&scratch.val_rows));
                let key_starts = Starts::At(&scratch.key_vals);
                storage.vals.append(&mut chunk.vals, Some(&scratch.val_rows), key_starts);
            }
        }
        chunk.clear();
    }

    /// Panics, with both sides, if the chunk is out of order, in itself or after what came before, or has a key twice
    /// where it is said to have none.
    fn validate(&self, chunk: &Chunk<L>, distinct: bool) {
        match chunk.check(<L::Algebra as Algebra<_, _>>::is_zero) {
            Ok(found) => assert!(found || !distinct, "updates that were said to have no key twice have one"),
            Err(row) => {
                let update = chunk.describe(row);
                if <L::Algebra as Algebra<_, _>>::is_zero(chunk.diffs.get(row)) {
                    panic!("a builder takes consolidated updates: the difference of {update} is zero");
                }
                panic!(
                    "a builder takes sorted, consolidated updates: {update} follows {}",
                    chunk.describe(row - 1)
                );
            }
        }
        let Some(last) = self.storage.keys.last() else { return };
        let order = L::Key::reborrow(last).cmp(&L::Key::reborrow(chunk.keys.index(0)));
        let order = order.then_with(|| self.storage.vals.compare_last(chunk.vals.index(0)));
        let mut last_time = None;
        let len = self.storage.updates.len();
        self.storage.updates.for_each(len - 1..len, |time, _| last_time = Some(time.clone()));
        let order = order.then_with(|| last_time.as_ref().cmp(&Some(chunk.times.get(0))));
        let vals = self.storage.vals.vals();
        assert!(
            order.is_lt(),
            "a builder takes sorted, consolidated updates: {} follows (({:?}, {:?}), {:?}) of the chunk before",
            chunk.describe(0),
            L::Key::into_owned(last),
            vals.last().map(V::Vals::into_owned).expect("a key has vals"),
            last_time.expect("a val has updates"),
        );
    }
}

impl Scratch {
    /// Notes the rows that begin a key.
    fn find_keys(&mut self) {
        // Each row is written where the next that begins a key belongs, and so without a branch.
        self.key_rows.resize(self.same.len(), 0);
        let mut found = 0;
        for (row, same) in self.same.iter().enumerate() {
            self.key_rows[found] = row as u32;
            found += !same as usize;
        }
        self.key_rows.truncate(found);
    }

    /// Notes the rows that begin a val, and for each key which of those is its first.
    fn find_vals(&mut self, rows: usize) {
        self.val_rows.clear();
        self.key_vals.clear();
        let mut keys = self.key_rows.iter().copied().peekable();
        for row in 0..rows as u32 {
            let begins_key = keys.next_if_eq(&row).is_some();
            if begins_key {
                self.key_vals.push(self.val_rows.len() as u32);
            }
            if begins_key || !self.same[row as usize] {
                self.val_rows.push(row);
            }
        }
    }
}

impl<L: Layout, V: ValLevel<L::Val>, I: InputFor<L>> StorageBuilder for OrdBuilder<L, V, I> {
    type Input = I;
    type Output = OrdStorage<L, V>;

    fn with_capacity(keys: usize, vals: usize, updates: usize) -> Self {
        OrdBuilder {
            storage: OrdStorage::of(
                L::Key::with_capacity(keys),
                V::with_capacity(keys, vals),
                L::Updates::with_capacity(vals, updates),
            ),
            columns: Chunk::<L>::default(),
            scratch: Scratch::default(),
            _input: PhantomData,
        }
    }
    fn push(&mut self, input: &mut I) {
        self.take(input, false);
    }
    fn push_distinct(&mut self, input: &mut I) {
        self.take(input, true);
    }
    fn done(mut self) -> Option<OrdStorage<L, V>> {
        if self.storage.updates.is_empty() {
            return None;
        }
        self.storage.keys.shrink();
        self.storage.vals.finish_build();
        self.storage.updates.finish_build();
        self.storage.make_index();
        Some(self.storage)
    }
}
