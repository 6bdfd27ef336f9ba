//! Batches: building and merging them.

use crate::counted::{Counted, CountedSpine, Tick, rows, work};
use crate::support::{
    OnlyExerted, Plain, Random, Store, Up, append, bounds, compact, empty, exert_all, frontier,
};
use arrangement::trace::{Lattice, Product};
use arrangement::{
    Batch, BatchReader, Batcher, Builder, Cursor, Description, Merger, OrdValSpine, Pipeline, PreferredSpine,
    Progress, Trace, TraceReader,
};
use std::sync::Arc;

type Times = Product<u64, u32>;

/// The later of two compaction frontiers was taken where neither is later, and times were advanced by another still.
#[test]
fn r18_since_of_a_merge_is_the_join_of_all() {
    fn check<S: Store<Times>>() {
        let at = Product::new;
        let fresh = |key, outer: u64| {
            let list: Vec<Up<Times>> = (0..3).map(|inner| (key, inner, at(outer, inner), 1)).collect();
            S::batch(&list, &[at(outer, 0)], &[at(outer + 1, 0)])
        };
        let [b0, b1, b2, b3] = [fresh(0, 0), fresh(1, 1), fresh(0, 2), fresh(1, 3)];
        assert_eq!(*b0.since(), frontier(&[at(0, 0)]));
        let a = S::merge(&b0, &b1, &[at(3, 7), at(5, 6)], usize::MAX);
        let b = S::merge(&b2, &b3, &[at(4, 6)], usize::MAX);
        let merged = S::merge(&a, &b, &[at(0, 0)], 2);
        assert_eq!(*merged.since(), frontier(&[at(4, 7), at(5, 6)]));
        assert_eq!((merged.lower(), merged.upper()), (b0.lower(), b3.upper()));
        let all: Vec<_> = [b0, b1, b2, b3].iter().flat_map(|b| S::read(b)).collect();
        // Advanced by each in turn is advanced by the join.
        assert_eq!(S::read(&merged), S::model(&all, &[at(4, 7), at(5, 6)]));
        for (_, _, time, _) in S::read(&merged) {
            let mut advanced = time;
            advanced.advance_by(merged.since().borrow());
            assert_eq!(time, advanced);
        }
    }
    check::<OrdValSpine<u64, u64, Times, i64>>();
    check::<PreferredSpine<str, str, Times, i64>>();
}

/// A frontier that moved while a merge was under way left a batch of which each part was compacted to another.
#[test]
fn r18_a_merge_under_way_keeps_its_frontier() {
    let mut spine = Plain::new();
    spine.set_policy(Box::new(OnlyExerted));
    let list = |time: u64| -> Vec<Up<u64>> { (0..400).map(|key| (key, 0, time, 1)).collect() };
    append(&mut spine, &list(0), &[1]);
    append(&mut spine, &list(1), &[2]);
    compact(&mut spine, &[2]);
    spine.set_exert_logic(Arc::new(|_| Some(300)));
    assert_eq!(spine.exert(), Progress::Working);
    spine.set_logical_compaction(frontier(&[9]).borrow());
    exert_all(&mut spine, 100);
    let mut sinces = Vec::new();
    spine.map_batches(|batch| {
        sinces.push(batch.since().clone());
        let since = batch.since();
        assert_eq!(<Plain as Store<u64>>::read(batch).len(), 400);
        assert!(<Plain as Store<u64>>::read(batch).iter().all(|update| since[..] == [update.2]));
    });
    assert_eq!(sinces, [frontier(&[2])]);
}

/// What only one side of a merge has was copied as it was, so that it never cancelled, however old.
#[test]
fn r19_what_is_only_copied_is_compacted_too() {
    fn check<S: Store<u64>>() {
        // Runs long enough to be copied in one go, at either end and on either side.
        let a: Vec<Up<u64>> =
            (0..100).flat_map(|k| [(k, 0, 0, 1), (k, 0, 1, -1), (k, 1, 1, k as i64 % 2)]).collect();
        let b: Vec<Up<u64>> = (200..300).flat_map(|k| [(k, 3, 2, 1), (k, 3, 3, -1), (k, 4, 2, 1)]).collect();
        for (older, newer) in [(&a, &b), (&b, &a)] {
            let shift = |list: &Vec<Up<u64>>, by: u64| -> Vec<Up<u64>> {
                list.iter().map(|u| (u.0, u.1, u.2 % 2 + by, u.3)).collect()
            };
            let (older, newer) = (shift(older, 0), shift(newer, 2));
            let all: Vec<_> = older.iter().chain(&newer).cloned().collect();
            let (older, newer) = (S::batch(&older, &[0], &[2]), S::batch(&newer, &[2], &[4]));
            for step in [1, 50, usize::MAX] {
                let merged = S::merge(&older, &newer, &[4], step);
                assert_eq!(S::read(&merged), S::model(&all, &[4]));
            }
            // A batch by itself, merged with nothing.
            let alone = S::merge(&older, &empty(&[2], &[9]), &[4], 7);
            assert_eq!(S::read(&alone), S::model(&S::read(&older), &[4]));
        }
    }
    every_alias!(check);
}

/// A merge took it for granted that something is left of each key, of each val, of the batch.
#[test]
fn r20_keys_vals_and_batches_that_vanish() {
    fn check<S: Store<u64>>() {
        let older: Vec<Up<u64>> = (0..5).flat_map(|k| (0..3).map(move |v| (k, v, 0, 1))).collect();
        let older_batch = S::batch(&older, &[0], &[1]);
        let gone: [fn(u32, u32) -> bool; 10] = [
            |k, _| k == 0,
            |k, _| k == 2,
            |k, _| k == 4,
            |_, v| v == 0,
            |_, v| v == 1,
            |_, v| v == 2,
            |k, v| (k + v) % 2 == 0,
            |k, _| k != 3,
            |_, _| true,
            |_, _| false,
        ];
        for gone in gone {
            let retracted = older.iter().filter(|u| gone(u.0, u.1)).map(|u| (u.0, u.1, 1, -1));
            let newer: Vec<Up<u64>> = retracted.collect();
            let newer_batch = S::batch(&newer, &[1], &[2]);
            let expected = S::model(&older.iter().chain(&newer).cloned().collect::<Vec<_>>(), &[2]);
            for step in [1, 3, usize::MAX] {
                let merged = S::merge(&older_batch, &newer_batch, &[2], step);
                let mut cursor = merged.cursor();
                assert_eq!(merged.len(), expected.len());
                assert_eq!(merged.is_empty(), !cursor.key_valid(&merged));
                assert_eq!(S::read(&merged), expected);
                // No key is without a val, no val without an update.
                cursor.rewind_keys(&merged);
                while cursor.key_valid(&merged) {
                    assert!(cursor.val_valid(&merged));
                    while cursor.val_valid(&merged) {
                        let mut updates = 0;
                        cursor.map_times(&merged, |_, _| updates += 1);
                        assert!(updates > 0);
                        cursor.step_val(&merged);
                    }
                    cursor.step_key(&merged);
                }
            }
        }
    }
    every_alias!(check);
}

/// A merge that used its fuel up exactly was taken for done, or one that was done for under way.
#[test]
fn r21_every_cut_of_fuel_gives_the_same_batch() {
    fn check<S: Store<u64>>() {
        let mut random = Random(7);
        let mut list = |time: u64| -> Vec<Up<u64>> {
            let mixed = (0..60).map(|_| {
                let (key, val) = (random.below(9), random.below(3));
                (key, val, time + random.below(2) as u64, random.below(3) as i64 - 1)
            });
            mixed.collect()
        };
        let (mut older, mut newer) = (list(0), list(2));
        older.extend((20..60).map(|key| (key, 0, 1, 1)));
        newer.extend((0..40).map(|val| (70, val, 2, 1)));
        let (a, b) = (S::batch(&older, &[0], &[2]), S::batch(&newer, &[2], &[4]));
        let all: Vec<_> = older.into_iter().chain(newer).collect();
        let total = a.len() + b.len();
        let cuts = [1, 2, 3, 5, 31, 32, 33, 64, total / 2, total - 1, total, total + 1, usize::MAX];
        for since in [0, 1, 3, 9] {
            let expected = S::model(&all, &[since]);
            for step in cuts {
                let mut merger = a.begin_merge(&b, frontier(&[since]).borrow());
                let mut read = 0;
                loop {
                    let mut fuel = step;
                    let progress = merger.work(&a, &b, &mut fuel);
                    read += step - fuel;
                    if progress == Progress::Done {
                        break;
                    }
                    // Without fuel nothing is done, and without work none is used up.
                    let mut none = 0;
                    let more = merger.work(&a, &b, &mut none);
                    assert!(more == Progress::Working || read == total);
                    assert!(read < total || more == Progress::Done || step < usize::MAX);
                }
                assert_eq!(read, total, "by {step}: each update is charged once");
                assert_eq!(S::read(&merger.done()), expected, "by {step}");
            }
        }
    }
    every_alias!(check);
}

/// Runs a merge by `fuel` at a time; says how much one call did at most, and reads the result.
fn most_work<S>(older: &S::Batch, newer: &S::Batch, since: &[S::Time], fuel: usize) -> (usize, S::Batch)
where
    S: Trace,
{
    let (mut merger, _) = work(|| older.begin_merge(newer, frontier(since).borrow()));
    let mut most = 0;
    loop {
        let (progress, done) = work(|| merger.work(older, newer, &mut fuel.clone()));
        most = most.max(done.items + done.times);
        if progress == Progress::Done {
            return (most, merger.done());
        }
    }
}

fn counted_batch<T>(rows: &mut Vec<((Counted, Counted), T, i64)>, lower: T, upper: T) -> CountedBatch<T>
where
    T: arrangement::Timestamp + Lattice,
{
    let mut batcher = <CountedSpine<T> as Pipeline>::Batcher::new();
    let _ = batcher.seal::<<CountedSpine<T> as Pipeline>::Builder>(frontier(&[lower]));
    batcher.push(rows);
    batcher.seal::<<CountedSpine<T> as Pipeline>::Builder>(frontier(&[upper]))
}
type CountedBatch<T> = <CountedSpine<T> as TraceReader>::Batch;

/// Merges counted what they wrote, or keys, or nothing, so that some did all their work in one call.
#[test]
fn r22_fuel_bounds_the_work_of_each_call() {
    const LEN: u64 = 20_000;
    const FUEL: usize = 200;
    let key = |n| ((Counted(0), Counted(n)), 0, 1);
    type Rows = Vec<((Counted, Counted), u64, i64)>;
    let shapes: [(&str, Rows, Rows); 5] = [
        (
            "one key",
            (0..LEN).map(key).collect(),
            (0..LEN).map(|n| ((Counted(0), Counted(n)), 1, 1)).collect(),
        ),
        ("all cancels", rows(0..LEN, |_| 0, 1), rows(0..LEN, |_| 1, -1)),
        ("all alike", rows(0..LEN, |_| 0, 1), rows(0..LEN, |_| 1, 1)),
        ("disjoint", rows(0..LEN, |_| 0, 1), rows(LEN..2 * LEN, |_| 1, 1)),
        (
            "one key that cancels",
            (0..LEN).map(key).collect(),
            (0..LEN).map(|n| ((Counted(0), Counted(n)), 1, -1)).collect(),
        ),
    ];
    for (name, mut older, mut newer) in shapes {
        let (a, b) = (counted_batch(&mut older, 0, 1), counted_batch(&mut newer, 1, 2));
        for since in [0, 2] {
            let (most, _) = most_work::<CountedSpine<u64>>(&a, &b, &[since], FUEL);
            assert!(most < 8 * FUEL, "{name}: a call of {FUEL} did {most}");
            let (most, _) = most_work::<CountedSpine<u64>>(&a, &b, &[since], 1);
            assert!(most < 200, "{name}: a call of 1 did {most}");
        }
    }
}

/// One key and val with very many updates was merged in one call.
#[test]
fn r22_fuel_bounds_the_work_of_each_call_within_one_val() {
    const LEN: u64 = 20_000;
    const FUEL: usize = 200;
    for diff in [1, -1] {
        let mut older: Vec<_> = (0..LEN).map(|n| ((Counted(0), Counted(0)), Tick(0, n), 1)).collect();
        let mut newer: Vec<_> = (0..LEN).map(|n| ((Counted(0), Counted(0)), Tick(1, n), diff)).collect();
        let a = counted_batch(&mut older, Tick(0, 0), Tick(1, 0));
        let b = counted_batch(&mut newer, Tick(1, 0), Tick(2, 0));
        for since in [Tick(0, 0), Tick(1, 0)] {
            let (most, merged) = most_work::<CountedSpine<Tick>>(&a, &b, std::slice::from_ref(&since), FUEL);
            let len = match (since, diff) {
                (Tick(0, 0), _) => 2 * LEN,
                (_, 1) => LEN,
                _ => 0,
            };
            assert_eq!(merged.len() as u64, len);
            assert!(most < 100 * FUEL, "differences {diff}: a call of {FUEL} did {most}");
        }
    }
}

/// The loop over the times of a val overran, stood still at equal ones, or lost what one side has left over.
#[test]
fn r23_times_of_one_val_merge_whatever_their_numbers() {
    fn check<S: Store<u64>>() {
        for (a_len, b_len) in [(0, 3), (3, 0), (1, 1), (1, 5), (5, 1), (4, 4)] {
            for diff in [1, -1] {
                let a: Vec<Up<u64>> = (0..a_len).map(|t| (1, 1, t, 1)).collect();
                let b: Vec<Up<u64>> = (0..b_len).map(|t| (1, 1, 8 + t, diff)).collect();
                let (older, newer) = (S::batch(&a, &[0], &[8]), S::batch(&b, &[8], &[16]));
                let all: Vec<_> = a.iter().chain(&b).cloned().collect();
                for since in [0, 2, 8, 10, 20] {
                    for step in [1, usize::MAX] {
                        let merged = S::merge(&older, &newer, &[since], step);
                        assert_eq!(S::read(&merged), S::model(&all, &[since]), "{a_len} {b_len} {since}");
                    }
                }
            }
        }
    }
    two_aliases!(check);
}

/// A builder looked at the key alone, and stored a val once for each of its times.
#[test]
fn r24_a_val_with_two_times_is_one_val() {
    fn check<S: Store<u64>>() {
        let list = [(3, 4, 1, 1), (3, 4, 2, 1), (3, 5, 1, 1)];
        let batch = S::batch(&list, &[0], &[9]);
        let vals = S::model(&[(3, 4, 0, 1), (3, 5, 0, 1)], &[0]).len();
        let sizes = batch.sizes();
        assert_eq!((sizes.keys.records, sizes.vals.records), (1, vals));
        assert_eq!(sizes.updates.records, S::model(&list, &[0]).len());
        assert_eq!(S::read(&batch), S::model(&list, &[0]));
    }
    every_alias!(check);
}

/// A builder was handed updates of difference zero and stored them.
#[test]
#[cfg(debug_assertions)]
fn r25_a_builder_refuses_differences_of_zero() {
    type Rc =
        arrangement::trace::RcBuilder<arrangement::batch::OrdValBuilder<L, Vec<((u64, u64), u64, i64)>>>;
    type L = arrangement::container::Vector<((u64, u64), u64, i64)>;
    let text = crate::support::panic_text(|| Rc::new().push(&mut vec![((1, 1), 0, 1), ((4, 2), 7, 0)]));
    assert!(text.contains("((4, 2), 7)") && text.contains("zero"), "{text}");
}

/// Whether updates are kept this way or that was told by the first batch, and held against all others.
#[test]
fn r26_batches_of_every_encoding_merge_with_each_other() {
    fn check<S: Store<u64>>() {
        // One pair of time and difference; a few; too many for a byte; hardly one like another.
        let shapes: [fn(u32) -> u64; 4] = [|_| 0, |n| n as u64 % 5, |n| n as u64 % 300, |n| n as u64];
        let list = |shape: fn(u32) -> u64, from: u32, base: u64| -> Vec<Up<u64>> {
            (0..900).map(|n| (from + n, n % 2, base + shape(n), 1 + n as i64 % 2)).collect()
        };
        for older in shapes {
            for newer in shapes {
                // Half of the keys are the same.
                let (a, b) = (list(older, 0, 0), list(newer, 450, 1_000));
                let (batch_a, batch_b) = (S::batch(&a, &[0], &[1_000]), S::batch(&b, &[1_000], &[2_000]));
                assert_eq!(S::read(&batch_a), S::model(&a, &[0]));
                let all: Vec<_> = a.into_iter().chain(b).collect();
                for since in [0, 100, 1_100, 3_000] {
                    let merged = S::merge(&batch_a, &batch_b, &[since], 333);
                    assert_eq!(S::read(&merged), S::model(&all, &[since]));
                    assert_eq!(merged.len(), S::model(&all, &[since]).len());
                }
            }
        }
    }
    check::<Plain>();
}

/// Updates that repeat the pair before them were counted wrong, or told apart from lists wrong, once merged or copied.
#[test]
fn r27_repeated_pairs_are_counted_and_cost_nothing() {
    fn check<S: Store<u64>>() {
        let snapshot: Vec<Up<u64>> = (0..1_000).map(|n| (n / 2, n % 2, 0, 1)).collect();
        let snapshot = S::model(&snapshot, &[0]);
        let batch = S::batch(&snapshot, &[0], &[1]);
        assert_eq!(batch.len(), snapshot.len());
        let cost = |batch: &S::Batch| batch.sizes().updates.bytes_reserved;
        // Key batches sum two updates to a difference of 2, in each key: still one pair.
        assert!(cost(&batch) < 200, "{:?}", batch.sizes());
        // A repeat across a key's bound, then a list, then repeats of the list's last and of the whole list.
        let mixed = [
            (0, 0, 1, 1),
            (1, 0, 1, 1),
            (2, 0, 1, 1),
            (2, 0, 2, -1),
            (3, 0, 2, -1),
            (4, 0, 1, 1),
            (4, 0, 2, -1),
        ];
        let other = S::batch(&mixed, &[1], &[3]);
        assert_eq!((other.len(), S::read(&other)), (7, mixed.to_vec()));
        let all: Vec<_> = snapshot.iter().chain(&mixed).cloned().collect();
        for since in [0, 2] {
            let merged = S::merge(&batch, &other, &[since], 10);
            assert_eq!(S::read(&merged), S::model(&all, &[since]));
            assert_eq!(merged.len(), S::read(&merged).len());
            let copied = S::merge(&merged, &empty(&[3], &[4]), &[5], 10);
            assert_eq!(copied.len(), S::read(&copied).len());
            assert_eq!(S::read(&copied), S::model(&all, &[5]));
        }
    }
    every_alias!(check);
}

/// Where somebody else held a batch, compaction passed it by; or it changed what the other one reads.
#[test]
fn r30_batches_held_by_others_do_not_change_and_do_not_hinder() {
    fn check<S: Store<u64>>() {
        let run = |hold: bool| {
            let mut spine = S::new();
            let mut held: Vec<(S::Batch, Vec<Up<u64>>)> = Vec::new();
            for time in 0..20u64 {
                let list: Vec<Up<u64>> = (0..5)
                    .map(|key| (key, time as u32 % 3, time, if time % 2 == 0 { 1 } else { -1 }))
                    .collect();
                append(&mut spine, &list, &[time + 1]);
                compact(&mut spine, &[time]);
                if hold {
                    spine.map_batches(|batch| held.push((batch.clone(), S::read(batch))));
                }
            }
            exert_all(&mut spine, 3);
            for (batch, before) in held {
                assert_eq!(S::read(&batch), before);
            }
            bounds(&spine);
            spine.read_trace()
        };
        assert_eq!(run(true), run(false));
    }
    every_alias!(check);
}

/// What a batch says of itself was true of another.
#[test]
fn r31_batches_of_nothing_and_of_empty_items_are_read_back() {
    fn check<S: Store<u64>>() {
        let nothing: S::Batch = empty(&[0], &[4]);
        assert!(nothing.is_empty() && S::read(&nothing).is_empty());
        assert_eq!(nothing.sizes().total().bytes_reserved, 0);
        // Number 0 is the empty string.
        let batch = S::batch(&[(0, 0, 0, 1), (0, 7, 0, 1), (9, 0, 0, 1)], &[0], &[4]);
        assert_eq!(S::read(&batch), S::model(&[(0, 0, 0, 1), (0, 7, 0, 1), (9, 0, 0, 1)], &[0]));
        let wider = batch.with_description(Description::new(frontier(&[0]), frontier(&[8])));
        assert_eq!(S::read(&wider), S::read(&batch));
        assert_eq!((*wider.upper()).clone(), frontier(&[8]));
    }
    every_alias!(check);
}
