//! The spine.

use crate::support::{
    Balance, OnlyExerted, Plain, Random, Store, Up, append, batches, bounds, compact, empty, exert_all,
    frontier, panic_text, upper_of,
};
use allocation_counter::measure;
use arrangement::batch::OrdValBatch;
use arrangement::container::Vector;
use arrangement::trace::Product;
use arrangement::{
    Antichain, Batch, BatchReader, Cursor, Description, OrdValSpine, Progress, RcShare, Spine, Trace,
    TraceReader,
};
use std::sync::Arc;

type Times = Product<u64, u32>;
type PlainBatch = <Plain as TraceReader>::Batch;
type Watched = Spine<OrdValBatch<Vector<((u64, u64), u64, i64)>, RcShare>, Balance>;

fn number_of_batches<S: TraceReader>(spine: &S) -> usize {
    let mut number = 0;
    spine.map_batches(|_| number += 1);
    number
}

/// Time that passes without updates piled up as batches, above all where the first batch is empty.
#[test]
fn r46_half_a_million_empty_batches_take_no_memory() {
    const LEN: u64 = 250_000;
    let mut spine = Plain::new();
    let before = measure(|| {
        for time in 0..LEN {
            spine.insert(empty(&[time], &[time + 1]));
        }
    });
    assert!(before.bytes_current < 4 << 10, "{before:?}");
    assert_eq!(number_of_batches(&spine), 1);
    append(&mut spine, &[(1, 1, LEN, 1)], &[LEN + 1]);
    // Physical compaction is held back all the while.
    let after = measure(|| {
        for time in LEN + 1..2 * LEN + 1 {
            spine.insert(empty(&[time], &[time + 1]));
        }
    });
    assert!(after.bytes_current < 4 << 10, "{after:?}");
    assert!(number_of_batches(&spine) <= 3);
    assert_eq!(upper_of(&spine), frontier(&[2 * LEN + 1]));
    let mut upper = frontier(&[0]);
    spine.advance_upper(&mut upper);
    assert_eq!(upper, frontier(&[LEN]), "over the empty time before the batch");
    let mut upper = frontier(&[LEN + 1]);
    spine.advance_upper(&mut upper);
    assert_eq!(upper, frontier(&[2 * LEN + 1]), "over the empty time behind it");
    assert_eq!(spine.counters().updates_read, 0);
}

/// Empty batches behind one with updates were never joined, or each was merged with it.
#[test]
fn r47_empty_batches_behind_a_batch_join_and_merge_nothing() {
    fn check<S: Store<u64>>() {
        for held in [true, false] {
            let mut spine = S::new();
            let list: Vec<Up<u64>> = (0..100).map(|key| (key, 0, 0, 1)).collect();
            append(&mut spine, &list, &[1]);
            for time in 1..2_000 {
                spine.insert(empty(&[time], &[time + 1]));
                if !held {
                    compact(&mut spine, &[time]);
                }
                assert_eq!(spine.exert(), Progress::Done);
                assert!(number_of_batches(&spine) <= 2);
            }
            bounds(&spine);
        }
    }
    two_aliases!(check);
    let mut spine = Plain::new();
    append(&mut spine, &[(1, 1, 0, 1)], &[1]);
    (1..1_000).for_each(|time| spine.insert(empty(&[time], &[time + 1])));
    compact(&mut spine, &[1_000]);
    exert_all(&mut spine, usize::MAX);
    assert_eq!((spine.counters().merges_started, spine.counters().updates_read), (0, 0));
}

/// A large batch was rewritten to join it with an empty one, and took twice its memory meanwhile.
#[test]
fn r48_no_snapshot_is_copied_to_absorb_empty_batches() {
    const LEN: u32 = 200_000;
    for (first, behind) in [(true, false), (false, true), (true, true)] {
        let snapshot: Vec<Up<u64>> = (0..LEN).map(|key| (key, 0, 1, 1)).collect();
        let snapshot = <Plain as Store<u64>>::batch(&snapshot, &[first as u64], &[2]);
        let size = snapshot.sizes().total().bytes_used as u64;
        assert!(size >= 16 * LEN as u64);
        let mut spine = Plain::new();
        spine.set_exert_logic(Arc::new(|_| Some(usize::MAX)));
        let mut snapshot = Some(snapshot);
        let info = measure(|| {
            if first {
                spine.insert(empty(&[0], &[1]));
            }
            spine.insert(snapshot.take().expect("it is inserted once"));
            for time in 2..if behind { 10 } else { 2 } {
                spine.insert(empty(&[time], &[time + 1]));
                // Times that are at the frontier already do not move.
                compact(&mut spine, &[1]);
                assert_eq!(spine.exert(), Progress::Done);
            }
            if behind {
                spine.set_physical_compaction(frontier(&[10]).borrow());
                assert_eq!(spine.exert(), Progress::Done);
            }
        });
        assert!(info.bytes_total < size / 10, "{info:?}");
        assert_eq!(spine.counters().updates_read, 0);
        assert_eq!(spine.updates_len(), LEN as usize);
    }
}

/// Batches that a trace has stopped adding to were never compacted, and kept what was long since deleted.
#[test]
fn r49_what_was_deleted_is_gone_once_the_frontier_passes_and_work_is_done() {
    fn check<S: Store<u64>>() {
        // Deleted at once or one by one, and worked on before the frontier passes, or not.
        for (pieces, early) in [(1, false), (1, true), (16, false), (16, true)] {
            const LEN: u32 = 512;
            let mut spine = S::new();
            let all =
                |time: u64, diff: i64| -> Vec<Up<u64>> { (0..LEN).map(|key| (key, 0, time, diff)).collect() };
            append(&mut spine, &all(0, 1), &[1]);
            let deleted = all(1, -1);
            let pieces = deleted.chunks(deleted.len() / pieces);
            let mut time = 1;
            for piece in pieces {
                let piece: Vec<Up<u64>> = piece.iter().map(|u| (u.0, u.1, time, u.3)).collect();
                time += 1;
                append(&mut spine, &piece, &[time]);
            }
            spine.set_physical_compaction(frontier(&[time]).borrow());
            if early {
                exert_all(&mut spine, 64);
            }
            compact(&mut spine, &[time]);
            exert_all(&mut spine, 64);
            let mut held = (0, 0);
            spine.map_batches(|batch| {
                held.0 += batch.len();
                held.1 += batch.sizes().total().bytes_reserved;
            });
            assert!(held.0 == 0 && held.1 < 100, "in {pieces} pieces: {held:?}", pieces = time - 1);
        }
    }
    two_aliases!(check);
}

/// Batches of odd sizes met levels that were taken for what their place says, and merges that had not ended.
#[test]
fn r50_any_sizes_and_efforts_keep_a_spine_in_order() {
    for seed in 0..6 {
        let mut random = Random(seed);
        let mut spine = Plain::new();
        let mut total = 0;
        for time in 0..150u64 {
            let size = match random.below(6) {
                0 => 0,
                1 => 1 << random.below(10),
                2 => (1 << random.below(10)) + 1,
                3 => (1u32 << random.below(10)).saturating_sub(1),
                4 => 3_000 * (random.below(20) == 0) as u32,
                _ => 1,
            };
            let list: Vec<Up<u64>> = (0..size).map(|key| (key, time as u32, time, 1)).collect();
            total += list.len();
            let before = spine.counters().updates_read;
            append(&mut spine, &list, &[time + 1]);
            // No more than each update of the batch could cause over its life, twice over.
            let read = spine.counters().updates_read - before;
            assert!(
                read <= 3 * list.len() * (total.max(1).ilog2() as usize + 4),
                "{read} for {}",
                list.len()
            );
            if random.below(2) == 0 {
                let to = time.saturating_sub(random.below(3) as u64).max(physical(&spine));
                compact(&mut spine, &[to]);
            }
            if random.below(3) == 0 {
                let effort = [0, 1, 100, usize::MAX][random.below(4) as usize];
                spine.set_exert_logic(Arc::new(move |_| Some(effort)));
                let _ = spine.exert();
            }
            bounds(&spine);
            assert_eq!(spine.updates_len(), total);
            assert!(batches(&spine.levels()) <= 40, "{spine:?}");
        }
        assert_eq!(spine.read_trace().len(), total);
    }
}

fn physical(spine: &Plain) -> u64 {
    spine.get_physical_compaction().first().copied().unwrap_or(u64::MAX)
}

/// Batches were dropped with the last reader, and where the trace ends with them.
#[test]
fn r51_a_trace_that_nobody_reads_keeps_its_bounds_and_no_updates() {
    fn check<S: Store<u64>>() {
        for both in [false, true] {
            let mut spine = S::new();
            append(&mut spine, &[(1, 1, 0, 1)], &[1]);
            spine.insert(empty(&[1], &[2]));
            append(&mut spine, &[(1, 1, 2, 1), (2, 2, 2, 1)], &[3]);
            spine.set_logical_compaction(Antichain::new().borrow());
            if both {
                spine.set_physical_compaction(Antichain::new().borrow());
            }
            assert_eq!(upper_of(&spine), frontier(&[3]));
            spine.map_batches(|batch| assert!(batch.is_empty()));
            let text = spine.cursor_through(frontier(&[3]).borrow()).map(|_| ()).unwrap_err().to_string();
            assert!(text.contains('3') && text.contains("{}"), "{text}");
            // It goes on.
            append(&mut spine, &[(7, 7, 3, 1)], &[4]);
            spine.map_batches(|batch| assert!(batch.is_empty()));
            assert_eq!(upper_of(&spine), frontier(&[4]));
            assert_eq!(spine.exert(), Progress::Done);
            spine.close();
            assert!(upper_of(&spine).is_empty());
            bounds(&spine);
        }
    }
    every_alias!(check);
}

/// Setting a compaction frontier to what it is was refused, and setting it back was not.
#[test]
fn r53_compaction_frontiers_may_stay_and_may_not_go_back() {
    let mut spine = Plain::new();
    compact(&mut spine, &[5]);
    compact(&mut spine, &[5]);
    type Set = fn(&mut Plain, &Antichain<u64>) -> Result<(), arrangement::TraceError>;
    let sets: [(&str, Set); 2] = [
        ("logical", |spine, to| spine.try_set_logical_compaction(to.borrow())),
        ("physical", |spine, to| spine.try_set_physical_compaction(to.borrow())),
    ];
    for (name, set) in sets {
        let text = set(&mut spine, &frontier(&[3])).unwrap_err().to_string();
        assert!(text.contains(name) && text.contains("{5}") && text.contains("{3}"), "{text}");
        assert_eq!(text, panic_text(|| set(&mut spine, &frontier(&[3])).unwrap_or_else(|e| panic!("{e}"))));
    }
    assert!(panic_text(|| spine.set_logical_compaction(frontier(&[3]).borrow())).contains("{5}"));
    assert!(panic_text(|| spine.set_physical_compaction(frontier(&[3]).borrow())).contains("{5}"));
    assert_eq!(spine.get_logical_compaction().to_vec(), [5]);
    assert_eq!(spine.get_physical_compaction().to_vec(), [5]);
    // Neither before nor after: incomparable.
    let mut spine = OrdValSpine::<u64, u64, Times, i64>::new();
    spine.set_logical_compaction(frontier(&[Product::new(2, 1)]).borrow());
    assert!(spine.try_set_logical_compaction(frontier(&[Product::new(1, 2)]).borrow()).is_err());
    spine.set_logical_compaction(frontier(&[Product::new(2, 3), Product::new(4, 1)]).borrow());
    assert!(spine.try_set_logical_compaction(Antichain::new().borrow()).is_ok());
    assert!(spine.try_set_logical_compaction(frontier(&[Product::new(9, 9)]).borrow()).is_err());
}

/// Reading from the very beginning panicked once the trace was compacted, the more so behind an empty first batch.
#[test]
fn r54_a_cursor_through_the_minimum_is_empty_whatever_was_compacted() {
    fn check<S: Store<u64>>() {
        for leading in [false, true] {
            let mut spine = S::new();
            let through_nothing = |spine: &S| {
                let (mut cursor, storage) =
                    spine.cursor_through(frontier(&[0]).borrow()).expect("the minimum is always a cut");
                assert!(S::list(&mut cursor, &storage).is_empty());
            };
            through_nothing(&spine);
            if leading {
                spine.insert(empty(&[0], &[1]));
            }
            for time in leading as u64..10 {
                append(&mut spine, &[(time as u32, 0, time, 1)], &[time + 1]);
                compact(&mut spine, &[2.min(time)]);
                through_nothing(&spine);
            }
            exert_all(&mut spine, 100);
            let (mut cursor, storage) =
                spine.cursor_through(frontier(&[10]).borrow()).expect("where it ends");
            assert_eq!(S::list(&mut cursor, &storage).len(), 10 - leading as usize);
            spine.set_logical_compaction(Antichain::new().borrow());
            through_nothing(&spine);
        }
    }
    two_aliases!(check);
}

/// The test whether a cut goes through a batch compared its lower bound twice, and never found one.
#[test]
fn r55_cuts_at_between_below_and_through_batches() {
    type S = OrdValSpine<u64, u64, Times, i64>;
    let at = Product::new;
    let mut spine = S::new();
    append(&mut spine, &[(1, 0, at(0, 0), 1), (1, 0, at(0, 5), 1)], &[at(1, 0)]);
    append(&mut spine, &[(2, 0, at(1, 0), 1), (2, 0, at(1, 7), 1)], &[at(3, 0), at(2, 2)]);
    spine.insert(empty(&[at(3, 0), at(2, 2)], &[at(6, 0)]));
    append(&mut spine, &[(3, 0, at(6, 3), 1)], &[at(7, 0)]);
    let cut = |spine: &S, upper: &[Times]| {
        let upper = frontier(upper);
        spine.cursor_through(upper.borrow()).map(|(mut cursor, storage)| S::list(&mut cursor, &storage).len())
    };
    // At bounds, in empty time, and beyond all.
    for (upper, updates) in [
        (&[at(0, 0)][..], 0),
        (&[at(1, 0)], 2),
        (&[at(3, 0), at(2, 2)], 4),
        (&[at(4, 0)], 4),
        (&[at(5, 9), at(6, 0)], 4),
        (&[at(6, 0)], 4),
        (&[at(7, 0)], 5),
        (&[at(9, 9)], 5),
        (&[], 5),
    ] {
        assert_eq!(cut(&spine, upper), Ok(updates), "at {upper:?}");
    }
    // Through a batch: between its bounds, or beside them.
    for (upper, lower) in [
        (&[at(0, 1)][..], at(6, 0)),
        (&[at(2, 0)], at(1, 0)),
        (&[at(2, 2)], at(6, 0)),
        (&[at(1, 8), at(3, 0)], at(1, 0)),
        (&[at(6, 2)], at(6, 0)),
    ] {
        let text = cut(&spine, upper).unwrap_err().to_string();
        assert!(text.contains(&format!("through the batch [{{{lower:?}}}")), "{text}");
        assert!(text.contains(&format!("{:?}", upper[0])), "{text}");
    }
    // Below the physical frontier, and beside it.
    spine.set_physical_compaction(frontier(&[at(3, 0), at(2, 2)]).borrow());
    for upper in [&[at(1, 0)][..], &[at(2, 0)]] {
        let text = cut(&spine, upper).unwrap_err().to_string();
        let both = [format!("{:?}", at(2, 2)), format!("{:?}", upper[0])];
        assert!(text.contains("physical") && both.iter().all(|time| text.contains(time)), "{text}");
    }
    assert_eq!(cut(&spine, &[at(3, 0), at(2, 2)]), Ok(4));
    spine.set_physical_compaction(frontier(&[at(7, 0)]).borrow());
    exert_all(&mut spine, usize::MAX);
    assert_eq!(cut(&spine, &[at(7, 0)]), Ok(5));
    assert_eq!(cut(&spine, &[]), Ok(5));
}

/// A merge of which nothing was left took its bounds with it, and the batches beside it no longer met.
#[test]
fn r56_a_merge_of_which_nothing_is_left_leaves_its_bounds() {
    fn check<S: Store<u64>>() {
        let mut spine = S::new();
        append(&mut spine, &(0..40).map(|key| (key, 0, 0, 1)).collect::<Vec<_>>(), &[1]);
        spine.insert(empty(&[1], &[2]));
        for time in 2..6 {
            append(&mut spine, &[(7, 7, time, if time % 2 == 0 { 1 } else { -1 })], &[time + 1]);
            bounds(&spine);
        }
        spine.insert(empty(&[6], &[7]));
        append(&mut spine, &[(8, 8, 7, 1)], &[8]);
        compact(&mut spine, &[8]);
        for effort in [1, 1, 1, 2, 3, 4, 100] {
            spine.set_exert_logic(Arc::new(move |_| Some(effort)));
            let _ = spine.exert();
            bounds(&spine);
        }
        exert_all(&mut spine, usize::MAX);
        bounds(&spine);
        let expected: Vec<Up<u64>> =
            (0..40).map(|key| (key, 0, 8, 1)).chain([(8, S::val_number(8), 8, 1)]).collect();
        assert_eq!(S::model(&spine.read_trace(), &[8]), S::model(&expected, &[8]));
    }
    two_aliases!(check);
}

/// Batches that do not meet were told by a bare assertion that names no frontier.
#[test]
fn r57_batches_that_do_not_meet_are_refused_by_name() {
    let mut spine = Plain::new();
    append(&mut spine, &[(1, 1, 0, 1)], &[3]);
    for (lower, upper) in [(2, 5), (4, 5), (0, 3)] {
        let batch = <Plain as Store<u64>>::batch(&[(2, 2, lower, 1)], &[lower], &[upper]);
        let text = spine.try_insert(batch.clone()).unwrap_err().to_string();
        assert!(text.contains("{3}") && text.contains(&format!("{{{lower}}}")), "{text}");
        assert_eq!(text, panic_text(|| spine.insert(batch)));
    }
    let text = spine.try_insert(empty(&[3], &[3])).unwrap_err().to_string();
    assert!(text.contains("{3}") && text.contains("no time"), "{text}");
    // The trace is as it was.
    assert_eq!((upper_of(&spine), spine.updates_len()), (frontier(&[3]), 1));
    append(&mut spine, &[(2, 2, 3, 1)], &[4]);
    bounds(&spine);
    // So are merges of batches that do not meet.
    let (a, b): (PlainBatch, PlainBatch) = (empty(&[0], &[2]), empty(&[3], &[4]));
    let text = panic_text(|| a.begin_merge(&b, frontier(&[0]).borrow()));
    assert!(text.contains("{2}") && text.contains("{3}"), "{text}");
}

/// What appeared was told and what went was not, so that totals kept by events never came back to zero.
#[test]
fn r60_events_balance_in_whatever_state_a_trace_is_dropped() {
    type Act = fn(&mut Watched);
    let states: [(&str, Act); 10] = [
        ("nothing", |_| {}),
        ("one batch", |spine| one(spine, 8)),
        ("only empty time", |spine| spine.insert(empty(&[0], &[9]))),
        ("waiting", |spine| (0..5).for_each(|_| one(spine, 8))),
        ("merging", |spine| {
            (0..2).for_each(|_| one(spine, 8));
            merge_some(spine);
        }),
        ("merging and waiting", |spine| {
            (0..2).for_each(|_| one(spine, 8));
            merge_some(spine);
            one(spine, 8);
        }),
        ("merged", |spine| {
            (0..6).for_each(|_| one(spine, 8));
            compact(spine, &[6]);
            exert_all(spine, 3);
        }),
        ("closed", |spine| {
            one(spine, 8);
            spine.close();
            spine.close();
        }),
        ("released", |spine| {
            (0..3).for_each(|_| one(spine, 8));
            spine.set_logical_compaction(Antichain::new().borrow());
            one(spine, 8);
        }),
        ("released while merging", |spine| {
            (0..2).for_each(|_| one(spine, 8));
            merge_some(spine);
            spine.set_logical_compaction(Antichain::new().borrow());
        }),
    ];
    fn one(spine: &mut Watched, len: u32) {
        let time = upper_of(spine)[0];
        let list: Vec<Up<u64>> = (0..len).map(|key| (key, 0, time, 1)).collect();
        append(spine, &list, &[time + 1]);
    }
    fn merge_some(spine: &mut Watched) {
        let upper = upper_of(spine);
        compact(spine, &upper);
        spine.set_exert_logic(Arc::new(|_| Some(3)));
        assert_eq!(spine.exert(), Progress::Working);
        assert_eq!(spine.events().merging.get(), 1);
    }
    for (name, act) in states {
        let balance = Balance::default();
        let mut spine = Watched::with_events(balance.clone());
        spine.set_policy(Box::new(OnlyExerted));
        act(&mut spine);
        assert_eq!(balance.held.get(), spine.updates_len() as isize, "{name}");
        let mut updates = 0;
        let mut sizes = arrangement::trace::PartSizes::default();
        spine.map_batches(|batch| {
            updates += batch.len();
            sizes += batch.sizes();
        });
        assert_eq!(balance.held.get(), updates as isize, "{name}");
        // Sizes that are kept up agree with what is there; a merge under way adds what it has made.
        match balance.merging.get() {
            0 => assert_eq!(spine.sizes(), sizes, "{name}"),
            _ => assert!(spine.sizes().total().bytes_reserved > sizes.total().bytes_reserved, "{name}"),
        }
        drop(spine);
        assert_eq!((balance.held.get(), balance.merging.get()), (0, 0), "{name}");
    }
}

/// A trace whose input had ended stayed as it was, however far its frontiers moved.
#[test]
fn r61_a_closed_trace_is_worked_on_by_hand() {
    fn check<S: Store<u64>>() {
        let mut spine = S::new();
        for time in 0..6u64 {
            let len = 64 >> time;
            append(&mut spine, &(0..len).map(|key| (key, 0, time, 1)).collect::<Vec<_>>(), &[time + 1]);
        }
        spine.close();
        assert!(upper_of(&spine).is_empty());
        compact(&mut spine, &[6]);
        exert_all(&mut spine, 10);
        let mut with_updates = 0;
        spine.map_batches(|batch| with_updates += !batch.is_empty() as usize);
        assert_eq!(with_updates, 1);
        assert_eq!(spine.read_trace().len(), 64);
        let refused = spine.try_insert(empty(&[6], &[7])).unwrap_err().to_string();
        assert!(refused.contains("{}") && refused.contains("{6}"), "{refused}");
        // All of its time is below the empty frontier.
        spine.set_physical_compaction(Antichain::new().borrow());
        let (mut cursor, storage) = spine.cursor_through(Antichain::new().borrow()).expect("all of it");
        assert_eq!(S::list(&mut cursor, &storage).len(), 64);
    }
    two_aliases!(check);
}

/// Working on a trace without merges failed, or did nothing for want of a batch to merge with.
#[test]
fn r63_exerting_a_trace_without_merges_is_harmless() {
    for effort in [0, 1, isize::MAX as usize, usize::MAX] {
        let mut spine = Plain::new();
        spine.set_exert_logic(Arc::new(move |_| Some(effort)));
        assert_eq!(spine.exert(), Progress::Done);
        spine.insert(empty(&[0], &[1]));
        assert_eq!(spine.exert(), Progress::Done);
        append(&mut spine, &[(1, 1, 1, 1)], &[2]);
        assert_eq!(spine.exert(), Progress::Done);
        compact(&mut spine, &[2]);
        assert_eq!(spine.exert(), Progress::Done);
        spine.close();
        assert_eq!(spine.exert(), Progress::Done);
        bounds(&spine);
    }
    // Two that are not due are merged all the same, when there is effort.
    let mut spine = Plain::new();
    append(&mut spine, &(0..64).map(|key| (key, 0, 0, 1)).collect::<Vec<_>>(), &[1]);
    append(&mut spine, &[(1, 0, 1, -1)], &[2]);
    compact(&mut spine, &[2]);
    assert_eq!(batches(&spine.levels()), 2);
    assert_eq!(spine.exert(), Progress::Done);
    assert_eq!((batches(&spine.levels()), spine.updates_len()), (1, 63));
}

/// A batch that a reader of the raw stream still held was changed by what the trace made of it.
#[test]
fn r58_a_reader_that_lags_still_sees_batches_as_they_were() {
    let mut spine = Plain::new();
    append(&mut spine, &[(1, 1, 0, 1)], &[1]);
    append(&mut spine, &[(1, 1, 1, -1)], &[2]);
    let mut raw = Vec::new();
    spine.map_batches(|batch| raw.push(batch.clone()));
    let (mut cursor, storage) = spine.cursor_through(frontier(&[1]).borrow()).expect("a bound");
    compact(&mut spine, &[2]);
    exert_all(&mut spine, usize::MAX);
    assert_eq!(spine.updates_len(), 0);
    assert_eq!(
        raw.iter().map(<Plain as Store<u64>>::read).collect::<Vec<_>>(),
        [[(1, 1, 0, 1)], [(1, 1, 1, -1)]]
    );
    assert_eq!(cursor.to_updates(&storage).len(), 1);
    // What is empty now is so from the compaction frontier on only: its `since` says it.
    let mut sinces = Vec::new();
    spine.map_batches(|batch| sinces.push(batch.description().clone()));
    assert_eq!(sinces, [Description::with_since(frontier(&[0]), frontier(&[2]), frontier(&[2]))]);
}
