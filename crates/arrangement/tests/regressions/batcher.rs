//! The batcher, its chunker and merger, and consolidation.

use crate::counted::{Counted, CountedSpine, rows, work};
use crate::support::{Plain, Random, Store, Up, frontier};
use allocation_counter::measure;
use arrangement::batch::OrdValBuilder;
use arrangement::batcher::{Chunker, MergeBatcher};
use arrangement::container::{Chunk, Layout, Preferred, Vector};
use arrangement::trace::{Chunker as _, Max, Present, Product, RcBuilder, consolidate, consolidate_updates};
use arrangement::{
    Antichain, AntichainRef, Batch, BatchReader, Batcher, Builder, Cursor, Description, IntoOwned,
    OrdKeySpine, OrdValSpine, Pipeline,
};
use std::marker::PhantomData;

type Numbers = Vector<((u64, u64), u64, i64)>;

/// A frontier was told from parts that had not been merged: a time all of whose updates cancel was still held.
#[test]
fn r1_frontier_is_told_after_cancellation_across_chunks() {
    fn check<S: Store<u64>>() {
        let mut batcher = S::Batcher::new();
        S::push(&mut batcher, &[(100, 0, 5, 1), (200, 0, 7, 1)]);
        let _ = S::seal(&mut batcher, &[1]);
        assert_eq!(batcher.frontier(), AntichainRef::new(&[5]));
        S::push(&mut batcher, &[(100, 0, 5, -1)]);
        let _ = S::seal(&mut batcher, &[3]);
        assert_eq!(batcher.frontier(), AntichainRef::new(&[7]));
        assert_eq!(S::read(&S::seal(&mut batcher, &[])), [(200, 0, 7, 1)]);

        let mut batcher = S::Batcher::new();
        S::push(&mut batcher, &[(100, 0, 5, 1)]);
        let _ = S::seal(&mut batcher, &[1]);
        S::push(&mut batcher, &[(200, 0, 7, 1)]);
        let _ = S::seal(&mut batcher, &[3]);
        assert_eq!(batcher.frontier(), AntichainRef::new(&[5]));
    }
    every_alias!(check);
}

/// As the case before, where times are ordered only in part: of two minimal times one cancels.
#[test]
fn r1_frontier_after_cancellation_of_partially_ordered_times() {
    type S = OrdValSpine<u64, u64, Product<u64, u32>, i64>;
    let at = Product::new;
    let mut batcher = <S as Pipeline>::Batcher::new();
    S::push(
        &mut batcher,
        &[(1, 0, at(5, 9), 1), (2, 0, at(9, 5), 1), (3, 0, at(9, 9), 1), (4, 0, at(7, 7), 1)],
    );
    let _ = S::seal(&mut batcher, &[at(1, 0)]);
    assert_eq!(Antichain::from(batcher.frontier().to_vec()), frontier(&[at(5, 9), at(9, 5), at(7, 7)]));
    S::push(&mut batcher, &[(2, 0, at(9, 5), -1)]);
    let _ = S::seal(&mut batcher, &[at(2, 0)]);
    assert_eq!(Antichain::from(batcher.frontier().to_vec()), frontier(&[at(5, 9), at(7, 7)]));
}

/// The frontier of what is kept was not that of what later came out, as kept parts were not merged again.
#[test]
fn r2_frontier_is_that_of_what_a_later_seal_ships() {
    fn check<S: Store<u64>>() {
        for round in 0..40 {
            let mut random = Random(round);
            let mut batcher = S::Batcher::new();
            let mut lower = 0;
            for _ in 0..random.below(5) {
                let len = random.below(9);
                let list: Vec<Up<u64>> = (0..len)
                    .map(|_| {
                        let time = lower + random.below(6) as u64;
                        (random.below(2), random.below(2), time, random.below(3) as i64 - 1)
                    })
                    .collect();
                S::push(&mut batcher, &list);
                lower += random.below(4) as u64;
                let _ = S::seal(&mut batcher, &[lower]);
            }
            let told = Antichain::from(batcher.frontier().to_vec());
            let rest = S::read(&S::seal(&mut batcher, &[]));
            if lower > 0 {
                assert_eq!(told, rest.iter().map(|update| update.2).collect());
            }
            assert!(batcher.frontier().is_empty());
        }
    }
    two_aliases!(check);
}

/// Looks at chunks, keeps copies of their updates and does not empty them.
struct Peek<L: Layout> {
    chunks: Vec<usize>,
    updates: Vec<(String, L::Time)>,
    _layout: PhantomData<L>,
}

impl<L: Layout> Builder for Peek<L> {
    type Input = Chunk<L>;
    type Time = L::Time;
    type Output = (Vec<usize>, Vec<(String, L::Time)>);

    fn with_capacity(_: usize, _: usize, _: usize) -> Self {
        Peek { chunks: Vec::new(), updates: Vec::new(), _layout: PhantomData }
    }
    fn push(&mut self, chunk: &mut Chunk<L>) {
        self.chunks.push(chunk.len());
        self.updates.extend((0..chunk.len()).map(|row| (chunk.describe(row), chunk.times.get(row).clone())));
    }
    fn done(self, _: Description<L::Time>) -> Self::Output {
        (self.chunks, self.updates)
    }
}

/// Chunks that came out of a seal grew beyond their size, as that was looked at only once for each that went in.
#[test]
fn r3_no_chunk_is_larger_than_a_chunk() {
    const MOST: usize = 1 << 15;
    let len = 5 * MOST as u64;
    let spread = |n: u64| n.wrapping_mul(0x9E3779B97F4A7C15) >> 40;
    type Shape = fn(u64) -> (u64, u64);
    let shapes: [(&str, Shape, u64, [usize; 2]); 4] = [
        ("all goes", |n| (n, 0), 1, [1, 0]),
        ("all stays", |n| (n, 5), 1, [0, 1]),
        ("every other", |n| (n, 5 * (n % 2)), 1, [1, 1]),
        ("one key", |n| (0, n), u64::MAX, [1, 0]),
    ];
    for (name, shape, first, parts) in shapes {
        let mut batcher = MergeBatcher::<Numbers>::new();
        let mut rows: Vec<_> = (0..len)
            .map(|n| {
                let (key, time) = shape(n);
                ((if key == n { spread(n) } else { key }, n % 3 + (time == n) as u64), time, 1)
            })
            .collect();
        let mut expected = rows.clone();
        consolidate_updates(&mut expected);
        batcher.push(&mut rows);
        let mut total = 0;
        for (upper, some) in [Antichain::from_elem(first), Antichain::new()].into_iter().zip(parts) {
            let (chunks, updates) = batcher.seal::<Peek<Numbers>>(upper);
            assert_eq!(chunks.is_empty(), some == 0, "{name}");
            assert!(chunks.iter().all(|chunk| *chunk <= 2 * MOST), "{name}: {chunks:?}");
            total += updates.len();
        }
        assert_eq!(total, expected.len(), "{name}");
    }
    let mut chunker = Chunker::<Numbers>::default();
    chunker.push(&mut (0..len + 7).map(|n| ((spread(n), n), 0, 1)).collect());
    let mut total = 0;
    while let Some(chunk) = chunker.finish() {
        assert!(chunk.len() <= MOST);
        total += chunk.len();
    }
    assert_eq!(total as u64, len + 7);
}

/// A large part was merged anew with each small one that came, as parts were weighed by their number of chunks.
#[test]
fn r4_trickle_after_a_large_chunk_does_not_copy_it() {
    const LARGE: u64 = 40_000;
    const TRICKLE: u64 = 4_000;
    type Batcher = <CountedSpine<u64> as Pipeline>::Batcher;
    type Build = <CountedSpine<u64> as Pipeline>::Builder;
    let scattered = |n: u64| n.wrapping_mul(7919) % LARGE;
    let trickle = |n: u64, time: u64| vec![((Counted(scattered(n)), Counted(9)), time, 1)];
    let mut batcher = Batcher::new();
    batcher.push(&mut rows(0..LARGE, |_| 5, 1));
    let (_, pushing) = work(|| {
        for n in 0..TRICKLE {
            batcher.push(&mut trickle(n, 5));
        }
        let _ = batcher.seal::<Build>(frontier(&[6]));
    });
    let total = (LARGE + TRICKLE) as usize;
    assert!(pushing.items < 40 * total, "{pushing:?}");

    // The same with what is not due, sealing after each.
    let mut batcher = Batcher::new();
    batcher.push(&mut rows(0..LARGE, |_| 1_000_000, 1));
    let _ = batcher.seal::<Build>(frontier(&[1]));
    let (_, sealing) = work(|| {
        for n in 0..TRICKLE {
            batcher.push(&mut trickle(n, 1_000_000));
            let _ = batcher.seal::<Build>(frontier(&[2 + n]));
        }
    });
    assert!(sealing.items < 40 * total, "{sealing:?}");
}

/// Emptied buffers were kept without bound while sealing, and later seals added more.
#[test]
fn r5_what_a_batcher_keeps_after_a_seal_is_bounded() {
    const LEN: u64 = 300_000;
    let input = |round: u64| -> Vec<_> {
        (0..LEN).map(|n| ((n.wrapping_mul(0x9E3779B97F4A7C15) >> 32, n), round, 1)).collect()
    };
    let mut batcher = MergeBatcher::<Numbers>::new();
    for round in 0..3 {
        let mut rows = input(round);
        let kept = measure(|| {
            batcher.push(&mut rows);
            drop(batcher.seal::<<Plain as Pipeline>::Builder>(frontier(&[round + 1])));
        });
        // The buffers that sort one chunk.
        let bound = if round == 0 { 4 << 20 } else { 1 << 20 };
        assert!(kept.bytes_current < bound, "round {round}: {kept:?}");
        assert_eq!(batcher.sizes().records, 0);
        assert!(batcher.sizes().bytes_reserved < 2 << 20, "{:?}", batcher.sizes());
    }
    // The same with what was put by and comes due all at once.
    let mut rows = input(9);
    let kept = measure(|| {
        batcher.push(&mut rows);
        drop(batcher.seal::<<Plain as Pipeline>::Builder>(frontier(&[5])));
        drop(batcher.seal::<<Plain as Pipeline>::Builder>(frontier(&[10])));
    });
    assert!(kept.bytes_current < 1 << 20, "{kept:?}");
}

/// With no buffers kept at all, each chunk was grown from nothing, one allocation after the other.
#[test]
fn r6_allocations_for_each_update_stay_flat() {
    let allocations = |len: u64| {
        let mut batcher = MergeBatcher::<Numbers>::new();
        let mut rows: Vec<_> =
            (0..len).map(|n| ((n.wrapping_mul(0x9E3779B97F4A7C15) >> 32, n), 0, 1)).collect();
        let info = measure(|| {
            batcher.push(&mut rows);
            drop(batcher.seal::<<Plain as Pipeline>::Builder>(frontier(&[1])));
        });
        info.count_total
    };
    let (few, many) = (allocations(40_000), allocations(320_000));
    assert!(many < 8 * few + 100, "{few} for 40,000 updates, {many} for 320,000");
}

/// What was sealed stayed until the batch was complete, so that two copies and more were held at once.
#[test]
fn r7_sealing_holds_no_more_than_input_and_output() {
    const LEN: u64 = 500_000;
    let mut batcher = MergeBatcher::<Numbers>::new();
    let mut rows: Vec<_> = (0..LEN).map(|n| ((n.wrapping_mul(0x9E3779B97F4A7C15) >> 32, n), 0, 1)).collect();
    batcher.push(&mut rows);
    drop(rows);
    let mut batch = None;
    let sealing = measure(|| batch = Some(batcher.seal::<<Plain as Pipeline>::Builder>(frontier(&[1]))));
    let output = batch.map_or(0, |batch| batch.sizes().total().bytes_reserved) as u64;
    assert!(output >= 16 * LEN);
    assert!(sealing.bytes_max < output + (4 << 20), "{sealing:?}, for an output of {output} bytes");
    // What came in is freed with the seal, not later.
    assert!(sealing.bytes_current < 4 << 20, "{sealing:?}");
}

/// Buffers of items without size have endless capacity: a loop that frees them while they have any never ended.
#[test]
fn r8_items_without_size_work() {
    type Nothing = OrdValSpine<(), (), (), Present>;
    let mut batcher = <Nothing as Pipeline>::Batcher::new();
    for _ in 0..3 {
        batcher.push(&mut vec![(((), ()), (), Present); 70_000]);
    }
    let batch = batcher.seal::<<Nothing as Pipeline>::Builder>(Antichain::new());
    assert_eq!(batch.cursor().to_updates(&batch), [(((), ()), (), Present)]);

    type Unit = OrdKeySpine<(), u64, i64>;
    let mut batcher = <Unit as Pipeline>::Batcher::new();
    for _ in 0..3 {
        batcher.push(&mut (0..70_000).map(|n| (((), ()), n % 2 * 7, 1)).collect());
    }
    let batch = batcher.seal::<<Unit as Pipeline>::Builder>(frontier(&[1]));
    assert_eq!(batch.cursor().to_updates(&batch), [(((), ()), 0, 105_000)]);
    assert_eq!(batcher.frontier(), AntichainRef::new(&[7]));
    drop(batch);
    let batch = batcher.seal::<<Unit as Pipeline>::Builder>(Antichain::new());
    assert_eq!(batch.len(), 1);
    assert_eq!(batcher.sizes().bytes_used, 0);
}

/// A seal trusted the frontier that it had last told, which later pushes had not lowered, and shipped nothing.
#[test]
fn r9_pushes_below_the_told_frontier_are_shipped() {
    fn check<S: Store<u64>>() {
        let mut batcher = S::Batcher::new();
        S::push(&mut batcher, &[(1, 1, 9, 1)]);
        assert!(S::read(&S::seal(&mut batcher, &[2])).is_empty());
        assert_eq!(batcher.frontier(), AntichainRef::new(&[9]));
        S::push(&mut batcher, &[(2, 0, 3, 1), (1, 0, 9, 1)]);
        assert_eq!(S::read(&S::seal(&mut batcher, &[4])), [(2, 0, 3, 1)]);
        assert_eq!(batcher.frontier(), AntichainRef::new(&[9]));
    }
    two_aliases!(check);
}

/// Sealing at the empty frontier left a batch of what is kept, with bounds that can't be.
#[test]
fn r10_sealing_at_the_empty_frontier_ends_the_batcher() {
    fn check<S: Store<u64>>() {
        let mut batcher = S::Batcher::new();
        S::push(&mut batcher, &[(1, 0, 5, 1), (1, 0, u64::MAX, 1)]);
        let _ = S::seal(&mut batcher, &[3]);
        let last = S::seal(&mut batcher, &[]);
        assert_eq!(S::read(&last), [(1, 0, 5, 1), (1, 0, u64::MAX, 1)]);
        assert_eq!(*last.description(), Description::new(frontier(&[3]), Antichain::new()));
        assert!(batcher.frontier().is_empty());
        let again = S::seal(&mut batcher, &[]);
        assert!(again.is_empty() && again.lower().is_empty() && again.upper().is_empty());
        let mut spine = S::new();
        spine.insert(S::batch(&[], &[0], &[3]));
        spine.insert(last);
        let text = spine.try_insert(again).unwrap_err().to_string();
        assert!(text.contains("{}"), "{text}");
    }
    two_aliases!(check);
}

/// Room was made for all but the first item, so that each batch was reallocated at its last.
#[test]
fn r11_a_builder_with_exact_hints_never_reallocates() {
    const KEYS: u64 = 8_192;
    // One val for each key; two; by turns one and three. Of a single pair of time and difference, and of two.
    let shapes: [fn(u64) -> u64; 3] = [|_| 1, |_| 2, |key| 1 + key % 2 * 2];
    for (index, vals) in shapes.into_iter().enumerate() {
        for times in [1, 2] {
            let rows: Vec<_> = (0..KEYS)
                .flat_map(|key| (0..vals(key)).map(move |val| ((key, val), (key + val) % times, 1)))
                .collect();
            let mut chunks: Vec<Chunk<Numbers>> = rows
                .chunks(64)
                .map(|rows| {
                    let mut chunk = Chunk::<Numbers>::default();
                    rows.iter().for_each(|((key, val), time, diff)| chunk.push(key, val, *time, *diff));
                    chunk
                })
                .collect();
            let mut builder =
                RcBuilder::<OrdValBuilder<Numbers>>::with_capacity(KEYS as usize, rows.len(), rows.len());
            let mut batch = None;
            let info = measure(|| {
                chunks.iter_mut().for_each(|chunk| builder.push(chunk));
                batch = Some(builder.done(Description::new(frontier(&[0]), frontier(&[2]))));
            });
            let batch = batch.expect("it was built");
            assert_eq!(batch.len(), rows.len());
            let storage = batch.storage().expect("it has updates");
            assert_eq!(storage.keys.capacity(), KEYS as usize);
            // The codes of pairs, and where vals begin, are laid out when it is seen that they are needed: once each.
            let late = rows.len() + 4 * KEYS as usize;
            // With the index over keys.
            let scratch = 12 << 10;
            assert!(info.bytes_total < (late + scratch) as u64, "shape {index}, {times} times: {info:?}");
        }
    }
}

/// A buffer that its taker only looked at was used again with all that was in it.
#[test]
fn r12_chunks_that_are_only_looked_at_do_not_come_back() {
    fn check<L>(mut push: impl FnMut(&mut MergeBatcher<L>, u64))
    where
        L: Layout<Time = u64>,
    {
        let mut batcher = MergeBatcher::<L>::new();
        for round in 0..3 {
            push(&mut batcher, round);
            let (_, updates) = batcher.seal::<Peek<L>>(frontier(&[round + 1]));
            assert!(updates.iter().all(|update| update.1 == round));
            assert_eq!(updates.len(), 40_000, "round {round}");
            assert!(updates.is_sorted_by_key(|update| update.1));
        }
        assert_eq!(batcher.sizes().records, 0);
    }
    // Keys that come in no order, so that the parts of a seal overlap.
    let key = |n: u64| n.wrapping_mul(0x9E3779B97F4A7C15) >> 20;
    check::<Numbers>(|batcher, round| {
        batcher.push(&mut (0..40_000).map(|n| ((key(n), n), round, 1)).collect());
    });
    check::<Preferred<str, [u8], u64, i64>>(|batcher, round| {
        let row = |n: u64| ((key(n).to_string(), vec![n as u8; n as usize % 5]), round, 1);
        batcher.push(&mut (0..40_000).map(row).collect());
    });
}

/// A slice of one element was taken to be consolidated, with its difference of zero.
#[test]
fn r13_zero_differences_of_single_updates_are_dropped() {
    for len in 0..4 {
        let mut pairs = vec![("a", 0i64); len];
        consolidate(&mut pairs);
        assert!(pairs.is_empty());
        let mut triples = vec![("a", 3u64, 0i64); len];
        consolidate_updates(&mut triples);
        assert!(triples.is_empty());
        let mut chunker = Chunker::<Numbers>::default();
        chunker.push(&mut vec![((1, 1), 3, 0); len]);
        assert!(chunker.finish().is_none());
    }
    fn check<S: Store<u64>>() {
        for list in [&[(1, 1, 0, 0)][..], &[(1, 1, 0, 0), (1, 1, 0, 0)], &[(1, 1, 0, 2), (1, 1, 0, -2)]] {
            let mut batcher = S::Batcher::new();
            S::push(&mut batcher, list);
            let batch = S::seal(&mut batcher, &[1]);
            assert!(batch.is_empty() && S::read(&batch).is_empty());
            S::push(&mut batcher, &list.iter().map(|u| (u.0, u.1, 9, u.3)).collect::<Vec<_>>());
            let _ = S::seal(&mut batcher, &[2]);
            assert!(batcher.frontier().is_empty());
        }
    }
    every_alias!(check);
}

/// Elements that stay where they are were swapped with themselves, by pointers that may not be alike.
#[test]
fn r14_consolidation_of_what_needs_no_move() {
    let text = |text: &str| text.to_string();
    let mut updates = vec![(text("a"), 1), (text("b"), 1)];
    consolidate(&mut updates);
    assert_eq!(updates, [(text("a"), 1), (text("b"), 1)]);
    let mut updates = vec![(text("a"), 1), (text("a"), -1), (text("b"), 1), (text("c"), 0), (text("d"), 2)];
    consolidate(&mut updates);
    assert_eq!(updates, [(text("b"), 1), (text("d"), 2)]);
    let mut updates = vec![(text("z"), 2, 1), (text("z"), 1, 1), (text("z"), 2, -1)];
    consolidate_updates(&mut updates);
    assert_eq!(updates, [(text("z"), 1, 1)]);
}

/// Consolidation asked for differences that can be copied, negated or made zero.
#[test]
fn r15_differences_that_only_add_and_own_memory() {
    type S = OrdValSpine<u64, String, u64, Max<String>>;
    let max = |text: &str| Max(text.to_string());
    let mut batcher = <S as Pipeline>::Batcher::new();
    let row = |key, val: &str, time, diff| ((key, val.to_string()), time, max(diff));
    batcher.push(&mut vec![
        row(2, "x", 0, "low"),
        row(1, "y", 0, "q"),
        row(2, "x", 0, "mid"),
        row(2, "x", 4, "z"),
    ]);
    let batch = batcher.seal::<<S as Pipeline>::Builder>(frontier(&[1]));
    assert_eq!(batch.cursor().to_updates(&batch), [row(1, "y", 0, "q"), row(2, "x", 0, "mid")]);
    let next = batcher.seal::<<S as Pipeline>::Builder>(frontier(&[5]));
    let mut merger = batch.begin_merge(&next, frontier(&[5]).borrow());
    use arrangement::{Merger, Progress};
    assert_eq!(merger.work(&batch, &next, &mut usize::MAX.clone()), Progress::Done);
    let merged = merger.done();
    assert_eq!(merged.cursor().to_updates(&merged), [row(1, "y", 5, "q"), row(2, "x", 5, "z")]);
}

/// Sorting by digits or hashes put apart what is equal, or had negative and short keys in the wrong place.
#[test]
fn r16_whatever_keys_sort_as_the_standard_library_sorts_them() {
    fn check<S, K>(key: impl Fn(&mut Random) -> K)
    where
        K: Ord + Clone + std::fmt::Debug,
        S: Pipeline<Time = u64, Input = Vec<((K, u64), u64, i64)>>,
        S::Batch: BatchReader<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = u64>, Diff = i64>,
    {
        let mut random = Random(3);
        let mut rows: Vec<_> = (0..3_000)
            .map(|_| ((key(&mut random), random.below(2) as u64), 0, random.below(3) as i64 - 1))
            .collect();
        let mut expected = rows.clone();
        consolidate_updates(&mut expected);
        let mut batcher = S::Batcher::new();
        batcher.push(&mut rows);
        let batch = batcher.seal::<S::Builder>(frontier(&[1]));
        assert_eq!(batch.cursor().to_updates(&batch), expected);
    }
    check::<OrdValSpine<i64, u64, u64, i64>, _>(|r| r.below(9) as i64 - 4);
    check::<OrdValSpine<i64, u64, u64, i64>, _>(|r| [i64::MIN, -1, 0, 1, i64::MAX][r.below(5) as usize]);
    let text = |r: &mut Random| "shared, shared prefix\0\0ab"[..r.below(26) as usize].to_string();
    check::<arrangement::PreferredSpine<str, u64, u64, i64>, _>(text);
}

/// Replacements of a val were handed to a builder in order of time, so that vals were out of order and not found.
#[test]
fn r17_a_key_whose_vals_change_in_any_order_is_read_by_seeking() {
    fn check<S: Store<u64>>() {
        let changes = [(7, 26, 1, 1), (7, 26, 2, -1), (7, 1, 2, 1), (7, 1, 3, -1)];
        let batch = S::batch(&changes, &[0], &[4]);
        assert_eq!(S::read(&batch), S::model(&changes, &[0]));
        let mut cursor = batch.cursor();
        for val in [1, 26] {
            cursor.seek_key_owned(&batch, &S::key(7));
            cursor.seek_val(&batch, <crate::support::ValOf<S> as IntoOwned>::borrow_as(&S::val(val)));
            assert_eq!(S::at(&cursor, &batch), (Some(7), Some(val)));
        }
    }
    two_aliases!(check);
}

/// Much that cancels was held until the next seal, however small what remains of it.
#[test]
fn r5_what_cancels_before_a_seal_takes_no_memory() {
    const KEYS: u64 = 100_000;
    let mut batcher = MergeBatcher::<Numbers>::new();
    let (mut most, mut most_bytes) = (0, 0);
    for round in 0..8u64 {
        let diff = if round % 2 == 0 { 1 } else { -1 };
        let rows: Vec<_> = (0..KEYS).map(|n| ((n.wrapping_mul(7919) % KEYS, 0), 5 + n % 2, diff)).collect();
        for rows in rows.chunks(20) {
            batcher.push(&mut rows.to_vec());
            let sizes = batcher.sizes();
            (most, most_bytes) = (most.max(sizes.records), most_bytes.max(sizes.bytes_reserved));
        }
    }
    // What fills eight chunks, 2^18 updates, is looked at before it may grow, and what remains is never more than these keys.
    assert!(most <= 3 << 18, "{most} updates held");
    assert!(most_bytes <= 40 << 20, "{most_bytes} bytes held");
    let batch = batcher.seal::<<Plain as Pipeline>::Builder>(frontier(&[9]));
    assert!(batch.is_empty());

    // As little is kept of what is dated ahead.
    for round in 0..8u64 {
        let diff = if round % 2 == 0 { 1 } else { -1 };
        batcher.push(&mut (0..KEYS).map(|n| ((n, 0), 1_000, diff)).collect());
        let _ = batcher.seal::<<Plain as Pipeline>::Builder>(frontier(&[10 + round]));
        assert!(batcher.sizes().records <= 2 * KEYS as usize);
    }
    assert!(batcher.frontier().is_empty());
    assert!(batcher.sizes().bytes_reserved < 2 << 20, "{:?}", batcher.sizes());
}
