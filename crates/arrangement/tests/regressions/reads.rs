//! Views: the cases that reading a collection must get right, and what reads cost.

use crate::counted::{Counted, CountedSpine, work};
use crate::support::{Data, Store, append, frontier};
use arrangement::trace::{Bookmark, Contents, Prefix, ReadError, Selection, Snapshot};
use arrangement::{Batch, Batcher, Cursor, IntoOwned, Pipeline, Trace, TraceReader};
use std::cell::Cell;
use std::rc::Rc;

/// A snapshot of all of a trace.
fn snapshot<S: Trace>(spine: &S) -> Snapshot<S::Batch> {
    Snapshot::through(spine, crate::support::upper_of(spine).borrow()).expect("the upper bound is a cut")
}

/// A list of cursors showed what sums to nothing, where none of its batches would.
#[test]
fn r38_what_sums_to_nothing_over_batches_is_not_shown() {
    fn check<S, B, K, V>()
    where
        S: Pipeline<Time = u64, Batch = B, Input = Vec<((K, V), u64, i64)>>,
        B: Batch<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Time = u64, Diff = i64>,
        K: Data,
        V: Data,
    {
        let mut spine = S::new();
        append(&mut spine, &[(1, 0, 0, 1), (2, 0, 0, 1), (3, 0, 0, 1)], &[1]);
        append(&mut spine, &[(1, 0, 1, -1), (3, 0, 1, -1)], &[2]);
        let snapshot = snapshot(&spine);
        assert_eq!(snapshot.batches().len(), 2, "a merge would hide what is tested");
        let view = snapshot.view();
        let now = view.as_of(&1).unwrap();
        let read = |key| B::Key::into_owned(key).number();
        // Neither the key nor its val, from either end; the next key is there.
        assert!(now.keys().map(read).eq([2]) && now.keys().rev().map(read).eq([2]));
        assert!(now.rows().map(|row| (read(row.0), row.2)).eq([(2, 1)]));
        assert_eq!(now.key_not_less(&K::pick(0)).map(read), Some(2));
        assert!(!now.contains_key(&K::pick(1)) && now.get(&K::pick(3)).next().is_none());
        assert_eq!((now.weight(&K::pick(1)), now.weight(&K::pick(2))), (None, Some(1)));
        // They are in the collection before, and in the history.
        assert!(view.as_of(&0).unwrap().keys().map(read).eq([1, 2, 3]));
        assert!(view.history().get(&K::pick(1)).map(|val| val.1).eq([vec![(0, 1), (1, -1)]]));
    }
    check::<arrangement::OrdValSpine<String, String, u64, i64>, _, _, _>();
    check::<arrangement::OrdKeySpine<String, u64, i64>, _, _, _>();
    check::<arrangement::PreferredSpine<str, str, u64, i64>, _, _, _>();
    #[cfg(feature = "columnation")]
    check::<arrangement::ColValSpine<String, String, u64, i64>, _, _, _>();
    #[cfg(feature = "flatcontainer")]
    check::<arrangement::FlatValSpine<String, String, u64, i64>, _, _, _>();
}

/// Empty batches among those that are read stopped the reading.
#[test]
fn r39_views_read_on_over_empty_batches() {
    let batch =
        |list: &[_], lower, upper| <crate::support::Plain as Store<u64>>::batch(list, &[lower], &[upper]);
    let batches =
        vec![batch(&[], 0, 1), batch(&[(1, 1, 1, 1)], 1, 2), batch(&[], 2, 3), batch(&[(2, 2, 3, 1)], 3, 4)];
    let all = Snapshot::new(batches, frontier(&[0]), frontier(&[4]));
    let now = all.view().as_of(&3).unwrap();
    assert!(now.rows().eq([(&1, &1, 1), (&2, &2, 1)]));
    assert!(now.rows().rev().eq([(&2, &2, 1), (&1, &1, 1)]));
    let none = Snapshot::new(vec![batch(&[], 0, 1)], frontier(&[0]), frontier(&[1]));
    let now = none.view().as_of(&0).unwrap();
    assert_eq!((now.rows().next(), now.keys().next_back(), now.get(&1).next()), (None, None, None));
}

/// Each update of a val in many batches was taken for the val.
#[test]
fn r45_the_updates_of_a_val_of_many_batches_are_summed() {
    let mut spine = crate::support::Plain::new();
    for time in 0..10 {
        append(&mut spine, &[(1, 1, time, 1), (1, 2, time, 2)], &[time + 1]);
    }
    let snapshot = snapshot(&spine);
    assert_eq!(snapshot.batches().len(), 10);
    let now = snapshot.view().as_of(&9).unwrap();
    assert!(now.get(&1).eq([(&1, 10), (&2, 20)]));
    assert_eq!(now.weight(&1), Some(30));
    assert_eq!(snapshot.view().as_of(&4).unwrap().weight(&1), Some(15));
    // Times that were made equal by compaction, in several batches, are one entry of a history, or none.
    let batch = |list: &[_]| <crate::support::Plain as Store<u64>>::batch(list, &[0], &[1]);
    let batches = vec![batch(&[(1, 1, 0, 1), (1, 2, 0, 1)]), batch(&[(1, 1, 0, 2), (1, 2, 0, -1)])];
    let compacted = Snapshot::new(batches, frontier(&[0]), frontier(&[1]));
    assert!(compacted.view().history().rows().eq([(&1, &1, vec![(0, 3)])]));
}

/// Times that compaction has merged were answered with what later times held, and times to come with what there was.
#[test]
fn times_outside_of_the_frontiers_are_refused() {
    let mut spine = crate::support::Plain::new();
    append(&mut spine, &[(1, 1, 0, 1), (1, 1, 3, 1)], &[5]);
    crate::support::compact(&mut spine, &[3]);
    let snapshot = snapshot(&spine);
    let view = snapshot.view();
    assert_eq!(view.as_of(&4).unwrap().weight(&1), Some(2));
    let compacted = ReadError::Compacted { time: 2, since: frontier(&[3]) };
    assert_eq!(view.as_of(&2).unwrap_err(), compacted);
    assert_eq!(view.difference(&2, &4).unwrap_err(), compacted);
    assert_eq!(view.changes(&3, &5).unwrap_err(), ReadError::NotYet { time: 5, upper: frontier(&[5]) });
    assert_eq!(view.changes(&4, &3).unwrap_err(), ReadError::Disordered { from: 4, to: 3 });
    let text = "can't read as of 2: times were compacted up to the frontier {3}";
    assert_eq!(compacted.to_string(), text);
}

/// Each item in one of two batches, as a key with the val, and as a val of the first key.
fn load<S, O: Clone>(items: &[O]) -> Snapshot<S::Batch>
where
    S: Pipeline<Time = u64, Input = Vec<((O, O), u64, i64)>>,
{
    let (mut spine, mut batcher) = (S::new(), S::Batcher::new());
    for part in 0..2 {
        let own = items.iter().skip(part + 1).step_by(2).map(|item| (item.clone(), item.clone()));
        let first = items.iter().skip(part).step_by(2).map(|item| (items[0].clone(), item.clone()));
        batcher.push(&mut own.chain(first).map(|data| (data, part as u64, 1)).collect());
        spine.insert(batcher.seal::<S::Builder>(frontier(&[part as u64 + 1])));
    }
    snapshot(&spine)
}

/// Order-preserving scans were asked for for years: of strings by `str`, whatever the layout, of keys and of vals.
#[test]
fn w4_strings_are_found_and_scanned_by_str() {
    fn check<S, B>()
    where
        S: Pipeline<Time = u64, Batch = B, Input = Vec<((String, String), u64, i64)>>,
        B: Batch<Time = u64, Diff = i64>,
        B::Key: IntoOwned<Owned = String> + Prefix<str>,
        B::Val: IntoOwned<Owned = String> + Prefix<str>,
    {
        let items = ["", "a", "ab", "ab\0", "abc", "ac", "\u{10ffff}", "\u{10ffff}z"].map(String::from);
        let snapshot = load::<S, String>(&items);
        let now = snapshot.view().as_of(&1).unwrap();
        let (key, val) = (|key| B::Key::into_owned(key), |val: (_, i64)| B::Val::into_owned(val.0));
        for item in &items {
            let begins: Vec<_> = items.iter().filter(|other| other.starts_with(item)).cloned().collect();
            let part = now.prefix(item.as_str());
            assert_eq!(part.keys().map(key).collect::<Vec<_>>(), begins);
            assert!(part.keys().rev().map(key).eq(begins.iter().rev().cloned()));
            assert_eq!(now.get("").prefix(item.as_str()).map(val).collect::<Vec<_>>(), begins);
            assert!(now.contains_key(item) && now.contains_key(item.as_str()));
        }
        assert_eq!(now.prefix("abd").keys().count(), 0);
        assert!(now.range("ab".."ac").keys().map(key).eq(["ab", "ab\0", "abc"]));
        assert!(now.get("").range(..="a").map(val).eq(["", "a"]));
        assert_eq!(now.key_not_greater("ad").map(key).as_deref(), Some("ac"));
        assert!(now.lookup(["ac", "b", "a"]).map(|row| row.0).eq([0, 2]));
    }
    check::<arrangement::OrdValSpine<String, String, u64, i64>, _>();
    check::<arrangement::PreferredSpine<str, str, u64, i64>, _>();
    #[cfg(feature = "columnation")]
    check::<arrangement::ColValSpine<String, String, u64, i64>, _>();
    #[cfg(feature = "flatcontainer")]
    check::<arrangement::FlatValSpine<String, String, u64, i64>, _>();
}

/// As above, of vectors by slices.
#[test]
fn w4_vectors_are_found_and_scanned_by_slices() {
    fn check<S, B>()
    where
        S: Pipeline<Time = u64, Batch = B, Input = Vec<((Vec<u8>, Vec<u8>), u64, i64)>>,
        B: Batch<Time = u64, Diff = i64>,
        B::Key: IntoOwned<Owned = Vec<u8>> + Prefix<[u8]>,
        B::Val: IntoOwned<Owned = Vec<u8>> + Prefix<[u8]>,
    {
        let items =
            [&[][..], &[0], &[0, 0], &[1, 2], &[1, 2, 255], &[1, 3], &[255], &[255, 255]].map(Vec::from);
        let snapshot = load::<S, Vec<u8>>(&items);
        let now = snapshot.view().as_of(&1).unwrap();
        let (key, val) = (|key| B::Key::into_owned(key), |val: (_, i64)| B::Val::into_owned(val.0));
        for item in &items {
            let begins: Vec<_> = items.iter().filter(|other| other.starts_with(item)).cloned().collect();
            let part = now.prefix(item.as_slice());
            assert_eq!(part.keys().map(key).collect::<Vec<_>>(), begins);
            assert_eq!(now.get(&[]).prefix(item.as_slice()).rev().map(val).count(), begins.len());
            assert!(now.contains_key(item) && now.contains_key(item.as_slice()));
        }
        assert!(now.range(&[1, 2][..]..&[1, 3][..]).keys().map(key).eq([vec![1, 2], vec![1, 2, 255]]));
        assert!(now.get(&[]).range(&[255][..]..).map(val).eq([vec![255], vec![255, 255]]));
    }
    check::<arrangement::OrdValSpine<Vec<u8>, Vec<u8>, u64, i64>, _>();
    check::<arrangement::PreferredSpine<[u8], [u8], u64, i64>, _>();
    #[cfg(feature = "columnation")]
    check::<arrangement::ColValSpine<Vec<u8>, Vec<u8>, u64, i64>, _>();
    #[cfg(feature = "flatcontainer")]
    check::<arrangement::FlatValSpine<Vec<u8>, Vec<u8>, u64, i64>, _>();
}

/// A selection that shows all, and counts the pairs of key and val that are looked at.
#[derive(Clone, Default)]
struct Looks(Rc<Cell<usize>>);

impl<T, R> Selection<T, R> for Looks {
    type Item = ();
    fn weigh<C: Cursor<Time = T, Diff = R>>(&self, _: &mut C, _: &C::Storage) -> Option<()> {
        self.0.set(self.0.get() + 1);
        Some(())
    }
}

impl Looks {
    /// How many pairs something looks at, and its comparisons.
    fn of<X>(&self, body: impl FnOnce() -> X) -> (X, usize, usize) {
        let before = self.0.get();
        let (result, work) = work(body);
        (result, self.0.get() - before, work.items)
    }
}

/// Keys that are dealt to so many batches, one after the other; each key has one val.
fn dealt(keys: u64, batches: u64) -> Snapshot<<CountedSpine<u64> as TraceReader>::Batch> {
    let batches = (0..batches).map(|part| {
        let mut batcher = <CountedSpine<u64> as Pipeline>::Batcher::new();
        let numbers = (0..keys).filter(|n| n % batches == part);
        batcher.push(&mut numbers.map(|n| ((Counted(n), Counted(n % 7)), 0, 1)).collect());
        batcher.seal::<<CountedSpine<u64> as Pipeline>::Builder>(frontier(&[1]))
    });
    Snapshot::new(batches.collect(), frontier(&[0]), frontier(&[1]))
}

/// Reading looks at what it returns and at no more, and finds where to begin by few comparisons.
#[test]
fn reads_look_at_what_they_return() {
    const KEYS: u64 = 20_000;
    // Log base two of the keys is 15, and each batch is asked.
    const SEEK: usize = 4 * 40;
    let snapshot = dealt(KEYS, 4);
    let looks = Looks::default();
    let all = Contents::new(snapshot.cursor(), snapshot.batches(), looks.clone());
    let check = |(found, looked, compared): (u64, usize, usize), expected: u64, looks: usize, most: usize| {
        assert_eq!((found, looked), (expected, looks));
        assert!(compared <= most, "{compared} comparisons");
    };
    let number = |key: Option<&Counted>| key.map_or(u64::MAX, |key| key.0);
    check(looks.of(|| number(all.first_key())), 0, 1, 20);
    check(looks.of(|| number(all.last_key())), KEYS - 1, 1, 20);
    check(looks.of(|| number(all.nth_key(9))), 9, 10, 10 * 10);
    check(looks.of(|| number(all.key_not_less(&Counted(KEYS / 2)))), KEYS / 2, 1, 2 * SEEK);
    check(looks.of(|| number(all.key_not_greater(&Counted(KEYS / 2)))), KEYS / 2, 1, 3 * SEEK);
    check(looks.of(|| all.get(&Counted(KEYS / 3)).count() as u64), 1, 1, 2 * SEEK);
    let part = Counted(KEYS / 2)..Counted(KEYS / 2 + 100);
    check(looks.of(|| all.range(part.clone()).rows().count() as u64), 100, 100, 4 * SEEK + 100 * 12);
    check(looks.of(|| all.range(part.clone()).rows().rev().count() as u64), 100, 100, 4 * SEEK + 100 * 12);
    // A range is as lazy as the whole.
    check(looks.of(|| all.range(Counted(5)..).rows().take(3).count() as u64), 3, 3, 2 * SEEK);
}

/// A point read that was cut short walked the whole prefix again when it went on.
#[test]
fn w16_reading_goes_on_where_it_stopped() {
    const KEYS: u64 = 20_000;
    let snapshot = dealt(KEYS, 4);
    let looks = Looks::default();
    let all = Contents::new(snapshot.cursor(), snapshot.batches(), looks.clone());
    let mut bookmark = Bookmark { key: Counted(KEYS / 2), val: Counted(0) };
    for page in 0..3 {
        let (rows, looked, compared) = looks.of(|| {
            let mut rows = all.rows().resume(&bookmark).with_budget(10);
            let first = rows.next().expect("there are more").0.0;
            assert_eq!((first, rows.by_ref().count(), rows.budget()), (KEYS / 2 + 10 * page, 9, 0));
            rows
        });
        assert_eq!(looked, 10);
        assert!(compared <= 4 * 40 + 10 * 12, "{compared}");
        bookmark = rows.bookmark().expect("there are more");
    }
    assert_eq!(bookmark.key.0, KEYS / 2 + 30);
    // A bookmark is good for contents in which what it names is gone, and in which more has come.
    let fewer = dealt(KEYS / 2 + 40, 3);
    let rest = Contents::new(fewer.cursor(), fewer.batches(), looks).rows().resume(&bookmark);
    assert_eq!(rest.count(), 10);
}

/// A seek did not say how far it went.
#[test]
fn w5_a_seek_reports_how_far_it_moved() {
    const KEYS: u64 = 1_000;
    for batches in [1, 3] {
        let snapshot = dealt(KEYS, batches);
        let (mut cursor, storage) = (snapshot.cursor(), snapshot.batches());
        for (target, passed) in [(0, 0), (10, 10), (10, 0), (500, 490), (7, 0), (2 * KEYS, 500), (5, 0)] {
            assert_eq!(
                cursor.seek_key_counted(storage, &Counted(target)),
                Some(passed as usize),
                "to {target}"
            );
        }
        // Also after a step back, and after a key was found.
        cursor.step_key_back(storage);
        cursor.step_key_back(storage);
        assert_eq!(cursor.seek_key_counted(storage, &Counted(KEYS - 1)), Some(1));
        assert!(cursor.find_key(storage, &Counted(20)));
        assert_eq!(cursor.seek_key_counted(storage, &Counted(30)), Some(10));
    }
}

/// A step back over many batches looks at those that move, not at each.
#[test]
fn steps_back_over_many_batches_look_at_those_that_move() {
    const KEYS: u64 = 4_000;
    let snapshot = dealt(KEYS, 32);
    let (mut cursor, storage) = (snapshot.cursor(), snapshot.batches());
    cursor.end_keys(storage);
    let (steps, work) = work(|| std::iter::from_fn(|| cursor.step_key_back(storage).then_some(())).count());
    assert_eq!(steps as u64, KEYS);
    // Out of a heap of 32 and into it: twice five comparisons at most, and a few.
    assert!(work.items <= 14 * steps, "{work:?}");
}
