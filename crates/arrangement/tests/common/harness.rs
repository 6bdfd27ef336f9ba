//! The naive model, and the checks of a pipeline against it.

use super::domain::{Data, Diffs, Times};
use arrangement::trace::{Algebra, Event, Events, PartialOrder, TraceCursor, TraceStorage};
use arrangement::{Antichain, Batch, Batcher, Cursor, Description, IntoOwned, Merger, Pipeline, Progress};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

/// Something that is done to a pipeline and to the model alike. Steps count from where a frontier is.
#[derive(Clone, Debug)]
pub enum Op {
    Push(Updates),
    /// Advances the seal by so many steps and inserts the batch.
    Seal(u8),
    /// Works without input, with so much effort.
    Exert(usize),
    Logical(u8),
    Physical(u8),
    Close,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let update = (0..4u8, 0..4u8, 0..8u8, -2..3i8);
    let op = prop_oneof![
        4 => prop::collection::vec(update, 0..12).prop_map(Op::Push),
        4 => (0..4u8).prop_map(Op::Seal),
        2 => prop_oneof![Just(0), Just(1), 2..20usize, Just(usize::MAX)].prop_map(Op::Exert),
        2 => (0..3u8).prop_map(Op::Logical),
        2 => (0..3u8).prop_map(Op::Physical),
    ];
    (prop::collection::vec(op, 0..40), any::<bool>()).prop_map(|(mut ops, close)| {
        if close {
            ops.push(Op::Close);
        }
        ops
    })
}

fn updates(len: usize) -> impl Strategy<Value = Updates> {
    prop::collection::vec((0..4u8, 0..4u8, 0..6u8, -2..3i8), 0..len)
}

/// Updates of key, val, time and difference, all picked from the small domains.
pub type Updates = Vec<(u8, u8, u8, i8)>;

/// Runs a check on random input, and shrinks what fails. Made once, whatever is checked.
pub fn check_all<X: Debug>(cases: u32, input: &impl Strategy<Value = X>, check: &dyn Fn(&X)) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let result = proptest::test_runner::TestRunner::new(config).run(input, |x| {
        check(&x);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// Random operations on batcher and spine.
pub fn check_ops(cases: u32, check: &dyn Fn(&[Op])) {
    check_all(cases, &ops(), &|ops: &Vec<Op>| check(ops));
}

/// Two random sets of updates and a frontier.
pub fn check_merges(cases: u32, check: &dyn Fn(&Updates, &Updates, u8)) {
    check_all(cases, &(updates(14), updates(14), 0..16u8), &|(a, b, since)| check(a, b, *since));
}

/// Random updates and a size of pieces.
pub fn check_builds(cases: u32, check: &dyn Fn(&Updates, usize)) {
    check_all(cases, &(updates(40), 1..9usize), &|(a, piece)| check(a, *piece));
}

/// Sums events, to compare with what is held.
#[derive(Default)]
pub struct Balance {
    pub held: isize,
    pub merging: isize,
}

impl Events for Balance {
    fn event(&mut self, event: Event) {
        match event {
            Event::Batch { len } => self.held += len as isize,
            Event::Merged { len, .. } => {
                self.held += len as isize;
                self.merging -= 1;
            }
            Event::Dropped { len } => self.held -= len as isize,
            Event::MergeStarted { .. } => self.merging += 1,
            Event::MergeAbandoned { .. } => self.merging -= 1,
        }
        assert!(self.held >= 0 && self.merging >= 0);
    }
}

pub type Rows<K, V, T, R> = Vec<((K, V), T, R)>;

/// A pipeline `S` of known types, checked against the model that uses algebra `A`.
pub struct Harness<S, K, V, T, R, A>(PhantomData<(S, K, V, T, R, A)>);

impl<B, S, K, V, T, R, A> Harness<S, K, V, T, R, A>
where
    B: Batch<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Time = T, Diff = R>,
    S: Pipeline<Input = Rows<K, V, T, R>, Batch = B, Time = T>,
    K: Data,
    V: Data,
    T: Times,
    R: Diffs,
    A: Algebra<T, R>,
{
    /// Sorts and sums updates, as naively as can be.
    pub fn consolidate(rows: impl IntoIterator<Item = ((K, V), T, R)>) -> Rows<K, V, T, R> {
        let mut sums: BTreeMap<((K, V), T), R> = BTreeMap::new();
        for (data, time, diff) in rows {
            match sums.entry((data, time)) {
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(diff);
                }
                std::collections::btree_map::Entry::Occupied(mut entry) => {
                    A::plus_equals(entry.get_mut(), &diff)
                }
            }
        }
        sums.retain(|_, diff| !A::is_zero(diff));
        sums.into_iter().map(|((data, time), diff)| (data, time, diff)).collect()
    }

    pub fn advance(rows: &Rows<K, V, T, R>, since: &Antichain<T>) -> Rows<K, V, T, R> {
        Self::consolidate(rows.iter().map(|(data, time, diff)| {
            let mut time = time.clone();
            A::advance_by(&mut time, since.borrow());
            (data.clone(), time, diff.clone())
        }))
    }

    /// The collection at a time.
    pub fn at(rows: &Rows<K, V, T, R>, time: &T) -> Vec<((K, V), R)> {
        let all = rows.iter().filter(|row| row.1.less_equal(time));
        let all = all.map(|(data, _, diff)| (data.clone(), T::minimum(), diff.clone()));
        Self::consolidate(all).into_iter().map(|(data, _, diff)| (data, diff)).collect()
    }

    pub fn batch(rows: Rows<K, V, T, R>, lower: u8, upper: u8) -> B {
        let mut batcher = S::Batcher::new();
        if lower > 0 {
            batcher.seal::<S::Builder>(T::frontier(lower));
        }
        batcher.push(&mut rows.clone());
        batcher.seal::<S::Builder>(T::frontier(upper))
    }

    pub fn read(batch: &B) -> Rows<K, V, T, R> {
        batch.cursor().to_updates(batch)
    }

    fn row((key, val, time, diff): (u8, u8, u8, i8), step: u8) -> ((K, V), T, R) {
        ((K::pick(key), V::pick(val)), T::at(step, time), R::pick(diff))
    }

    /// Runs operations on a batcher and a spine, comparing with the model after each.
    pub fn run(ops: &[Op], check: &dyn Fn(&S)) {
        let mut batcher = S::Batcher::new();
        let mut spine = S::new();
        let (mut sealed, mut held): (Rows<K, V, T, R>, Rows<K, V, T, R>) = Default::default();
        let mut times: Vec<T> = (0..12).map(|n| T::at(0, n)).collect();
        let (mut step, mut logical, mut physical) = (0u8, 0u8, 0u8);
        let mut closed = false;
        for op in ops {
            match op {
                Op::Push(updates) if !closed => {
                    let mut rows: Rows<K, V, T, R> = updates.iter().map(|u| Self::row(*u, step)).collect();
                    times.extend(rows.iter().map(|row| row.1.clone()));
                    held.extend(rows.iter().cloned());
                    batcher.push(&mut rows);
                    assert!(rows.is_empty());
                }
                Op::Seal(by) if !closed => {
                    let (lower, upper) = (T::frontier(step), T::frontier(step + by));
                    let batch = batcher.seal::<S::Builder>(upper.clone());
                    let (later, due): (Vec<_>, Vec<_>) =
                        held.drain(..).partition(|row| upper.less_equal(&row.1));
                    let due = Self::consolidate(due);
                    held = Self::consolidate(later);
                    assert_eq!(Self::read(&batch), due, "a sealed batch has other updates");
                    assert_eq!(batch.len(), due.len());
                    assert_eq!(*batch.description(), Description::new(lower.clone(), upper.clone()));
                    let frontier: Antichain<T> = held.iter().map(|row| row.1.clone()).collect();
                    assert_eq!(batcher.frontier(), frontier.borrow(), "of {held:?}");
                    sealed.extend(due);
                    step += by;
                    closed = upper.is_empty();
                    if lower == upper {
                        assert!(spine.try_insert(batch).is_err());
                    } else {
                        spine.insert(batch);
                    }
                }
                Op::Exert(effort) => {
                    let effort = *effort;
                    spine.set_exert_logic(Arc::new(move |_| Some(effort)));
                    let progress = spine.exert();
                    if effort == usize::MAX {
                        assert_eq!(progress, Progress::Done);
                    }
                }
                Op::Logical(by) => {
                    logical += by;
                    spine.set_logical_compaction(T::frontier(logical).borrow());
                }
                Op::Physical(by) => {
                    physical += by;
                    spine.set_physical_compaction(T::frontier(physical).borrow());
                }
                Op::Close if !closed => {
                    let upper = Antichain::new();
                    let batch = batcher.seal::<S::Builder>(upper);
                    let due = Self::consolidate(held.drain(..));
                    assert_eq!(Self::read(&batch), due);
                    assert!(batcher.frontier().is_empty());
                    sealed.extend(due);
                    spine.insert(batch);
                    closed = true;
                    spine.close();
                }
                _ => {}
            }
            let upper = if closed { Antichain::new() } else { T::frontier(step) };
            Self::check(&spine, &sealed, &times, &upper, &T::frontier(logical), &T::frontier(physical));
            check(&spine);
        }
    }

    /// Compares all that can be read of a spine with the model.
    fn check(
        spine: &S,
        sealed: &Rows<K, V, T, R>,
        times: &[T],
        upper: &Antichain<T>,
        logical: &Antichain<T>,
        physical: &Antichain<T>,
    ) {
        let mut read = Antichain::new();
        spine.read_upper(&mut read);
        assert_eq!(read, *upper);
        let mut bound = Antichain::from_elem(T::minimum());
        let mut cuts = vec![upper.clone()];
        spine.map_batches(|batch| {
            assert_eq!(*batch.lower(), bound, "batches do not meet");
            bound.clone_from(batch.upper());
            cuts.push(bound.clone());
            // What a batch says of itself holds: its times are advanced by its since.
            for (_, time, _) in Self::read(batch) {
                let mut advanced = time.clone();
                A::advance_by(&mut advanced, batch.since().borrow());
                assert_eq!(time, advanced);
            }
            assert_eq!(batch.sizes().updates.records, batch.len());
        });
        assert_eq!(bound, *upper);
        assert!(
            spine.cursor_through(Antichain::from_elem(T::minimum()).borrow()).is_ok_and(|c| c.1.is_empty())
        );
        if logical.is_empty() {
            assert!(
                spine.cursor_through(upper.borrow()).is_err() || *upper == Antichain::from_elem(T::minimum())
            );
            return;
        }
        let (mut cursor, storage) = spine.cursor();
        let all = cursor.to_updates(&storage);
        for time in times.iter().filter(|time| logical.less_equal(time)) {
            assert_eq!(Self::at(&all, time), Self::at(sealed, time), "at {time:?}");
        }
        Self::check_seeks(&mut cursor, &storage, &all);
        for cut in cuts.iter().filter(|cut| PartialOrder::less_equal(physical, *cut)) {
            let (mut cursor, storage) =
                spine.cursor_through(cut.borrow()).expect("a bound of batches is a cut");
            let all = cursor.to_updates(&storage);
            let before = sealed.iter().filter(|row| !cut.less_equal(&row.1)).cloned().collect();
            for time in times.iter().filter(|time| logical.less_equal(time)) {
                assert_eq!(Self::at(&all, time), Self::at(&before, time), "through {cut:?} at {time:?}");
            }
        }
    }

    /// Seeks each key and val of the domains, forwards, and compares with what stepping found.
    fn check_seeks(cursor: &mut TraceCursor<S>, storage: &TraceStorage<S>, all: &Rows<K, V, T, R>) {
        let mut keys: Vec<K> = (0..6).map(K::pick).collect();
        keys.sort();
        cursor.rewind_keys(storage);
        for key in keys {
            cursor.seek_key_owned(storage, &key);
            let found = cursor.get_key(storage).map(<B::Key as IntoOwned>::into_owned);
            assert_eq!(found, all.iter().map(|row| row.0.0.clone()).find(|k| *k >= key));
            let Some(found) = found else {
                // R34, R41: nothing panics past the end.
                assert!(!cursor.val_valid(storage) && cursor.get_val(storage).is_none());
                cursor.step_val(storage);
                cursor.step_key(storage);
                cursor.rewind_vals(storage);
                cursor.map_times(storage, |_, _| panic!("there are no times"));
                continue;
            };
            for val in (0..6).map(V::pick) {
                cursor.rewind_vals(storage);
                cursor.seek_val(storage, <B::Val as IntoOwned>::borrow_as(&val));
                let at = cursor.get_val(storage).map(<B::Val as IntoOwned>::into_owned);
                let vals = all.iter().filter(|row| row.0.0 == found).map(|row| row.0.1.clone());
                assert_eq!(at, vals.filter(|v| *v >= val).min());
                let mut visited = Vec::new();
                cursor.map_times(storage, |time, diff| visited.push((time.clone(), diff.clone())));
                assert_eq!(visited.is_empty(), at.is_none());
                // R40: past the last val the key stays.
                while cursor.val_valid(storage) {
                    cursor.step_val(storage);
                }
                assert!(cursor.key_valid(storage));
            }
            // R35: a seek that does not move puts the vals at their start.
            cursor.seek_key_owned(storage, &found);
            assert!(cursor.val_valid(storage));
        }
        Self::check_finds(cursor, storage, all);
    }

    /// Finds each key of the domain, one by one and all at once, and visits everything.
    fn check_finds(cursor: &mut TraceCursor<S>, storage: &TraceStorage<S>, all: &Rows<K, V, T, R>) {
        let keys: Vec<K> = (0..6).rev().map(K::pick).collect();
        let of_key = |key: &K| all.iter().filter(|row| row.0.0 == *key).count();
        let mut there = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            let count = of_key(key);
            let mut visited = 0;
            if cursor.find_key(storage, <B::Key as IntoOwned>::borrow_as(key)) {
                there.push((index, count));
                cursor.visit_key(storage, |_, _, _| visited += 1);
                assert!(cursor.key_valid(storage) && !cursor.val_valid(storage));
            }
            assert_eq!(visited, count);
        }
        let mut found = Vec::new();
        cursor.find_keys(storage, keys.iter().map(<B::Key as IntoOwned>::borrow_as), |index, cursor| {
            let mut count = 0;
            cursor.visit_key(storage, |_, _, _| count += 1);
            found.push((index, count));
        });
        assert_eq!(found, there);
        let mut visited = Vec::new();
        cursor.rewind_keys(storage);
        cursor.visit(storage, |key, val, time, diff| {
            let data = (<B::Key as IntoOwned>::into_owned(key), <B::Val as IntoOwned>::into_owned(val));
            visited.push((data, time.clone(), diff.clone()));
        });
        let mut all = all.clone();
        visited.sort();
        all.sort();
        assert_eq!(visited, all);
    }

    /// Merges two batches with every cut of fuel, and compares with the model and with one go.
    pub fn merge(older: &[(u8, u8, u8, i8)], newer: &[(u8, u8, u8, i8)], since: u8) {
        const CUT: u8 = 3;
        const END: u8 = 14;
        let before = |rows: Rows<K, V, T, R>, lower: u8, upper: u8| {
            let (lower, upper) = (T::frontier(lower), T::frontier(upper));
            let kept = rows.into_iter().filter(|row| lower.less_equal(&row.1) && !upper.less_equal(&row.1));
            Self::consolidate(kept)
        };
        let a = before(older.iter().map(|u| Self::row(*u, 0)).collect(), 0, CUT);
        let b = before(newer.iter().map(|u| Self::row(*u, CUT)).collect(), CUT, END);
        let (batch_a, batch_b) = (Self::batch(a.clone(), 0, CUT), Self::batch(b.clone(), CUT, END));
        assert_eq!((Self::read(&batch_a), Self::read(&batch_b)), (a.clone(), b.clone()));
        let since = T::frontier(since);
        if since.is_empty() {
            return;
        }
        let expected = Self::advance(&a.iter().chain(&b).cloned().collect(), &since);
        let total = a.len() + b.len();
        for step in (1..=total + 1).chain([usize::MAX]) {
            let mut merger = batch_a.begin_merge(&batch_b, since.borrow());
            let mut calls = 0;
            loop {
                let mut fuel = step;
                let progress = merger.work(&batch_a, &batch_b, &mut fuel);
                assert!(fuel <= step);
                calls += 1;
                if progress == Progress::Done {
                    break;
                }
                // Fuel that is not used up for want of work is a lie about progress.
                assert!(calls <= 4 * total + 4, "no progress by {step}");
            }
            assert!(
                calls * step.min(total + 1) >= total
                    || calls == 1 && step >= total
                    || batch_a.is_empty()
                    || batch_b.is_empty()
            );
            let merged = merger.done();
            assert_eq!(Self::read(&merged), expected, "by {step}");
            assert_eq!(merged.len(), expected.len());
            assert_eq!(*merged.since(), since);
        }
        // R30: the inputs, of which others hold clones, are as they were.
        assert_eq!((Self::read(&batch_a), Self::read(&batch_b)), (a, b));
    }

    /// Builds from rows directly, in pieces cut at every place.
    pub fn build(updates: &[(u8, u8, u8, i8)], piece: usize) {
        let rows = Self::consolidate(updates.iter().map(|u| Self::row(*u, 0)));
        let mut batcher = S::Batcher::new();
        for piece in rows.chunks(piece.max(1)) {
            batcher.push(&mut piece.to_vec());
        }
        let batch = batcher.seal::<S::Builder>(Antichain::new());
        assert_eq!(Self::read(&batch), rows);
    }
}
