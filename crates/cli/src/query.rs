//! Questions to a trace, answered with plain data.
//!
//! Each is one walk over a range of keys, which visits the updates of one (key, val) pair after another.

use crate::args::Span;
use crate::index::Index;
use arrangement::{BatchReader, Cursor, IntoOwned, consolidate};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A range of keys.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Keys<'a> {
    All,
    One(&'a str),
    Prefix(&'a str),
}

impl Keys<'_> {
    /// The first key that can be in the range.
    fn start(&self) -> &str {
        match self {
            Keys::All => "",
            Keys::One(key) | Keys::Prefix(key) => key,
        }
    }

    /// Whether a key that is not before the start is in the range.
    fn contains(&self, key: &str) -> bool {
        match self {
            Keys::All => true,
            Keys::One(wanted) => key == *wanted,
            Keys::Prefix(prefix) => key.starts_with(prefix),
        }
    }
}

/// Visits each pair of key and val in order, with its updates: their times ascend, and their differences are not zero.
pub(crate) fn walk<S: Index>(trace: &S, keys: Keys<'_>, mut visit: impl FnMut(&str, &str, &[(u64, i64)])) {
    type Key<S> = <<S as arrangement::TraceReader>::Batch as BatchReader>::Key;
    type Val<S> = <<S as arrangement::TraceReader>::Batch as BatchReader>::Val;

    let (mut cursor, storage) = trace.cursor();
    cursor.seek_key_owned(&storage, &keys.start().to_owned());
    let (mut key, mut val, mut times) = (String::new(), String::new(), Vec::new());
    while let Some(item) = cursor.get_key(&storage) {
        Key::<S>::clone_onto(item, &mut key);
        if !keys.contains(&key) {
            break;
        }
        while let Some(item) = cursor.get_val(&storage) {
            Val::<S>::clone_onto(item, &mut val);
            times.clear();
            cursor.map_times(&storage, |time, diff| times.push((*time, *diff)));
            // Several batches may hold updates of the same pair and time.
            consolidate(&mut times);
            if !times.is_empty() {
                visit(&key, &val, &times);
            }
            cursor.step_val(&storage);
        }
        cursor.step_key(&storage);
    }
}

/// The sum of the differences up to a time.
fn count_at(times: &[(u64, i64)], at: u64) -> i64 {
    times.iter().take_while(|(time, _)| *time <= at).map(|(_, diff)| diff).sum()
}

/// A val and its multiplicity.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ValCount {
    pub(crate) val: String,
    pub(crate) count: i64,
}

/// A key, a val, and the multiplicity of the pair.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PairCount {
    pub(crate) key: String,
    pub(crate) val: String,
    pub(crate) count: i64,
}

/// An update of a key.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Event {
    pub(crate) time: u64,
    pub(crate) val: String,
    pub(crate) diff: i64,
}

/// How the multiplicity of a pair changed.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    pub(crate) key: String,
    pub(crate) val: String,
    pub(crate) diff: i64,
}

/// A key, how many vals it has, and the sum of their multiplicities.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct KeyCount {
    pub(crate) key: String,
    pub(crate) vals: usize,
    pub(crate) total: i64,
}

/// The vals of one key at a time, `None` if the key has no updates at all.
pub(crate) fn get<S: Index>(trace: &S, key: &str, at: u64) -> Option<Vec<ValCount>> {
    let mut rows = None;
    walk(trace, Keys::One(key), |_, val, times| {
        let rows = rows.get_or_insert_with(Vec::new);
        match count_at(times, at) {
            0 => {}
            count => rows.push(ValCount { val: val.to_owned(), count }),
        }
    });
    rows
}

/// All updates of a key, by time, then val.
pub(crate) fn history<S: Index>(trace: &S, key: &str) -> Vec<Event> {
    let mut rows = Vec::new();
    walk(trace, Keys::One(key), |_, val, times| {
        rows.extend(times.iter().map(|(time, diff)| Event { time: *time, val: val.to_owned(), diff: *diff }));
    });
    rows.sort_unstable();
    rows
}

/// What changed in a span of time.
pub(crate) fn changes<S: Index>(trace: &S, keys: Keys<'_>, span: Span) -> Vec<Change> {
    let mut rows = Vec::new();
    walk(trace, keys, |key, val, times| {
        let before = span.from.map_or(0, |from| count_at(times, from));
        match count_at(times, span.to.unwrap_or(u64::MAX)) - before {
            0 => {}
            diff => rows.push(Change { key: key.to_owned(), val: val.to_owned(), diff }),
        }
    });
    rows
}

/// The pairs whose key is in a range at a time.
pub(crate) fn pairs<S: Index>(trace: &S, keys: Keys<'_>, at: u64) -> Vec<PairCount> {
    let mut rows = Vec::new();
    walk(trace, keys, |key, val, times| match count_at(times, at) {
        0 => {}
        count => rows.push(PairCount { key: key.to_owned(), val: val.to_owned(), count }),
    });
    rows
}

/// The keys with the most vals at a time, and those with as many vals in their order.
pub(crate) fn top<S: Index>(trace: &S, n: usize, at: u64) -> Vec<KeyCount> {
    let mut best = Best { n, heap: BinaryHeap::new() };
    let mut current = KeyCount { key: String::new(), vals: 0, total: 0 };
    walk(trace, Keys::All, |key, _, times| {
        if key != current.key {
            let next = KeyCount { key: key.to_owned(), vals: 0, total: 0 };
            best.add(std::mem::replace(&mut current, next));
        }
        match count_at(times, at) {
            0 => {}
            count => {
                current.vals += 1;
                current.total += count;
            }
        }
    });
    best.add(current);
    best.into_rows()
}

/// The `n` keys with the most vals so far. Keys come in order, so that of those with as many the first ones stay.
struct Best {
    n: usize,
    /// The least of them on top: vals, position, row.
    heap: BinaryHeap<Reverse<(usize, Reverse<String>, i64)>>,
}

impl Best {
    fn add(&mut self, row: KeyCount) {
        if row.vals == 0 {
            return;
        }
        if self.heap.len() == self.n {
            match self.heap.peek() {
                Some(Reverse((least, ..))) if *least < row.vals => self.heap.pop(),
                _ => return,
            };
        }
        self.heap.push(Reverse((row.vals, Reverse(row.key), row.total)));
    }

    fn into_rows(self) -> Vec<KeyCount> {
        let rows = self.heap.into_sorted_vec().into_iter();
        rows.map(|Reverse((vals, Reverse(key), total))| KeyCount { key, vals, total }).collect()
    }
}

/// What an index holds in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) keys: usize,
    pub(crate) updates: usize,
    /// The distinct pairs at each of the times asked for.
    pub(crate) pairs_at: Vec<usize>,
}

/// Counts all there is, and the distinct pairs at some times.
pub(crate) fn census<S: Index>(trace: &S, times: &[u64]) -> Census {
    let mut census = Census { pairs_at: vec![0; times.len()], ..Census::default() };
    let mut last = None;
    walk(trace, Keys::All, |key, _, updates| {
        if last.as_deref() != Some(key) {
            last = Some(key.to_owned());
            census.keys += 1;
        }
        census.updates += updates.len();
        for (at, pairs) in times.iter().zip(&mut census.pairs_at) {
            *pairs += usize::from(count_at(updates, *at) != 0);
        }
    });
    census
}
