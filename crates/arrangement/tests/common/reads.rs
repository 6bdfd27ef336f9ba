//! What views and cursors read, against the naive model.

use super::domain::{Data, Diffs, Times};
use super::harness::{Harness, Rows, check_all};
use arrangement::trace::{Algebra, Bookmark, Contents, CursorKey, CursorVal, ReadError, Selection, Snapshot};
use arrangement::{Antichain, Batch, Cursor, IntoOwned, Pipeline};
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::ops::Bound;
use std::sync::Arc;

/// Updates of each of several batches, what to compact, how much to merge, and numbers that steer a walk.
#[derive(Clone, Debug)]
pub struct Plan {
    batches: Vec<Vec<(u8, u8, u8, i8)>>,
    logical: u8,
    effort: usize,
    walk: Vec<(u8, u8)>,
}

fn plans() -> impl Strategy<Value = Plan> {
    let update = (0..4u8, 0..4u8, 0..6u8, -2..3i8);
    let batches = prop::collection::vec(prop::collection::vec(update, 0..10), 0..5);
    let walk = prop::collection::vec((0..16u8, 0..6u8), 1..60);
    let effort = prop_oneof![2 => Just(0), 1 => 1..40usize];
    (batches, 0..6u8, effort, walk).prop_map(|(batches, logical, effort, walk)| Plan {
        batches,
        logical,
        effort,
        walk,
    })
}

/// Random batches, read in every way.
pub fn check_reads(cases: u32, check: &dyn Fn(&Plan)) {
    check_all(cases, &plans(), &|plan: &Plan| check(plan));
}

/// How many steps of the frontier each batch covers.
const STEPS: u8 = 2;

impl<B, S, K, V, T, R, A> Harness<S, K, V, T, R, A>
where
    B: Batch<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Time = T, Diff = R, Algebra = A>,
    S: Pipeline<Input = Rows<K, V, T, R>, Batch = B, Time = T>,
    K: Data,
    V: Data,
    T: Times,
    R: Diffs,
    A: Algebra<T, R>,
{
    /// The spine that a plan describes, the updates in it, and where they end.
    fn load(plan: &Plan) -> (S, Rows<K, V, T, R>, Antichain<T>) {
        let mut spine = S::new();
        let mut sealed = Vec::new();
        let mut upper = Antichain::from_elem(T::minimum());
        spine.set_exert_logic(Arc::new({
            let effort = plan.effort;
            move |_| (effort > 0).then_some(effort)
        }));
        for (updates, lower) in plan.batches.iter().zip((0..).step_by(STEPS as usize)) {
            let bounds = (T::frontier(lower), T::frontier(lower + STEPS));
            if bounds.0 == bounds.1 {
                break;
            }
            let rows = updates.iter().map(|(key, val, time, diff)| {
                ((K::pick(*key), V::pick(*val)), T::at(lower, *time), R::pick(*diff))
            });
            let rows = Self::consolidate(
                rows.filter(|row| bounds.0.less_equal(&row.1) && !bounds.1.less_equal(&row.1)),
            );
            spine.insert(Self::batch(rows.clone(), lower, lower + STEPS));
            sealed.extend(rows);
            let _ = spine.exert();
            upper = bounds.1;
        }
        if !T::frontier(plan.logical).is_empty() {
            spine.set_logical_compaction(T::frontier(plan.logical).borrow());
        }
        let _ = spine.exert();
        (spine, sealed, upper)
    }

    /// Reads the snapshot of a spine at all times, and compares with the model.
    pub fn reads(plan: &Plan) {
        let (spine, sealed, upper) = Self::load(plan);
        let snapshot = Snapshot::through(&spine, upper.borrow()).expect("the upper bound is a cut");
        drop(spine);
        let view = snapshot.view();
        let times: Vec<T> = (0..10).flat_map(|step| (0..3).map(move |n| T::at(step, n))).collect();
        let between = |from: Option<&T>, to: &T| {
            let rows = sealed
                .iter()
                .filter(|row| row.1.less_equal(to) && !from.is_some_and(|from| row.1.less_equal(from)));
            Self::at(&rows.cloned().collect(), to)
        };
        let mut readable = Vec::new();
        for time in &times {
            let (since, time) = (snapshot.since().clone(), time.clone());
            let expected = match (since.less_equal(&time), upper.less_equal(&time)) {
                (true, false) => Ok(()),
                (false, _) => Err(ReadError::Compacted { time: time.clone(), since }),
                (true, true) => Err(ReadError::NotYet { time: time.clone(), upper: upper.clone() }),
            };
            assert_eq!(view.as_of(&time).map(|_| ()), expected);
            if expected.is_ok() {
                Self::check_contents(&view.as_of(&time).unwrap(), &between(None, &time), plan);
                readable.push(time);
            }
        }
        for pair in readable.windows(2).step_by(3) {
            let (from, to) = (&pair[0], &pair[1]);
            if !from.less_equal(to) {
                let error = ReadError::Disordered { from: from.clone(), to: to.clone() };
                assert_eq!(view.changes(from, to).map(|_| ()), Err(error));
                continue;
            }
            Self::check_contents(&view.difference(from, to).unwrap(), &between(Some(from), to), plan);
            // Changes sum to the difference.
            let changes = view.changes(from, to).unwrap();
            Self::check_contents(&changes, &Self::expand(changes.rows().collect()), plan);
            let sums = changes.rows().flat_map(|(key, val, times)| {
                let data = (B::Key::into_owned(key), B::Val::into_owned(val));
                times.into_iter().map(move |(time, diff)| (data.clone(), time, diff))
            });
            assert_eq!(Self::at(&sums.collect(), to), between(Some(from), to));
        }
        // History is what cursors visit, consolidated.
        let mut cursor = snapshot.cursor();
        let all = Self::consolidate(cursor.to_updates(snapshot.batches()));
        let mut grouped: BTreeMap<(K, V), Vec<(T, R)>> = BTreeMap::new();
        for (data, time, diff) in all {
            grouped.entry(data).or_default().push((time, diff));
        }
        Self::check_contents(&view.history(), &grouped.into_iter().collect(), plan);
    }

    fn expand<X>(
        rows: Vec<(<B::Key as IntoOwned>::ReadItem<'_>, <B::Val as IntoOwned>::ReadItem<'_>, X)>,
    ) -> Vec<((K, V), X)> {
        rows.into_iter()
            .map(|(key, val, item)| ((B::Key::into_owned(key), B::Val::into_owned(val)), item))
            .collect()
    }

    /// Reads contents in every way.
    fn check_contents<C, Sel>(contents: &Contents<'_, C, Sel>, model: &Vec<((K, V), Sel::Item)>, plan: &Plan)
    where
        C: Cursor<Key = B::Key, Val = B::Val, Time = T, Diff = R> + Clone,
        Sel: Selection<T, R, Item: Clone + PartialEq + Debug>,
    {
        Self::check_part(contents, model, plan);
        let mut steer = plan.walk.iter().copied().cycle();
        let mut number = || steer.next().map_or(0, |step| step.1);
        let keys: Vec<K> = (0..6).map(K::pick).collect();
        for key in &keys {
            let vals: Vec<_> = model.iter().filter(|row| row.0.0 == *key).cloned().collect();
            walk(
                contents.get(key).map(|(val, item)| (B::Val::into_owned(val), item)),
                vals.iter().map(|row| (row.0.1.clone(), row.1.clone())).collect(),
                plan,
            );
            let bounds = (bound(number(), V::pick(number())), bound(number(), V::pick(number())));
            // What was taken from either end stays taken.
            let mut rest = contents.get(key);
            let taken = (rest.next().is_some(), rest.next_back().is_some());
            let left = taken.0 as usize..vals.len() - taken.1 as usize;
            let left = vals[left].iter().filter(|row| contains(&bounds, &row.0.1));
            walk(
                rest.range::<V, _>(bounds.clone()).map(|(val, item)| (B::Val::into_owned(val), item)),
                left.map(|row| (row.0.1.clone(), row.1.clone())).collect(),
                plan,
            );
            let within = vals.iter().filter(|row| contains(&bounds, &row.0.1));
            walk(
                contents
                    .get(key)
                    .range::<V, _>(bounds.clone())
                    .map(|(val, item)| (B::Val::into_owned(val), item)),
                within.map(|row| (row.0.1.clone(), row.1.clone())).collect(),
                plan,
            );
            assert_eq!(contents.contains_key(key), !vals.is_empty());
            let owned = |key| B::Key::into_owned(key);
            let after = model.iter().map(|row| &row.0.0).find(|k| *k >= key).cloned();
            assert_eq!(contents.key_not_less(key).map(owned), after);
            let before = model.iter().map(|row| &row.0.0).rfind(|k| *k <= key).cloned();
            assert_eq!(contents.key_not_greater(key).map(owned), before);
        }
        let sought: Vec<K> = plan.walk.iter().map(|step| K::pick(step.1)).collect();
        let found: Vec<_> = contents
            .lookup(&sought)
            .map(|(index, val, item)| (index, B::Val::into_owned(val), item))
            .collect();
        let expected = sought.iter().enumerate().flat_map(|(index, key)| {
            let rows = model.iter().filter(move |row| row.0.0 == *key);
            rows.map(move |row| (index, row.0.1.clone(), row.1.clone()))
        });
        assert_eq!(found, expected.collect::<Vec<_>>());
        // A range, and a range of that.
        let mut part = (contents.clone(), model.clone());
        for _ in 0..2 {
            let bounds = (bound(number(), K::pick(number())), bound(number(), K::pick(number())));
            part.0 = part.0.range::<K, _>(bounds.clone());
            part.1.retain(|row| contains(&bounds, &row.0.0));
            Self::check_part(&part.0, &part.1, plan);
            let there = |key: &&K| part.1.iter().any(|row| row.0.0 == **key);
            let found: Vec<_> = keys.iter().filter(|key| part.0.get(*key).next().is_some()).collect();
            assert_eq!(found, keys.iter().filter(there).collect::<Vec<_>>());
            assert_eq!(
                part.0.lookup(&keys).count(),
                keys.iter().map(|key| part.1.iter().filter(|row| row.0.0 == *key).count()).sum()
            );
        }
    }

    /// Walks through keys, counts and rows from both ends, and through rows by parts.
    fn check_part<C, Sel>(contents: &Contents<'_, C, Sel>, model: &Vec<((K, V), Sel::Item)>, plan: &Plan)
    where
        C: Cursor<Key = B::Key, Val = B::Val, Time = T, Diff = R> + Clone,
        Sel: Selection<T, R, Item: Clone + PartialEq + Debug>,
    {
        let mut counts: BTreeMap<K, usize> = BTreeMap::new();
        for row in model {
            *counts.entry(row.0.0.clone()).or_default() += 1;
        }
        let owned = |(key, val, item)| ((B::Key::into_owned(key), B::Val::into_owned(val)), item);
        walk(contents.rows().map(owned), model.iter().cloned().collect(), plan);
        walk(contents.keys().map(B::Key::into_owned), counts.keys().cloned().collect(), plan);
        walk(
            contents.counts().map(|(key, count)| (B::Key::into_owned(key), count)),
            counts.iter().map(|(key, count)| (key.clone(), *count)).collect(),
            plan,
        );
        assert_eq!(contents.first_key().map(B::Key::into_owned), counts.keys().next().cloned());
        assert_eq!(contents.last_key().map(B::Key::into_owned), counts.keys().next_back().cloned());
        assert_eq!(contents.rows().last().map(owned), model.last().cloned());
        for n in 0..3 {
            assert_eq!(contents.nth_key(n).map(B::Key::into_owned), counts.keys().nth(n).cloned());
        }
        for budget in [1, 2, 5] {
            let (mut rows, mut pages) = (contents.rows().with_budget(budget), Vec::new());
            let mut last: Option<Bookmark<CursorKey<C>, CursorVal<C>>> = None;
            loop {
                pages.extend(rows.by_ref().map(owned));
                let Some(bookmark) = rows.bookmark() else { break };
                assert_eq!(rows.budget(), 0);
                assert!(last.is_none_or(|last| last < bookmark), "reading does not go on");
                rows = contents.rows().resume(&bookmark).with_budget(budget);
                last = Some(bookmark);
            }
            assert_eq!(pages, *model, "by {budget}");
            let (mut rows, mut pages) = (contents.rows().with_budget(budget), Vec::new());
            let mut last: Option<Bookmark<CursorKey<C>, CursorVal<C>>> = None;
            loop {
                pages.extend(rows.by_ref().rev().map(owned));
                let Some(bookmark) = rows.bookmark_back() else { break };
                assert!(last.is_none_or(|last| last > bookmark), "reading does not go on");
                rows = contents.rows().resume_back(&bookmark).with_budget(budget);
                last = Some(bookmark);
            }
            pages.reverse();
            assert_eq!(pages, *model, "by {budget} from the back");
        }
    }

    /// Moves cursors to and fro, over each batch and over all, and compares where they are with the model.
    pub fn walks(plan: &Plan) {
        let (spine, _, _) = Self::load(plan);
        let (mut list, batches) = spine.cursor();
        Self::check_walk(&mut list, &batches, plan);
        for batch in &batches {
            Self::check_walk(&mut batch.cursor(), batch, plan);
        }
    }

    fn check_walk<C>(cursor: &mut C, storage: &C::Storage, plan: &Plan)
    where
        C: Cursor<Key = B::Key, Val = B::Val, Time = T, Diff = R>,
    {
        let mut all: BTreeMap<K, BTreeMap<V, Rows<K, V, T, R>>> = BTreeMap::new();
        for row in cursor.to_updates(storage) {
            let ((key, val), ..) = row.clone();
            all.entry(key).or_default().entry(val).or_default().push(row);
        }
        let all: Vec<(K, Vec<(V, Rows<K, V, T, R>)>)> =
            all.into_iter().map(|(key, vals)| (key, vals.into_iter().collect())).collect();
        cursor.rewind_keys(storage);
        let (mut at, mut at_val) = (0, 0);
        for &(op, n) in &plan.walk {
            let (key, val) = (K::pick(n), V::pick(n));
            let (read_key, read_val) = (B::Key::borrow_as(&key), B::Val::borrow_as(&val));
            let vals: &[_] = all.get(at).map_or(&[], |key| &key.1);
            let first = all.iter().take_while(|k| k.0 < key).count();
            let first_val = vals.iter().take_while(|v| v.0 < val).count();
            let back = |at: usize| (at.saturating_sub(1), at > 0);
            let mut moved = None;
            match op {
                0 => {
                    cursor.step_key(storage);
                    (at, at_val) = ((at + 1).min(all.len()), 0);
                }
                1..=3 => {
                    let (to, moves) = back(at);
                    moved = Some((cursor.step_key_back(storage), moves));
                    (at, at_val) = (to, 0);
                }
                4 => {
                    cursor.seek_key(storage, read_key);
                    (at, at_val) = (at.max(first), 0);
                }
                5 => {
                    let found = all.get(first).is_some_and(|k| k.0 == key);
                    let (to, moves) = if found { (first, true) } else { back(first) };
                    moved = Some((cursor.seek_key_back(storage, read_key), moves));
                    (at, at_val) = (to, 0);
                }
                6 => {
                    cursor.end_keys(storage);
                    (at, at_val) = (all.len(), 0);
                }
                7 => {
                    cursor.rewind_keys(storage);
                    (at, at_val) = (0, 0);
                }
                8 => {
                    cursor.skip_keys_while(storage, |k| B::Key::reborrow(k) <= B::Key::reborrow(read_key));
                    (at, at_val) = (at.max(all.iter().take_while(|k| k.0 <= key).count()), 0);
                }
                9 => {
                    cursor.step_val(storage);
                    at_val = (at_val + 1).min(vals.len());
                }
                10 | 11 => {
                    let (to, moves) = back(at_val);
                    moved = Some((cursor.step_val_back(storage), moves));
                    at_val = to;
                }
                12 => {
                    cursor.seek_val(storage, read_val);
                    at_val = at_val.max(first_val);
                }
                13 => {
                    let found = vals.get(first_val).is_some_and(|v| v.0 == val);
                    let (to, moves) = if found { (first_val, true) } else { back(first_val) };
                    moved = Some((cursor.seek_val_back(storage, read_val), moves));
                    at_val = to;
                }
                14 if n < 3 => {
                    cursor.end_vals(storage);
                    at_val = vals.len();
                }
                14 => {
                    cursor.skip_vals_while(storage, |v| B::Val::reborrow(v) <= B::Val::reborrow(read_val));
                    at_val = at_val.max(vals.iter().take_while(|v| v.0 <= val).count());
                }
                _ => {
                    let found = all.get(first).is_some_and(|k| k.0 == key);
                    moved = Some((cursor.find_key(storage, read_key), found));
                    (at, at_val) = (first, 0);
                    if !found {
                        cursor.rewind_keys(storage);
                        at = 0;
                    }
                }
            }
            if let Some((moved, expected)) = moved {
                assert_eq!(moved, expected, "by {op}");
            }
            let key = all.get(at);
            let val = key.and_then(|key| key.1.get(at_val));
            assert_eq!(
                cursor.get_key(storage).map(B::Key::into_owned).as_ref(),
                key.map(|key| &key.0),
                "by {op}"
            );
            assert_eq!(
                cursor.get_val(storage).map(B::Val::into_owned).as_ref(),
                val.map(|val| &val.0),
                "by {op}"
            );
            assert_eq!(
                (cursor.key_valid(storage), cursor.val_valid(storage)),
                (key.is_some(), val.is_some())
            );
            let mut times = Vec::new();
            cursor.map_times(storage, |time, diff| times.push((time.clone(), diff.clone())));
            times.sort();
            let mut expected: Vec<_> =
                val.iter().flat_map(|val| &val.1).map(|row| (row.1.clone(), row.2.clone())).collect();
            expected.sort();
            assert_eq!(times, expected, "by {op}");
        }
    }
}

/// A bound that a number picks.
fn bound<X>(number: u8, at: X) -> Bound<X> {
    match number % 3 {
        0 => Bound::Included(at),
        1 => Bound::Excluded(at),
        _ => Bound::Unbounded,
    }
}

/// Whether a range that may be inverted contains an item.
fn contains<X: Ord>(bounds: &(Bound<X>, Bound<X>), item: &X) -> bool {
    let starts = match &bounds.0 {
        Bound::Included(start) => start <= item,
        Bound::Excluded(start) => start < item,
        Bound::Unbounded => true,
    };
    let ends = match &bounds.1 {
        Bound::Included(end) => item <= end,
        Bound::Excluded(end) => item < end,
        Bound::Unbounded => true,
    };
    starts && ends
}

/// Takes items from either end as a plan says, then all from one, and finds nothing after.
fn walk<X: PartialEq + Debug>(
    mut read: impl DoubleEndedIterator<Item = X>,
    mut model: VecDeque<X>,
    plan: &Plan,
) {
    for (step, _) in &plan.walk {
        match step % 2 {
            0 => assert_eq!(read.next(), model.pop_front()),
            _ => assert_eq!(read.next_back(), model.pop_back()),
        }
    }
    match plan.walk[0].1 % 2 {
        0 => assert_eq!(read.by_ref().collect::<VecDeque<X>>(), model),
        _ => assert!(read.by_ref().rev().eq(model.into_iter().rev())),
    }
    assert!(read.next().is_none() && read.next_back().is_none());
}
