//! Questions to a trace, answered with plain data.
//!
//! Each is one walk over a range of keys, which visits the updates of one (key, val) pair after another.

use crate::args::Span;
use crate::index::Index;
use arrangement::trace::consolidate;
use arrangement::{BatchReader, Cursor, IntoOwned};
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

/// Visits each pair of key and val in order, with its updates: their times ascend, and their differences are
/// not zero.
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

/// The `n` keys with the most vals so far. Keys come in order, so that of those with as many the first ones
/// stay.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{Backend, Task};
    use crate::pipeline::Loader;
    use clap::ValueEnum;
    use indicatif::ProgressBar;

    /// Updates by hand: `a` moves from `x` to `y`, `ab` stays, `b` comes at the end of time, `c` cancels at
    /// once, `d` has a negative multiplicity.
    const UPDATES: [(&str, &str, u64, i64); 10] = [
        ("b", "late", u64::MAX, 2),
        ("a", "x", 1, 1),
        ("a", "x", 4, -1),
        ("a", "y", 4, 1),
        ("a", "z", 4, 1),
        ("ab", "x", 2, 1),
        ("c", "x", 3, 1),
        ("c", "x", 3, -1),
        ("d", "", 2, -5),
        ("", "no key", 9, 1),
    ];

    /// Asks all questions of the updates above, loaded in batches of at least `batch`.
    struct Check {
        batch: u64,
        chunk: usize,
    }

    impl Task for Check {
        type Output = ();

        fn run<S: Index>(self) {
            let mut loader = Loader::<S>::new();
            for chunk in UPDATES.chunks(self.chunk) {
                let own = |(k, v, t, d): &(&str, &str, u64, i64)| ((k.to_string(), v.to_string()), *t, *d);
                let mut updates = chunk.iter().map(own).collect();
                loader.push(&mut updates);
                assert!(updates.is_empty());
            }
            let (trace, loaded) = loader.finish(self.batch, &ProgressBar::hidden());
            assert_eq!((loaded.updates_read, loaded.updates, loaded.merged), (10, 8, 1));
            assert_eq!(
                loaded.batches,
                match self.batch {
                    1 => 6,
                    2 => 4,
                    _ => 1,
                }
            );
            assert_eq!(loaded.times, Some((1, u64::MAX)));

            let get = |key, at| {
                let rows = get(&trace, key, at)?;
                Some(rows.into_iter().map(|row| format!("{} {}", row.val, row.count)).collect::<Vec<_>>())
            };
            assert_eq!(get("a", 0), Some(vec![]));
            assert_eq!(get("a", 3), Some(vec!["x 1".to_owned()]));
            assert_eq!(get("a", 4), Some(vec!["y 1".to_owned(), "z 1".to_owned()]));
            assert_eq!(get("b", u64::MAX), Some(vec!["late 2".to_owned()]));
            assert_eq!(get("b", u64::MAX - 1), Some(vec![]));
            assert_eq!(get("c", 3), None);
            assert_eq!(get("d", 2), Some(vec![" -5".to_owned()]));
            assert_eq!(get("", 9), Some(vec!["no key 1".to_owned()]));
            assert_eq!(get("e", 9), None);

            let history: Vec<_> = history(&trace, "a").into_iter().map(|e| (e.time, e.val, e.diff)).collect();
            let expected = [(1, "x", 1), (4, "x", -1), (4, "y", 1), (4, "z", 1)];
            assert_eq!(history, expected.map(|(time, val, diff)| (time, val.to_owned(), diff)));

            let changes = |from, to| {
                let rows = changes(&trace, Keys::All, Span { from, to });
                rows.into_iter()
                    .map(|row| format!("{} {} {}", row.key, row.val, row.diff))
                    .collect::<Vec<_>>()
            };
            assert_eq!(changes(Some(1), Some(3)), ["ab x 1", "d  -5"]);
            assert_eq!(changes(Some(3), Some(4)), ["a x -1", "a y 1", "a z 1"]);
            assert_eq!(changes(Some(4), Some(4)), [""; 0]);
            assert_eq!(changes(None, Some(2)), ["a x 1", "ab x 1", "d  -5"]);
            assert_eq!(changes(Some(8), None), [" no key 1", "b late 2"]);

            let pairs = |prefix, at| {
                let rows = pairs(&trace, Keys::Prefix(prefix), at);
                rows.into_iter()
                    .map(|row| format!("{} {} {}", row.key, row.val, row.count))
                    .collect::<Vec<_>>()
            };
            assert_eq!(pairs("a", 3), ["a x 1", "ab x 1"]);
            assert_eq!(pairs("ab", 1), [""; 0]);
            assert_eq!(pairs("", 2), ["a x 1", "ab x 1", "d  -5"]);

            let top = |n, at| {
                let rows = top(&trace, n, at);
                rows.into_iter()
                    .map(|row| format!("{} {} {}", row.key, row.vals, row.total))
                    .collect::<Vec<_>>()
            };
            assert_eq!(top(2, 9), ["a 2 2", " 1 1"]);
            assert_eq!(top(3, 3), ["a 1 1", "ab 1 1", "d 1 -5"]);
            assert_eq!(top(0, 9), [""; 0]);
            assert_eq!(top(9, 0), [""; 0]);

            let expected = Census { keys: 5, updates: 8, pairs_at: vec![0, 3, 6] };
            assert_eq!(census(&trace, &[0, 3, u64::MAX]), expected);
        }
    }

    #[test]
    fn every_backend_answers_every_question() {
        for backend in Backend::value_variants() {
            for batch in [1, 2, 100] {
                for chunk in [1, 3, 10] {
                    backend.run(Check { batch, chunk });
                }
            }
        }
    }

    struct Nothing;

    impl Task for Nothing {
        type Output = ();

        fn run<S: Index>(self) {
            let (trace, loaded) = Loader::<S>::new().finish(1, &ProgressBar::hidden());
            assert_eq!((loaded.updates, loaded.batches, loaded.merged, loaded.times), (0, 0, 0, None));
            assert_eq!(get(&trace, "a", 0), None);
            assert_eq!(top(&trace, 3, 0), []);
            assert_eq!(changes(&trace, Keys::All, Span { from: None, to: None }), []);
        }
    }

    #[test]
    fn every_backend_can_be_empty() {
        for backend in Backend::value_variants() {
            backend.run(Nothing);
        }
    }
}
