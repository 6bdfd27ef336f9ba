//! Defects that a peer's newest release still has, and what happens when an item's own code panics.

use crate::counted::{Counted, CountedSpine, Fused, Owning, Tick, alive, has_burnt, rows, set_fuse, work};
use crate::support::{
    OnlyExerted, Plain, Store, Up, append, batches, bounds, compact, empty, exert_all, frontier, panic_text,
};
use allocation_counter::measure;
use arrangement::spine::Geometric;
use arrangement::trace::{Lattice, RcBuilder};
use arrangement::{
    Antichain, Batch, BatchReader, Batcher, Builder, Cursor, Merger, OrdValSpine, Pipeline, PreferredSpine,
    Progress, Timestamp, Trace, TraceReader,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Whether a merge was done had to be told from what fuel it left, in a way that its documentation had wrong.
#[test]
fn l1_a_merge_says_itself_whether_it_is_done() {
    let [a, b] = [0, 1].map(|time| {
        let list: Vec<Up<u64>> = (0..50).map(|key| (key, 0, time, 1)).collect();
        <Plain as Store<u64>>::batch(&list, &[time], &[time + 1])
    });
    let mut merger = a.begin_merge(&b, frontier(&[0]).borrow());
    let mut fuel = 100;
    assert_eq!(merger.work(&a, &b, &mut fuel), Progress::Done, "with fuel that is used up exactly");
    assert_eq!(fuel, 0);
    assert_eq!(merger.work(&a, &b, &mut fuel), Progress::Done, "done stays done");
    assert_eq!(merger.done().len(), 100);
    let mut merger = a.begin_merge(&b, frontier(&[0]).borrow());
    assert_eq!(merger.work(&a, &b, &mut 99), Progress::Working);
    let text = panic_text(|| merger.done());
    assert!(text.contains("not done") && text.contains("{2}"), "{text}");
}

/// Only what a merge wrote was counted: one in which all cancels did all its work for nothing.
#[test]
fn l2_a_merge_that_cancels_uses_fuel() {
    const LEN: u32 = 100_000;
    let list = |time: u64, diff: i64| -> Vec<Up<u64>> { (0..LEN).map(|key| (key, 0, time, diff)).collect() };
    let a = <Plain as Store<u64>>::batch(&list(0, 1), &[0], &[1]);
    let b = <Plain as Store<u64>>::batch(&list(1, -1), &[1], &[2]);
    let mut merger = a.begin_merge(&b, frontier(&[5]).borrow());
    let mut fuel = 10;
    assert_eq!(merger.work(&a, &b, &mut fuel), Progress::Working);
    assert!(fuel < 10);
    let mut fuel = 2 * LEN as usize;
    assert_eq!(merger.work(&a, &b, &mut fuel), Progress::Done);
    assert!(fuel <= 10);
    assert!(merger.done().is_empty());
}

/// Fuel was looked at only between keys: one key with very many vals was merged at once.
#[test]
fn l3_a_merge_stops_inside_a_key() {
    fn check<S: Store<u64>>() {
        let list = |time: u64| -> Vec<Up<u64>> { (0..9_000).map(|val| (1, val, time, 1)).collect() };
        let (a, b) = (S::batch(&list(0), &[0], &[1]), S::batch(&list(1), &[1], &[2]));
        let mut merger = a.begin_merge(&b, frontier(&[0]).borrow());
        let mut calls = 0;
        while merger.work(&a, &b, &mut 10) == Progress::Working {
            calls += 1;
        }
        assert!(calls >= 18_000 / 10 - 1, "{calls} calls");
        assert_eq!(merger.done().len(), 18_000);
    }
    two_aliases!(check);
}

/// Past the last key the vals of a key that is not there were looked up, out of bounds.
#[test]
fn l4_past_the_last_key_there_are_no_vals() {
    fn check<S: Store<u64>>() {
        let batch = S::batch(&[(1, 1, 0, 1)], &[0], &[1]);
        let mut stepped = batch.cursor();
        stepped.step_key(&batch);
        let mut sought = batch.cursor();
        sought.seek_key_owned(&batch, &S::key(2));
        for mut cursor in [stepped, sought] {
            assert_eq!(S::at(&cursor, &batch), (None, None));
            cursor.step_val(&batch);
            cursor.rewind_vals(&batch);
            assert_eq!(S::at(&cursor, &batch), (None, None));
            assert!(panic_text(|| cursor.key(&batch)).contains("past the last key"));
            assert!(panic_text(|| cursor.val(&batch)).contains("past"));
        }
    }
    every_alias!(check);
}

/// A cut that can't be was answered by a bare assertion.
#[test]
fn l5_every_cut_that_cannot_be_is_an_error_that_says_why() {
    let mut spine = Plain::new();
    append(&mut spine, &[(1, 1, 0, 1)], &[4]);
    append(&mut spine, &[(1, 1, 5, 1)], &[8]);
    let refused = |spine: &Plain, upper: u64| {
        spine.cursor_through(frontier(&[upper]).borrow()).map(|_| ()).unwrap_err().to_string()
    };
    let across = refused(&spine, 6);
    assert!(across.contains("{6}") && across.contains("[{4}, {8})"), "{across}");
    spine.set_physical_compaction(frontier(&[5]).borrow());
    let below = refused(&spine, 3);
    assert!(below.contains("{3}") && below.contains("{5}") && below.contains("physical"), "{below}");
    spine.set_logical_compaction(Antichain::new().borrow());
    let over = refused(&spine, 8);
    assert!(over.contains('8') && over.contains("logical") && over.contains("{}"), "{over}");
    assert!(panic_text(|| spine.cursor()).contains("logical"));
    assert!(spine.cursor_through(frontier(&[0]).borrow()).is_ok());
}

/// The wish to merge everything at once was turned into a negative number, and nothing was merged.
#[test]
fn l6_any_effort_is_taken_as_it_is() {
    for effort in [0, 1, 1_000, isize::MAX as usize, usize::MAX - 1, usize::MAX] {
        let mut spine = Plain::new();
        for (time, len) in [(0, 512), (1, 60), (2, 7)] {
            append(&mut spine, &(0..len).map(|key| (key, 0, time, 1)).collect::<Vec<_>>(), &[time + 1]);
        }
        compact(&mut spine, &[3]);
        assert_eq!(batches(&spine.levels()), 3);
        spine.set_exert_logic(Arc::new(move |_| Some(effort)));
        let progress = spine.exert();
        if effort >= isize::MAX as usize {
            assert_eq!((progress, batches(&spine.levels())), (Progress::Done, 1));
        }
        assert!(spine.counters().updates_read <= effort);
        spine.set_exert_logic(Arc::new(|_| None));
        assert_eq!(spine.exert(), Progress::Done);
        assert_eq!(spine.updates_len(), if batches(&spine.levels()) == 1 { 512 } else { 579 });
    }
    // So is a policy that pays for each insertion without end, also for what was held back.
    let mut spine = Plain::new();
    spine.set_policy(Box::new(Geometric::with_factor(f64::INFINITY)));
    for time in 0..6 {
        append(&mut spine, &[(1, 1, time, 1)], &[time + 1]);
    }
    compact(&mut spine, &[6]);
    append(&mut spine, &[(1, 1, 6, 1)], &[7]);
    append(&mut spine, &[(1, 1, 7, 1)], &[8]);
    bounds(&spine);
}

/// Empty time that came while physical compaction was held back was kept batch by batch, and released in one long call.
#[test]
fn l7_releasing_what_was_held_back_is_no_burst() {
    const LEN: u64 = 50_000;
    let mut spine = Plain::new();
    append(&mut spine, &[(1, 1, 0, 1)], &[1]);
    let held = measure(|| (1..LEN).for_each(|time| spine.insert(empty(&[time], &[time + 1]))));
    assert!(held.bytes_current < 4 << 10, "{held:?}");
    assert!(spine.waiting_len() <= 2);
    let release = measure(|| spine.set_physical_compaction(frontier(&[LEN]).borrow()));
    assert!(release.count_total < 100, "{release:?}");

    // With updates in each the release is spread over later insertions.
    const BATCHES: u64 = 3_000;
    let mut spine = Plain::new();
    for time in 0..BATCHES {
        append(&mut spine, &[(time as u32, 0, time, 1)], &[time + 1]);
    }
    assert_eq!(spine.waiting_len() as u64, BATCHES);
    spine.set_physical_compaction(frontier(&[u64::MAX]).borrow());
    assert_eq!(spine.counters().updates_read, 0);
    let mut read = 0;
    for time in BATCHES..3 * BATCHES {
        append(&mut spine, &[(time as u32, 0, time, 1)], &[time + 1]);
        let now = spine.counters().updates_read;
        assert!(now - read <= 3 * (2 + 3 * BATCHES as usize).ilog2() as usize + 9, "{} in one", now - read);
        read = now;
    }
    assert_eq!(spine.waiting_len(), 0);
    assert!(batches(&spine.levels()) <= 40, "{spine:?}");
    bounds(&spine);
}

/// Pushes and seals one update at a time, `rounds` times; says what that costs.
fn seals<T: Timestamp + Lattice>(
    batcher: &mut <CountedSpine<T> as Pipeline>::Batcher,
    rounds: std::ops::Range<u64>,
    time: impl Fn(u64) -> T,
) -> (crate::counted::Work, u64) {
    let mut bytes = 0;
    let (_, work) = work(|| {
        for round in rounds {
            let info = measure(|| {
                batcher.push(&mut vec![((Counted(round), Counted(0)), time(round), 1)]);
                let batch =
                    batcher.seal::<<CountedSpine<T> as Pipeline>::Builder>(frontier(&[time(round + 1)]));
                assert_eq!(batch.len(), 1);
            });
            bytes += info.bytes_total;
        }
    });
    (work, bytes)
}

/// A seal looked at all updates that are not due, however far ahead, and moved them.
#[test]
fn l9_updates_dated_ahead_do_not_slow_a_seal() {
    const ROUNDS: u64 = 50;
    fn check<T>(name: &str, ahead: u64, time: impl Fn(u64) -> T, later: impl Fn(u64) -> T)
    where
        T: Timestamp + Lattice,
    {
        let new = || <CountedSpine<T> as Pipeline>::Batcher::new();
        let (without, bytes_without) = seals::<T>(&mut new(), 1..ROUNDS, &time);
        let mut batcher = new();
        batcher.push(&mut rows(0..ahead, later, 1));
        // The first seal puts them by.
        let _ = batcher.seal::<<CountedSpine<T> as Pipeline>::Builder>(frontier(&[time(1)]));
        let (with, bytes_with) = seals::<T>(&mut batcher, 1..ROUNDS, &time);
        let few = 60 * ROUNDS as usize;
        assert!(with.items <= 2 * without.items + few, "{name}: {with:?} with, {without:?} without");
        assert!(with.times <= 2 * without.times + few, "{name}: {with:?} with, {without:?} without");
        assert!(bytes_with <= 2 * bytes_without + 4_000 * ROUNDS, "{name}: {bytes_with} not {bytes_without}");
        assert_eq!(batcher.sizes().records as u64, ahead);
    }
    check::<u64>("total", 1_000_000, |n| n, |_| 1_000_000);
    check::<u64>("total, many times", 100_000, |n| n, |n| 1_000_000 + n % 1_000);
    check::<Tick>("partial", 1_000_000, |n| Tick(n, 0), |_| Tick(1_000_000, 7));
    check::<Tick>("partial, many times", 100_000, |n| Tick(n, 0), |n| Tick(1_000_000 + n % 1_000, n % 7));
}

/// As the case before, where what is ahead has more than one minimal time.
#[test]
fn l9_updates_dated_ahead_at_incomparable_times_do_not_slow_a_seal() {
    const ROUNDS: u64 = 50;
    let new = <CountedSpine<Tick> as Pipeline>::Batcher::new;
    let (without, _) = seals::<Tick>(&mut new(), 1..ROUNDS, |n| Tick(n, 0));
    for ahead in [20_000, 160_000] {
        let mut batcher = new();
        batcher.push(&mut rows(0..ahead, |n| Tick(1_000_000 + n % 16, 1_000_000 - n % 16), 1));
        let _ = batcher.seal::<<CountedSpine<Tick> as Pipeline>::Builder>(frontier(&[Tick(1, 0)]));
        let (with, _) = seals::<Tick>(&mut batcher, 1..ROUNDS, |n| Tick(n, 0));
        assert_eq!(batcher.frontier().len(), 16);
        let (items, times) = (2 * without.items, 2 * without.times);
        assert!(with.items <= items + 60 * ROUNDS as usize, "{with:?} with, {without:?} without");
        // One comparison for each block of 512, as the minimal times are too many to keep.
        let blocks = ahead / 512 + 1;
        assert!(
            with.times <= times + ((60 + 2 * blocks) * ROUNDS) as usize,
            "{with:?} with, {without:?} without"
        );
    }
}

/// Input that is not what it must be was taken as it is, and answered by seeks that miss.
#[test]
#[cfg(debug_assertions)]
fn l10_input_that_is_out_of_order_is_found() {
    type Input = Vec<((u64, u64), u64, i64)>;
    type L = arrangement::container::Vector<((u64, u64), u64, i64)>;
    type Build = RcBuilder<arrangement::batch::OrdValBuilder<L, Input>>;
    for (input, first, second) in [
        (vec![((2, 0), 0, 1), ((1, 0), 0, 1), ((2, 0), 0, 1)], "((2, 0), 0)", "((1, 0), 0)"),
        (vec![((1, 5), 0, 1), ((1, 4), 0, 1)], "((1, 5), 0)", "((1, 4), 0)"),
        (vec![((1, 5), 3, 1), ((1, 5), 2, 1)], "((1, 5), 3)", "((1, 5), 2)"),
        (vec![((1, 5), 3, 1), ((1, 5), 3, 1)], "((1, 5), 3)", "((1, 5), 3) follows"),
    ] {
        let text = panic_text(|| Build::new().push(&mut input.clone()));
        assert!(text.contains(first) && text.contains(second), "{text}");
        // From one chunk to the next as well.
        let mut builder = Build::new();
        let text = panic_text(|| input.iter().for_each(|row| builder.push(&mut vec![*row])));
        assert!(text.contains(second.trim_end_matches(" follows")), "{text}");
        assert!(text.contains("key") || text.contains(first), "{text}");
    }
    fn check<S: Store<u64>>() {
        let mut batcher = S::Batcher::new();
        let _ = S::seal(&mut batcher, &[5]);
        let text = panic_text(|| S::push(&mut batcher, &[(1, 1, 6, 1), (1, 1, 4, 1)]));
        assert!(text.contains('4') && text.contains('5') && text.contains("sealed"), "{text}");
        let mut batcher = S::Batcher::new();
        let _ = S::seal(&mut batcher, &[5]);
        let text = panic_text(|| S::seal(&mut batcher, &[3]));
        assert!(text.contains('3') && text.contains('5'), "{text}");
        // At the end of time everything is late.
        let mut batcher = S::Batcher::new();
        let _ = S::seal(&mut batcher, &[]);
        assert!(panic_text(|| S::push(&mut batcher, &[(1, 1, 6, 1)])).contains('6'));
    }
    two_aliases!(check);
}

/// A late update was found where few came at once, and overlooked among many.
#[test]
#[cfg(debug_assertions)]
fn l10_a_late_update_is_found_among_many() {
    for late in [0u64, 20_000, 69_999] {
        let mut batcher = <Plain as Pipeline>::Batcher::new();
        let _ = batcher.seal::<<Plain as Pipeline>::Builder>(frontier(&[5]));
        let mut rows: Vec<_> = (0..70_000).map(|n| ((n, 0), if n == late { 4 } else { 6 }, 1)).collect();
        let text = panic_text(|| batcher.push(&mut rows));
        assert!(text.contains("sealed") && text.contains('4'), "update {late}: {text}");
    }
}

/// A logical frontier could be set back without a word.
#[test]
fn l11_frontiers_do_not_go_back() {
    let mut spine = Plain::new();
    spine.set_logical_compaction(frontier(&[5]).borrow());
    assert!(spine.try_set_logical_compaction(frontier(&[3]).borrow()).is_err());
    assert_eq!(spine.get_logical_compaction().to_vec(), [5]);
    assert!(panic_text(|| spine.set_logical_compaction(frontier(&[3]).borrow())).contains("{3}"));
}

/// Now and then a single insertion did the work of very many.
#[test]
fn l12_no_insertion_does_much_more_than_its_share() {
    const LEN: u64 = 8_000;
    let mut spine = CountedSpine::<u64>::new();
    spine.set_physical_compaction(frontier(&[u64::MAX]).borrow());
    let (mut most_read, mut most_work, mut read) = (0, 0, 0);
    for time in 0..LEN {
        let key = time.wrapping_mul(7919) % 5_000;
        let mut batcher = <CountedSpine<u64> as Pipeline>::Batcher::new();
        let _ = batcher.seal::<<CountedSpine<u64> as Pipeline>::Builder>(frontier(&[time]));
        batcher.push(&mut vec![((Counted(key), Counted(0)), time, 1)]);
        let batch = batcher.seal::<<CountedSpine<u64> as Pipeline>::Builder>(frontier(&[time + 1]));
        let (_, work) = work(|| spine.insert(batch));
        most_work = most_work.max(work.items);
        let now = spine.counters().updates_read;
        most_read = most_read.max(now - read);
        read = now;
    }
    let classes = (LEN.ilog2() + 2) as usize;
    assert!(most_read <= 3 * classes, "{most_read} updates read by one insertion");
    assert!(most_work <= 60 * classes, "{most_work} comparisons and clones by one insertion");
    assert!(read <= LEN as usize * classes, "{read} updates read by all");
    assert!(batches(&spine.levels()) <= 2 * classes, "{spine:?}");
}

/// Where a merge begins all times of both sides were looked at, before any fuel was asked for.
#[test]
fn l12_beginning_a_merge_costs_nothing_like_the_merge() {
    const LEN: u64 = 20_000;
    let batch = |outer: u64| {
        let mut batcher = <CountedSpine<Tick> as Pipeline>::Batcher::new();
        let _ = batcher.seal::<<CountedSpine<Tick> as Pipeline>::Builder>(frontier(&[Tick(outer, 0)]));
        batcher.push(&mut rows(0..LEN, |n| Tick(outer, n), 1));
        batcher.seal::<<CountedSpine<Tick> as Pipeline>::Builder>(frontier(&[Tick(outer + 1, 0)]))
    };
    let (a, b) = (batch(0), batch(1));
    let (merger, begun) = work(|| a.begin_merge(&b, frontier(&[Tick(0, 0)]).borrow()));
    drop(merger);
    assert!(begun.items + begun.times < 1_000, "{begun:?}");
}

/// Each step of a cursor over many batches looked at all of them.
#[test]
fn l14_a_cursor_over_many_batches_looks_at_those_that_move() {
    const BATCHES: u64 = 64;
    const KEYS: u64 = 100;
    let batch = |time: u64, keys: std::ops::Range<u64>| {
        let mut batcher = <CountedSpine<u64> as Pipeline>::Batcher::new();
        let _ = batcher.seal::<<CountedSpine<u64> as Pipeline>::Builder>(frontier(&[time]));
        batcher.push(&mut rows(keys, |_| time, 1));
        batcher.seal::<<CountedSpine<u64> as Pipeline>::Builder>(frontier(&[time + 1]))
    };
    // Keys of their own; the same keys in all.
    for (shared, each) in [(false, 12), (true, 40)] {
        let mut spine = CountedSpine::<u64>::new();
        for time in 0..BATCHES {
            let from = if shared { 0 } else { time * KEYS };
            spine.insert(batch(time, from..from + KEYS));
        }
        let (mut cursor, storage) = spine.cursor();
        assert_eq!(storage.len() as u64, BATCHES);
        let (updates, work) = work(|| {
            let mut updates = 0;
            while cursor.key_valid(&storage) {
                while cursor.val_valid(&storage) {
                    cursor.map_times(&storage, |_, _| updates += 1);
                    cursor.step_val(&storage);
                }
                cursor.step_key(&storage);
            }
            updates
        });
        assert_eq!(updates, BATCHES * KEYS);
        assert!(work.items as u64 <= each * updates, "{work:?} for {updates} updates");
    }
}

/// Pushes, seals, merges and reads until the fuse has burnt down; says whether it had.
fn run_until_panic<S, K, V, R>(fuse: usize, row: impl Fn(u64, u64, i64) -> ((K, V), u64, R)) -> bool
where
    S: Pipeline<Time = u64, Input = Vec<((K, V), u64, R)>>,
    S::Batch: BatchReader<Diff = R>,
    R: Clone,
{
    let mut batcher = S::Batcher::new();
    let mut spine = S::new();
    set_fuse(fuse);
    let result = catch_unwind(AssertUnwindSafe(|| {
        for time in 0..8u64 {
            let mut rows = Vec::new();
            for n in 0..30u64 {
                let diff = if n % 3 == 0 { -1 } else { 1 };
                rows.push(row(n * 7 % 16 * (1 + time % 2), time + n % 2 * 4, diff));
            }
            batcher.push(&mut rows);
            spine.insert(batcher.seal::<S::Builder>(frontier(&[time + 1])));
            compact(&mut spine, &[time + 1]);
        }
        exert_all(&mut spine, 7);
        let (mut cursor, storage) = spine.cursor();
        while cursor.key_valid(&storage) {
            cursor.step_key(&storage);
        }
    }));
    let burnt = has_burnt();
    assert_eq!(result.is_err(), burnt);
    set_fuse(usize::MAX);
    // What was left half done can be dropped.
    drop((batcher, spine));
    burnt
}

/// An order that panics left items that were dropped twice, or never.
#[test]
fn a_panicking_order_leaks_nothing_and_drops_nothing_twice() {
    type Rows = OrdValSpine<Owning, Owning, u64, i64>;
    type Kept = PreferredSpine<Owning, [Owning], u64, i64>;
    let mut fuse = 1;
    while run_until_panic::<Rows, _, _, _>(fuse, |n, time, diff| {
        ((Owning::new(n), Owning::new(n % 2)), time, diff)
    }) {
        assert_eq!(alive(), 0, "after {fuse} comparisons");
        fuse += 1 + fuse / 9;
    }
    assert!(fuse > 500, "{fuse}");
    let mut fuse = 1;
    while run_until_panic::<Kept, _, _, _>(fuse, |n, time, diff| {
        ((Owning::new(n), vec![Owning::new(n % 2), Owning::new(1)]), time, diff)
    }) {
        assert_eq!(alive(), 0, "after {fuse} comparisons");
        fuse += 1 + fuse / 9;
    }
    assert_eq!(alive(), 0);
}

/// Addition that panics left differences that were dropped twice, or never.
#[test]
fn a_panicking_addition_leaks_nothing_and_drops_nothing_twice() {
    type Summed = OrdValSpine<u64, u64, u64, Fused>;
    let mut fuse = 1;
    while run_until_panic::<Summed, _, _, _>(fuse, |n, time, diff| ((n, n % 2), time, Fused::new(diff))) {
        assert_eq!(alive(), 0, "after {fuse} additions");
        fuse += 1 + fuse / 9;
    }
    assert!(fuse > 20, "{fuse}");
    assert_eq!(alive(), 0);
}

/// A merge was left in the middle when its trace went, and what it held stayed.
#[test]
fn dropping_a_trace_while_it_merges_drops_all_it_holds() {
    type Rows = OrdValSpine<Owning, Owning, u64, i64>;
    for effort in [0, 1, 5, 50] {
        let mut spine = Rows::new();
        spine.set_policy(Box::new(OnlyExerted));
        for time in 0..3u64 {
            let mut batcher = <Rows as Pipeline>::Batcher::new();
            let _ = batcher.seal::<<Rows as Pipeline>::Builder>(frontier(&[time]));
            batcher.push(&mut (0..40).map(|n| ((Owning::new(n), Owning::new(0)), time, 1)).collect());
            spine.insert(batcher.seal::<<Rows as Pipeline>::Builder>(frontier(&[time + 1])));
        }
        compact(&mut spine, &[2]);
        spine.set_exert_logic(Arc::new(move |_| Some(effort)));
        let _ = spine.exert();
        assert!(alive() >= 240);
        drop(spine);
        assert_eq!(alive(), 0);
    }
}
