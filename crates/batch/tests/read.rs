//! Reading batches large enough to have an index, one and several at once, against a naive model.

use arrangement_batch::{OrdBuilder, OrdStorage, Vals};
use arrangement_container::{BatchContainer, InputFor, Layout, Preferred, SortWords, Vector, Words};
use arrangement_trace::{
    Antichain, Batch, BatchReader, Builder, Cursor, CursorList, Description, IntoOwned, Merger, Native,
    Progress, RcBuilder, SharedBatch,
};
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

type Rows<K, V> = Vec<((K, V), u64, i64)>;
type OrdBatch<L> = SharedBatch<OrdStorage<L, Vals<<L as Layout>::Val>>>;

/// The finalizer of SplitMix64: a number that looks random.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn batch<L, K, V>(mut rows: Rows<K, V>, lower: u64) -> OrdBatch<L>
where
    L: Layout<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Time = u64, Diff = i64>,
    Rows<K, V>: InputFor<L>,
{
    let frontier = |time| Antichain::from_elem(time);
    let mut builder = RcBuilder::<OrdBuilder<L, Vals<L::Val>, Rows<K, V>>>::new();
    builder.push(&mut rows);
    builder.done(Description::new(frontier(lower), frontier(lower + 1)))
}

/// Deals `n` keys to batches, each half as large as the one before, some to several; merges the last two; and compares
/// all that can be read with a model.
fn check<L, K>(n: u64, key: impl Fn(u64) -> K)
where
    K: Ord + Clone + Debug,
    L: Layout<Key: IntoOwned<Owned = K>, Val = Vec<u64>, Time = u64, Diff = i64>,
    Rows<K, u64>: InputFor<L>,
{
    let mut sets: Vec<BTreeMap<(K, u64), i64>> = vec![BTreeMap::new(); 6];
    for i in 0..n {
        let set = (mix(i ^ 77).trailing_zeros() as usize).min(5);
        for val in 0..1 + mix(i ^ 5) % 3 {
            *sets[set].entry((key(i), mix(val + i) % 10)).or_insert(0) += 1;
            if i % 7 == 0 {
                *sets[(set + 1) % 6].entry((key(i), val)).or_insert(0) += 1;
            }
        }
    }
    let batches = sets.into_iter().enumerate().map(|(time, set)| {
        batch::<L, K, u64>(
            set.into_iter().map(|(data, diff)| (data, time as u64, diff)).collect(),
            time as u64,
        )
    });
    let mut batches: Vec<OrdBatch<L>> = batches.collect();
    let (newer, older) = (batches.pop().unwrap(), batches.pop().unwrap());
    let mut merger = older.begin_merge(&newer, Antichain::from_elem(0).borrow());
    while merger.work(&older, &newer, &mut 100) == Progress::Working {}
    batches.push(merger.done());

    let probes: Vec<K> = (0..2 * n).step_by(3).map(|i| key(mix(i) % (2 * n))).collect();
    for batch in &batches {
        check_cursor(&mut batch.cursor(), batch, &probes);
    }
    let cursors = batches.iter().map(BatchReader::cursor).collect();
    let mut list = CursorList::new(cursors, &batches);
    check_cursor(&mut list, &batches, &probes);
}

fn check_cursor<C, K>(cursor: &mut C, storage: &C::Storage, probes: &[K])
where
    K: Ord + Clone + Debug,
    C: Cursor<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = u64>, Time = u64, Diff = i64>,
{
    let all = cursor.to_updates(storage);
    assert!(all.is_sorted_by(|a, b| a.0 <= b.0));
    let mut model: BTreeMap<K, Vec<(u64, u64, i64)>> = BTreeMap::new();
    for ((key, val), time, diff) in all {
        model.entry(key).or_default().push((val, time, diff));
    }
    model.values_mut().for_each(|updates| updates.sort());
    let read = |cursor: &mut C| {
        let mut updates = Vec::new();
        while let Some(val) = cursor.get_val(storage).map(C::Val::into_owned) {
            cursor.map_times(storage, |time, diff| updates.push((val, *time, *diff)));
            cursor.step_val(storage);
        }
        assert!(updates.is_sorted_by_key(|update| update.0));
        updates.sort();
        updates
    };

    // All at once, from the start and from the middle of a key.
    for steps in [0, 1, 3, 40] {
        let mut visited = BTreeMap::new();
        cursor.rewind_keys(storage);
        (0..steps).for_each(|_| cursor.step_key(storage));
        let from = cursor.get_key(storage).map(C::Key::into_owned);
        cursor.visit(storage, |key, val, time, diff| {
            let updates: &mut Vec<_> = visited.entry(C::Key::into_owned(key)).or_default();
            updates.push((C::Val::into_owned(val), *time, *diff));
        });
        assert!(!cursor.key_valid(storage) && !cursor.val_valid(storage));
        visited.values_mut().for_each(|updates| updates.sort());
        let expected = from.map_or(BTreeMap::new(), |from| {
            model.range(from..).map(|(k, u)| (k.clone(), u.clone())).collect()
        });
        assert_eq!(visited, expected, "from the {steps}th key");
    }

    // Forward, with steps and seeks in turn.
    let mut sorted = probes.to_vec();
    sorted.sort();
    cursor.rewind_keys(storage);
    for (index, probe) in sorted.iter().enumerate() {
        cursor.seek_key_owned(storage, probe);
        let mut expected = model.range(probe..);
        for _ in 0..1 + index % 11 {
            let next = expected.next();
            assert_eq!(
                cursor.get_key(storage).map(C::Key::into_owned).as_ref(),
                next.map(|next| next.0),
                "{probe:?}"
            );
            let Some((key, updates)) = next else { break };
            if index % 2 == 0 {
                assert_eq!(read(cursor), *updates, "{key:?}");
            }
            if sorted.get(index + 1).is_none_or(|probe| probe <= key) {
                break;
            }
            cursor.step_key(storage);
        }
    }

    // Anywhere: rewound, found one by one, and many at once.
    for (index, probe) in probes.iter().enumerate() {
        cursor.rewind_keys(storage);
        cursor.seek_key_owned(storage, probe);
        let expected = model.range(probe..).next().map(|next| next.0.clone());
        assert_eq!(cursor.get_key(storage).map(C::Key::into_owned), expected);
        let found = cursor.find_key(storage, C::Key::borrow_as(probe));
        assert_eq!(found, model.contains_key(probe));
        if found {
            assert_eq!(read(cursor), model[probe]);
            // A cursor that found its way goes on in order.
            let mut expected = model.range(probe..).skip(1);
            for _ in 0..index % 9 {
                cursor.step_key(storage);
                assert_eq!(
                    cursor.get_key(storage).map(C::Key::into_owned).as_ref(),
                    expected.next().map(|next| next.0)
                );
            }
        }
    }
    let mut found = Vec::new();
    cursor.find_keys(storage, probes.iter().map(C::Key::borrow_as), |index, cursor| {
        assert_eq!(cursor.get_key(storage).map(C::Key::into_owned).as_ref(), Some(&probes[index]));
        found.push((index, read(cursor)));
    });
    let expected = probes.iter().enumerate();
    let expected: Vec<_> = expected.filter_map(|(at, key)| Some((at, model.get(key)?.clone()))).collect();
    assert_eq!(found, expected);
}

#[test]
fn numbers_spread_and_crowded() {
    type L = Vector<((u64, u64), u64, i64)>;
    check::<L, u64>(6000, mix);
    check::<L, u64>(6000, |i| i);
    check::<L, u64>(6000, |i| if i % 2 == 0 { mix(i) } else { mix(i) % 4096 });
    check::<L, u64>(3000, |i| u64::MAX - mix(i) % 2000);
    check::<L, u64>(40, mix);
}

#[test]
fn signed_numbers_and_pairs() {
    check::<Vector<((i32, u64), u64, i64)>, i32>(4000, |i| mix(i) as i32);
    // The word of such a pair is its first part: many are equal.
    check::<Vector<(((u64, u64), u64), u64, i64)>, (u64, u64)>(4000, |i| (mix(i) % 50, mix(i ^ 1) % 1000));
}

#[test]
fn strings_that_begin_alike() {
    const PARTS: [&str; 6] =
        ["", "user/", "user/account/", "user/account/eu-west/17/", "\0\0", "zzzzzzzzzzzzzzzz"];
    let long = |i: u64| format!("{}{:09}", PARTS[(mix(i) % 6) as usize], mix(i ^ 3) % 100_000);
    let zeros = |i: u64| "\0".repeat((mix(i) % 40) as usize) + &"a".repeat((mix(i ^ 9) % 4) as usize);
    let nested = |i: u64| "abcdefgh".repeat((mix(i) % 12) as usize) + &format!("{}", mix(i ^ 8) % 300);
    check::<Preferred<str, u64, u64, i64>, String>(5000, long);
    check::<Preferred<str, u64, u64, i64>, String>(3000, zeros);
    check::<Preferred<str, u64, u64, i64>, String>(5000, nested);
    check::<Vector<((String, u64), u64, i64)>, String>(3000, long);
    check::<Vector<((Vec<u8>, u64), u64, i64)>, Vec<u8>>(3000, |i| nested(i).into_bytes());
}

thread_local! { static COMPARED: Cell<usize> = const { Cell::new(0) }; }

/// A key that counts how often it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counted(u64);
impl Ord for Counted {
    fn cmp(&self, other: &Self) -> Ordering {
        COMPARED.set(COMPARED.get() + 1);
        self.0.cmp(&other.0)
    }
}
impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The words of such keys, by which they have an index.
enum ByNumber {}
impl SortWords<Vec<Counted>> for ByNumber {
    fn kind() -> Words {
        Words::Exact
    }
    fn word(item: &Counted, _: usize) -> u64 {
        item.0
    }
}
impl SortWords<Vec<u64>> for ByNumber {
    fn kind() -> Words {
        Words::Exact
    }
    fn word(item: &u64, _: usize) -> u64 {
        *item
    }
}

#[test]
fn keys_without_words_and_with_the_users() {
    check::<Vector<((Counted, u64), u64, i64)>, Counted>(3000, |i| Counted(mix(i)));
    check::<Vector<((Counted, u64), u64, i64), Native, ByNumber>, Counted>(3000, |i| Counted(mix(i)));
}

/// A seek among 100,000 keys compares a handful, however they are spread; an index takes no more than a thirtieth.
#[test]
fn a_seek_compares_few_keys_and_an_index_is_small() {
    const N: u64 = 100_000;
    type L<W> = Vector<((Counted, u64), u64, i64), Native, W>;
    fn rows(key: impl Fn(u64) -> u64) -> Rows<Counted, u64> {
        let mut keys: Vec<u64> = (0..N).map(key).collect();
        keys.sort();
        keys.dedup();
        keys.into_iter().map(|key| ((Counted(key), key), 0, 1)).collect()
    }
    fn compared<W>(rows: Rows<Counted, u64>) -> f64
    where
        W: SortWords<Vec<Counted>> + SortWords<Vec<u64>>,
    {
        let batch = batch::<L<W>, Counted, u64>(rows, 0);
        let mut cursor = batch.cursor();
        COMPARED.set(0);
        for i in 0..1000 {
            cursor.rewind_keys(&batch);
            cursor.seek_key(&batch, &Counted(mix(i)));
        }
        COMPARED.get() as f64 / 1000.0
    }
    let (spread, crowded) = (mix, |i: u64| if i.is_multiple_of(2) { mix(i) } else { i });
    assert!(compared::<arrangement_container::ByContainer>(rows(spread)) > 20.0, "the test counts nothing");
    assert!(compared::<ByNumber>(rows(spread)) < 10.0);
    assert!(compared::<ByNumber>(rows(crowded)) < 16.0);

    let with = batch::<L<ByNumber>, Counted, u64>(rows(spread), 0).sizes().keys;
    let without = Vec::<Counted>::with_capacity(N as usize).sizes().bytes_reserved;
    assert!(with.bytes_reserved > without && with.bytes_reserved - without < without / 15, "{with:?}");
}

/// Words of such keys that leave something open. Making one is counted as a comparison.
enum ByPairs {}
impl SortWords<Vec<Counted>> for ByPairs {
    fn kind() -> Words {
        Words::Lossy
    }
    fn word(item: &Counted, _: usize) -> u64 {
        COMPARED.set(COMPARED.get() + 1);
        item.0 >> 1
    }
}
impl SortWords<Vec<[u64; 4]>> for ByPairs {
    fn kind() -> Words {
        Words::None
    }
    fn word(_: &[u64; 4], _: usize) -> u64 {
        0
    }
}

/// After some questions, keys are looked for in those of several batches only that may have them.
#[test]
fn batches_without_a_key_are_not_searched() {
    const N: u64 = 4_000;
    type L = Vector<((Counted, [u64; 4]), u64, i64), Native, ByPairs>;
    let rows = |batch: u64| {
        let keys = (0..N).map(|i| Counted(mix(i << 3 | batch)));
        let mut rows: Rows<Counted, [u64; 4]> = keys.map(|key| ((key, [0; 4]), batch, 1)).collect();
        rows.sort();
        rows
    };
    let batches: Vec<_> = (0..8).map(|index| batch::<L, Counted, [u64; 4]>(rows(index), index)).collect();
    let mut cursor = CursorList::new(batches.iter().map(BatchReader::cursor).collect(), &batches);
    let mut compared = |from: u64, find: bool| {
        COMPARED.set(0);
        for i in 0..1000 {
            let key = Counted(mix(((from + i) << 3) | (i % 8)));
            cursor.rewind_keys(&batches);
            if find {
                assert_eq!(cursor.find_key(&batches, &key), from < N);
            } else {
                cursor.seek_key(&batches, &key);
                assert_eq!(cursor.get_key(&batches) == Some(&key), from < N);
            }
        }
        COMPARED.get() as f64 / 1000.0
    };
    // Searching all of the eight takes about 80; the first thousand also pay for the filters.
    let first = compared(N, true);
    assert!(first > 40.0, "the test counts nothing: {first}");
    for (from, find, most) in [(N, true, 20.0), (0, true, 30.0), (0, false, 32.0)] {
        let compared = compared(from, find);
        assert!(compared < most, "{compared} from {from}");
    }
    // What was not searched is counted all the same.
    for i in 0..100 {
        let key = Counted(mix(i << 5));
        let less = (0..8).flat_map(rows).filter(|row| row.0.0 < key).count();
        cursor.rewind_keys(&batches);
        assert_eq!(cursor.seek_key_counted(&batches, &key), Some(less));
    }
    let sizes = batches[0].sizes();
    let plain = (N as usize) * (8 + 32);
    let extra = sizes.total().bytes_reserved - plain;
    assert!(extra < plain * 3 / 100, "{extra} of {plain}");
}

/// Stepping through several batches compares a key in four or fewer, and reading in bulk as few.
#[test]
fn steps_of_several_batches_compare_few_keys() {
    const N: u64 = 20_000;
    type L = Vector<((Counted, u64), u64, i64), Native, ByNumber>;
    let rows = |batch: u64| {
        let keys = (0..N >> batch).map(|i| Counted(mix(i << 3 | batch)));
        let mut rows: Rows<Counted, u64> = keys.map(|key| ((key, 0), batch, 1)).collect();
        rows.sort();
        rows
    };
    let batches: Vec<_> = (0..6).map(|index| batch::<L, Counted, u64>(rows(index), index)).collect();
    let total: usize = batches.iter().map(BatchReader::len).sum();
    let mut list = CursorList::new(batches.iter().map(BatchReader::cursor).collect(), &batches);
    COMPARED.set(0);
    let mut keys = 0;
    while list.key_valid(&batches) {
        keys += 1;
        list.step_key(&batches);
    }
    assert_eq!(keys, total);
    assert!(COMPARED.get() < keys / 4, "{} for {keys} keys", COMPARED.get());
    list.rewind_keys(&batches);
    COMPARED.set(0);
    let mut visited = 0;
    list.visit(&batches, |_, _, _, _| visited += 1);
    assert_eq!(visited, total);
    assert!(COMPARED.get() < total / 4, "{} for {total} updates", COMPARED.get());
}

/// Who panics while visiting several batches finds the cursor at no key, and can rewind it.
#[test]
fn a_visit_that_panics_leaves_no_key() {
    let rows = |time: u64| (0..300).map(|i| ((i * (time + 1), i), time, 1)).collect();
    let batches: Vec<_> =
        (0..3).map(|time| batch::<Vector<((u64, u64), u64, i64)>, u64, u64>(rows(time), time)).collect();
    let mut list = CursorList::new(batches.iter().map(BatchReader::cursor).collect(), &batches);
    for until in [0, 1, 100, 899] {
        list.rewind_keys(&batches);
        let mut visited = 0;
        let visit = std::panic::AssertUnwindSafe(|| {
            list.visit(&batches, |_, _, _, _| {
                assert!(visited < until, "enough");
                visited += 1;
            });
        });
        assert!(std::panic::catch_unwind(visit).is_err());
        assert_eq!((visited, list.get_key(&batches), list.get_val(&batches)), (until, None, None));
        list.rewind_keys(&batches);
        assert_eq!(list.to_updates(&batches).len(), 900);
    }
}

/// Does with a cursor whatever comes to mind, in any order, and compares where it is with a model after each step.
fn wander<L, K>(seed: u64, keys: u64, vals: u64, key: impl Fn(u64) -> K)
where
    K: Ord + Clone + Debug,
    L: Layout<Key: IntoOwned<Owned = K>, Val = Vec<u64>, Time = u64, Diff = i64>,
    Rows<K, u64>: InputFor<L>,
{
    let mut state = seed;
    let mut random = |bound: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(state) % bound.max(1)
    };
    let mut model: BTreeMap<K, BTreeMap<u64, usize>> = BTreeMap::new();
    let count = 1 + random(6);
    let batches: Vec<OrdBatch<L>> = (0..count)
        .map(|time| {
            let rows: BTreeMap<(K, u64), u64> =
                (0..random(2 * keys.max(vals))).map(|_| ((key(random(keys)), random(vals)), time)).collect();
            for (key, val) in rows.keys() {
                *model.entry(key.clone()).or_default().entry(*val).or_insert(0) += 1;
            }
            batch::<L, K, u64>(rows.into_iter().map(|(data, time)| (data, time, 1)).collect(), time)
        })
        .collect();
    let mut cursor = CursorList::new(batches.iter().map(BatchReader::cursor).collect(), &batches);
    let keys_of = |from: Option<&K>| match from {
        Some(from) => model.range(from.clone()..).map(|entry| entry.0.clone()).collect::<Vec<K>>(),
        None => model.keys().cloned().collect(),
    };
    // What the model is at: the keys from the current one on, the vals of that from the current one on.
    let mut at_keys = keys_of(None);
    let first_vals =
        |at: &[K]| at.first().map_or(Vec::new(), |key| model[key].clone().into_iter().collect::<Vec<_>>());
    let mut at_vals = first_vals(&at_keys);
    for step in 0..400 {
        let target = key(random(keys + 2));
        match random(14) {
            0..=5 => {
                cursor.step_key(&batches);
                at_keys = at_keys.get(1..).unwrap_or_default().to_vec();
                at_vals = first_vals(&at_keys);
            }
            6 => {
                cursor.seek_key_owned(&batches, &target);
                at_keys.retain(|key| *key >= target);
                at_vals = first_vals(&at_keys);
            }
            7 => {
                if cursor.find_key(&batches, <L::Key as IntoOwned>::borrow_as(&target)) {
                    at_keys = keys_of(Some(&target));
                    assert_eq!(at_keys.first(), Some(&target), "step {step} of {seed}");
                } else {
                    assert!(!model.contains_key(&target), "step {step} of {seed}");
                    cursor.rewind_keys(&batches);
                    at_keys = keys_of(None);
                }
                at_vals = first_vals(&at_keys);
            }
            8 if random(8) == 0 => {
                cursor.rewind_keys(&batches);
                at_keys = keys_of(None);
                at_vals = first_vals(&at_keys);
            }
            9 => {
                cursor.rewind_vals(&batches);
                at_vals = first_vals(&at_keys);
            }
            10 => {
                let val = random(vals + 1);
                cursor.seek_val(&batches, &val);
                at_vals.retain(|(at, _)| *at >= val);
            }
            11 => {
                let mut visited = BTreeMap::new();
                cursor.visit_key(&batches, |val, _, _| *visited.entry(*val).or_insert(0) += 1);
                assert_eq!(visited.into_iter().collect::<Vec<_>>(), at_vals, "step {step} of {seed}");
                at_vals.clear();
            }
            12 if random(30) == 0 => {
                let mut visited = at_vals.iter().map(|(_, count)| count).sum::<usize>();
                let rest = at_keys.iter().skip(1).flat_map(|key| model[key].values());
                visited += rest.sum::<usize>();
                cursor.visit(&batches, |_, _, _, _| visited -= 1);
                assert_eq!(visited, 0, "step {step} of {seed}");
                at_keys.clear();
                at_vals.clear();
            }
            _ => {
                cursor.step_val(&batches);
                at_vals = at_vals.get(1..).unwrap_or_default().to_vec();
            }
        }
        assert_eq!(
            cursor.get_key(&batches).map(L::Key::into_owned).as_ref(),
            at_keys.first(),
            "step {step} of {seed}"
        );
        assert_eq!(cursor.get_val(&batches), at_vals.first().map(|(val, _)| val), "step {step} of {seed}");
        let mut updates = 0;
        cursor.map_times(&batches, |_, _| updates += 1);
        assert_eq!(updates, at_vals.first().map_or(0, |(_, count)| *count), "step {step} of {seed}");
    }
}

/// Keys with so many vals, in several batches, that one plan of steps does not take in all: some that words tell apart with
/// room to spare, some that only whole words do, and some in one batch more than in the others.
#[test]
fn vals_of_large_keys_come_in_order() {
    for (seed, batches) in (0..12).zip([2, 3, 5, 8].into_iter().cycle()) {
        let mut model: BTreeMap<(u64, u64), Vec<u64>> = BTreeMap::new();
        let batches: Vec<OrdBatch<Vector<((u64, u64), u64, i64)>>> = (0..batches)
            .map(|time| {
                let rows: BTreeSet<(u64, u64)> = (0..3000 >> (time * (seed % 2)))
                    .map(|i| mix(i << 16 | time << 8 | seed))
                    .map(|x| {
                        (
                            x % 3,
                            if x.is_multiple_of(3) {
                                (x >> 8) % 700
                            } else {
                                (((x >> 8) % 700) << 54) | (x >> 62)
                            },
                        )
                    })
                    .collect();
                rows.iter().for_each(|row| model.entry(*row).or_default().push(time));
                batch(rows.into_iter().map(|row| (row, time, 1)).collect(), time)
            })
            .collect();
        let mut list = CursorList::new(batches.iter().map(BatchReader::cursor).collect(), &batches);
        let mut stepped = Vec::new();
        while let Some(&key) = list.get_key(&batches) {
            while let Some(&val) = list.get_val(&batches) {
                let mut times = Vec::new();
                list.map_times(&batches, |time, _| times.push(*time));
                times.sort_unstable();
                stepped.push(((key, val), times));
                list.step_val(&batches);
            }
            list.step_key(&batches);
        }
        assert_eq!(stepped, model.into_iter().collect::<Vec<_>>(), "{seed}");
    }
}

#[test]
fn cursors_wander() {
    for seed in 0..40 {
        // Few keys and many vals; some of either; keys enough for an index.
        for (keys, vals) in [(4, 100), (40, 4), (900, 3)] {
            wander::<Vector<((u64, u64), u64, i64)>, u64>(seed, keys, vals, |i| i);
            // As wide as a word is, and many of them close: more than fits a planned step.
            wander::<Vector<((u64, u64), u64, i64)>, u64>(seed, keys, vals, |i| ((i % 8) << 61) | (i / 8));
            wander::<Preferred<str, u64, u64, i64>, String>(seed, keys, vals, |i| {
                format!("shared/{}/{i}", i % 3)
            });
            wander::<Vector<(((u64, u64), u64), u64, i64)>, (u64, u64)>(seed, keys, vals, |i| (i % 5, i));
            wander::<Vector<((Counted, u64), u64, i64)>, Counted>(seed, keys, vals, Counted);
        }
    }
}
