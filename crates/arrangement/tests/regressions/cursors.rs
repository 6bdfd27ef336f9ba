//! Cursors over one batch and over many.

use crate::counted::{Counted, CountedSpine, rows, work};
use crate::support::{Store, Up, ValOf, append, empty, frontier};
use arrangement::{BatchReader, Batcher, Cursor, CursorList, IntoOwned, Pipeline, Trace, TraceReader};

/// Every call on a cursor that is at nothing, none of which may panic.
fn poke<S: Store<u64>, C>(cursor: &mut C, storage: &C::Storage)
where
    C: Cursor<Key = crate::support::KeyOf<S>, Val = ValOf<S>, Time = u64>,
{
    for _ in 0..2 {
        assert_eq!(S::at(cursor, storage).1, None);
        cursor.map_times(storage, |_, _| panic!("there are no times"));
        cursor.step_val(storage);
        cursor.seek_val(storage, ValOf::<S>::borrow_as(&S::val(1)));
        assert_eq!(S::at(cursor, storage).1, None);
    }
}

/// Reading an empty batch panicked, as it rewound the vals of a key that is not there.
#[test]
fn r34_no_call_panics_on_nothing_or_past_the_end() {
    fn check<S: Store<u64>>() {
        let nothing: S::Batch = empty(&[0], &[1]);
        assert!(S::read(&nothing).is_empty());
        let batch = S::batch(&[(1, 1, 0, 1), (1, 2, 0, 1)], &[0], &[1]);
        for storage in [&nothing, &batch] {
            let mut cursor = storage.cursor();
            cursor.seek_key_owned(storage, &S::key(5));
            for _ in 0..3 {
                assert_eq!(S::at(&cursor, storage), (None, None));
                poke::<S, _>(&mut cursor, storage);
                cursor.rewind_vals(storage);
                poke::<S, _>(&mut cursor, storage);
                cursor.step_key(storage);
                cursor.seek_key_owned(storage, &S::key(0));
            }
            cursor.rewind_keys(storage);
            assert_eq!(S::at(&cursor, storage).0, (!storage.is_empty()).then_some(1));
        }
        let mut list = CursorList::new(Vec::new(), &[]);
        let none: Vec<S::Batch> = Vec::new();
        list.seek_key_owned(&none, &S::key(1));
        list.rewind_vals(&none);
        poke::<S, CursorList<<S::Batch as BatchReader>::Cursor>>(&mut list, &none);
        list.step_key(&none);
        assert!(S::list(&mut list, &none).is_empty());
    }
    every_alias!(check);
}

/// What a seek that does not move does to vals was left open, and changed.
#[test]
fn r35_a_seek_that_does_not_move_rewinds_vals() {
    fn check<S: Store<u64>>() {
        let batch = S::batch(&[(3, 1, 0, 1), (3, 2, 0, 1), (5, 1, 0, 1)], &[0], &[1]);
        let first = S::val_number(1);
        let mut cursor = batch.cursor();
        for target in [3, 2, 0] {
            cursor.rewind_keys(&batch);
            cursor.step_val(&batch);
            cursor.seek_key_owned(&batch, &S::key(target));
            assert_eq!(S::at(&cursor, &batch), (Some(3), Some(first)));
        }
        let storage = vec![batch.clone(), batch.with_lower()];
        let mut list = CursorList::new(storage.iter().map(BatchReader::cursor).collect(), &storage);
        for target in [3, 2, 0] {
            list.step_val(&storage);
            list.seek_key_owned(&storage, &S::key(target));
            assert_eq!(S::at(&list, &storage), (Some(3), Some(first)));
        }
    }
    trait WithLower: Sized {
        fn with_lower(&self) -> Self;
    }
    impl<B: Clone> WithLower for B {
        fn with_lower(&self) -> Self {
            self.clone()
        }
    }
    every_alias!(check);
}

/// Where a seek arrived depended on where it came from.
#[test]
fn r36_seeks_arrive_at_the_same_key_from_everywhere() {
    fn check<S: Store<u64>>() {
        let keys: Vec<u32> = (0..40).map(|n| 2 * n + 1).collect();
        let list: Vec<Up<u64>> = keys.iter().map(|&key| (key, 1, 0, 1)).collect();
        // Each key pushed by itself, and once in one batch, once in three.
        let batch = S::batch(&list, &[0], &[1]);
        let storage: Vec<S::Batch> = (0..3)
            .map(|part| {
                let part: Vec<_> = list.iter().skip(part).step_by(3).cloned().collect();
                S::batch(&part, &[0], &[1])
            })
            .collect();
        let mut cursor = batch.cursor();
        let mut many = CursorList::new(storage.iter().map(BatchReader::cursor).collect(), &storage);
        for start in 0..82 {
            for target in 0..82 {
                let expected = keys.iter().copied().find(|key| *key >= start.max(target));
                cursor.rewind_keys(&batch);
                cursor.seek_key_owned(&batch, &S::key(start));
                cursor.seek_key_owned(&batch, &S::key(target));
                assert_eq!(S::at(&cursor, &batch).0, expected, "from {start} to {target}");
                many.rewind_keys(&storage);
                many.seek_key_owned(&storage, &S::key(start));
                many.seek_key_owned(&storage, &S::key(target));
                assert_eq!(S::at(&many, &storage).0, expected, "from {start} to {target}");
            }
        }
    }
    two_aliases!(check);
}

/// A key, or one val's times, that went on in the next chunk was stored twice or cut short.
#[test]
fn r37_keys_vals_and_times_go_on_from_chunk_to_chunk() {
    type Input = Vec<((u64, u64), u64, i64)>;
    type L = arrangement::container::Vector<((u64, u64), u64, i64)>;
    type Vals = arrangement::trace::RcBuilder<arrangement::batch::OrdValBuilder<L, Input>>;
    use arrangement::{Batch, Builder, Description};
    let rows: Input = (0..60).map(|n| ((n / 20, n / 5 % 4), n % 5, 1)).collect();
    for piece in [1, 2, 3, 7, 20, 60] {
        let mut builder = Vals::new();
        rows.chunks(piece).for_each(|rows| builder.push(&mut rows.to_vec()));
        let batch = builder.done(Description::new(frontier(&[0]), frontier(&[5])));
        assert_eq!(batch.cursor().to_updates(&batch), rows, "by {piece}");
        assert_eq!((batch.sizes().keys.records, batch.sizes().vals.records), (3, 12));
    }
    // One key that spans many pushes and chunks of the batcher, advanced and merged.
    fn check<S: Store<u64>>() {
        let mut batcher = S::Batcher::new();
        let list: Vec<Up<u64>> = (0..40_000).map(|n| (7, n / 4 % 10_000, n as u64 % 4, 1)).collect();
        list.chunks(1_000).for_each(|list| S::push(&mut batcher, list));
        let batch = S::seal(&mut batcher, &[4]);
        assert_eq!(S::read(&batch), S::model(&list, &[0]));
        let merged = S::merge(&batch, &empty(&[4], &[5]), &[3], 999);
        assert_eq!(S::read(&merged), S::model(&list, &[3]));
    }
    check::<crate::support::Plain>();
}

/// A list of cursors showed what sums to nothing, where none of its batches would.
#[test]
fn r38_cursors_over_many_show_all_updates_and_they_sum_to_nothing() {
    fn check<S: Store<u64>>() {
        let mut spine = S::new();
        append(&mut spine, &[(1, 0, 0, 1), (2, 0, 0, 1)], &[1]);
        append(&mut spine, &[(1, 0, 1, -1)], &[2]);
        let (mut cursor, storage) = spine.cursor();
        // The contract is to visit the updates of each batch; the sum says that the key is not there.
        assert_eq!(S::at(&cursor, &storage).0, Some(1));
        assert_eq!(S::list(&mut cursor, &storage), [(1, 0, 0, 1), (1, 0, 1, -1), (2, 0, 0, 1)]);
        assert_eq!(S::model(&S::list(&mut cursor, &storage), &[1]), [(2, 0, 1, 1)]);
        // Once merged it is gone.
        let merged = S::merge(&storage[0], &storage[1], &[1], 1);
        let mut cursor = merged.cursor();
        assert_eq!(S::at(&cursor, &merged), (Some(2), Some(0)));
        cursor.step_key(&merged);
        assert_eq!(S::at(&cursor, &merged), (None, None));
    }
    two_aliases!(check);
}

/// Empty batches among those of a list of cursors were not expected, or its vals stayed behind when keys moved on.
#[test]
fn r39_cursors_over_many_take_empty_batches() {
    fn check<S: Store<u64>>() {
        let storage: Vec<S::Batch> = vec![
            empty(&[0], &[1]),
            S::batch(&[(1, 1, 1, 1), (1, 3, 1, 1)], &[1], &[2]),
            empty(&[2], &[3]),
            S::batch(&[(1, 2, 3, 1), (4, 1, 3, 1)], &[3], &[4]),
            S::merge(
                &S::batch(&[(9, 9, 4, 1)], &[4], &[5]),
                &S::batch(&[(9, 9, 5, -1)], &[5], &[6]),
                &[6],
                1,
            ),
            empty(&[6], &[]),
        ];
        assert!(storage[4].is_empty());
        let mut cursor = CursorList::new(storage.iter().map(BatchReader::cursor).collect(), &storage);
        let all: Vec<_> = storage.iter().flat_map(S::read).collect();
        assert_eq!(S::model(&S::list(&mut cursor, &storage), &[0]), S::model(&all, &[0]));
        cursor.rewind_keys(&storage);
        cursor.step_key(&storage);
        assert_eq!(S::at(&cursor, &storage), (Some(4), Some(S::val_number(1))));
        cursor.step_key(&storage);
        assert_eq!(S::at(&cursor, &storage), (None, None));
    }
    every_alias!(check);
}

/// Stepping past the last val lost the key as well.
#[test]
fn r40_past_the_last_val_the_key_stays() {
    fn check<S: Store<u64>>() {
        let batch = S::batch(&[(1, 1, 0, 1), (2, 1, 0, 1)], &[0], &[1]);
        let mut cursor = batch.cursor();
        let storage = vec![batch.clone(), batch.clone()];
        let mut many = CursorList::new(storage.iter().map(BatchReader::cursor).collect(), &storage);
        for key in [1, 2] {
            for _ in 0..3 {
                cursor.step_val(&batch);
                many.step_val(&storage);
                assert_eq!(S::at(&cursor, &batch), (Some(key), None));
                assert_eq!(S::at(&many, &storage), (Some(key), None));
            }
            cursor.rewind_vals(&batch);
            many.rewind_vals(&storage);
            assert_eq!(S::at(&cursor, &batch), (Some(key), Some(S::val_number(1))));
            assert_eq!(S::at(&many, &storage), (Some(key), Some(S::val_number(1))));
            cursor.step_key(&batch);
            many.step_key(&storage);
        }
    }
    every_alias!(check);
}

/// A seek that found nothing left a cursor that was good for nothing.
#[test]
fn r41_after_a_seek_that_finds_nothing_all_calls_are_good() {
    fn check<S: Store<u64>>() {
        let batch = S::batch(&[(1, 1, 0, 1), (3, 2, 0, 1)], &[0], &[1]);
        let mut cursor = batch.cursor();
        cursor.seek_key_owned(&batch, &S::key(9));
        poke::<S, _>(&mut cursor, &batch);
        cursor.rewind_keys(&batch);
        cursor.seek_val(&batch, ValOf::<S>::borrow_as(&S::val(9)));
        assert_eq!(S::at(&cursor, &batch).0, Some(1));
        cursor.step_key(&batch);
        assert_eq!(S::at(&cursor, &batch), (Some(3), Some(S::val_number(2))));
    }
    every_alias!(check);
}

/// Where a seek for a key that is not there ends was left open, and relied on.
#[test]
fn r42_a_seek_that_misses_is_at_the_next_key() {
    fn check<S: Store<u64>>() {
        let batch = S::batch(&[(1, 1, 0, 1), (3, 2, 0, 1)], &[0], &[1]);
        let mut cursor = batch.cursor();
        cursor.seek_key_owned(&batch, &S::key(2));
        assert_eq!(S::at(&cursor, &batch), (Some(3), Some(S::val_number(2))));
        cursor.seek_key_owned(&batch, &S::key(3));
        assert_eq!(S::at(&cursor, &batch).0, Some(3));
    }
    every_alias!(check);
}

/// To seek an owned key it was put into a column of one, and the second was read.
#[test]
fn r43_owned_keys_are_found_in_batches_of_one_key() {
    fn check<S: Store<u64>>() {
        for key in [0, 8] {
            let batch = S::batch(&[(key, 1, 0, 1)], &[0], &[1]);
            for (target, found) in [(0, true), (key, true), (key + 1, false)] {
                let mut cursor = batch.cursor();
                cursor.seek_key_owned(&batch, &S::key(target));
                assert_eq!(S::at(&cursor, &batch).0, found.then_some(key));
            }
        }
    }
    every_alias!(check);
}

/// Seeking the key that a cursor is at cost a search, and readers did that for each key.
#[test]
fn r44_seeking_the_current_key_costs_a_few_comparisons() {
    const KEYS: u64 = 10_000;
    let build = |time: u64| {
        let mut batcher = <CountedSpine<u64> as Pipeline>::Batcher::new();
        let _ = batcher.seal::<<CountedSpine<u64> as Pipeline>::Builder>(frontier(&[time]));
        batcher.push(&mut rows(0..KEYS, |_| time, 1));
        batcher.seal::<<CountedSpine<u64> as Pipeline>::Builder>(frontier(&[time + 1]))
    };
    let batch = build(0);
    let mut cursor = batch.cursor();
    cursor.seek_key(&batch, &Counted(KEYS / 2));
    let (_, again) = work(|| (0..100).for_each(|_| cursor.seek_key(&batch, &Counted(KEYS / 2))));
    assert!(again.items <= 200, "{again:?}");
    // The cost of one that moves is logarithmic in how far it goes, not in how much there is.
    let (_, near) = work(|| cursor.seek_key(&batch, &Counted(KEYS / 2 + 3)));
    assert!(near.items <= 10, "{near:?}");
    let (_, far) = work(|| cursor.seek_key(&batch, &Counted(KEYS - 1)));
    assert!(far.items <= 40, "{far:?}");

    let mut spine = CountedSpine::<u64>::new();
    (0..4).for_each(|time| spine.insert(build(time)));
    let (mut cursor, storage) = spine.cursor();
    cursor.seek_key(&storage, &Counted(KEYS / 2));
    let (_, again) = work(|| (0..100).for_each(|_| cursor.seek_key(&storage, &Counted(KEYS / 2))));
    assert!(again.items <= 100 * 30, "{again:?}");
}

/// A val that lies in many batches came once for each, and joins multiplied that.
#[test]
fn r45_a_val_of_many_batches_is_visited_once() {
    fn check<S: Store<u64>>() {
        let mut spine = S::new();
        for time in 0..10 {
            append(&mut spine, &[(1, 1, time, 1), (1, 2, time, 1)], &[time + 1]);
        }
        let (mut cursor, storage) = spine.cursor();
        assert!(storage.len() == 10);
        for val in S::model(&[(1, 1, 0, 1), (1, 2, 0, 1)], &[0]) {
            assert_eq!(S::at(&cursor, &storage), (Some(1), Some(val.1)));
            let mut times = Vec::new();
            cursor.map_times(&storage, |time, _| times.push(*time));
            times.sort();
            assert_eq!(times, (0..10).collect::<Vec<_>>());
            cursor.step_val(&storage);
        }
        assert_eq!(S::at(&cursor, &storage), (Some(1), None));
    }
    every_alias!(check);
}
