//! The batcher with chunks of few rows, so that buckets, relief, and the store of what is dated ahead are all at work on
//! small data, against the naive model.

use arrangement_batcher::MergeBatcher;
use arrangement_container::{BatchContainer, Chunk, Layout, Preferred, PushInto, Vector};
use arrangement_trace::{Antichain, Batcher, Builder, Description, IntoOwned, Product, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::marker::PhantomData;

type Rows<T> = Vec<((String, u8), T, i64)>;

/// Collects the rows of chunks.
struct Collect<L, T>(Rows<T>, PhantomData<L>);

impl<L, T> Builder for Collect<L, T>
where
    T: Timestamp,
    L: Layout<Key: IntoOwned<Owned = String>, Val: IntoOwned<Owned = u8>, Time = T, Diff = i64>,
{
    type Input = Chunk<L>;
    type Time = T;
    type Output = Rows<T>;
    fn with_capacity(_: usize, _: usize, _: usize) -> Self {
        Collect(Vec::new(), PhantomData)
    }
    fn push(&mut self, chunk: &mut Chunk<L>) {
        assert!(!chunk.is_empty());
        for row in 0..chunk.len() {
            let data = (L::Key::into_owned(chunk.keys.index(row)), L::Val::into_owned(chunk.vals.index(row)));
            self.0.push((data, chunk.times.get(row).clone(), *chunk.diffs.get(row)));
        }
        chunk.clear();
    }
    fn push_distinct(&mut self, chunk: &mut Chunk<L>) {
        assert!(chunk.keys.is_strictly_ascending(), "a key repeats that is said not to");
        self.push(chunk);
    }
    fn done(self, _: Description<T>) -> Rows<T> {
        self.0
    }
}

fn consolidate<T: Ord + Clone>(rows: &Rows<T>) -> Rows<T> {
    let mut sums = BTreeMap::new();
    for (data, time, diff) in rows {
        *sums.entry((data.clone(), time.clone())).or_insert(0) += diff;
    }
    sums.into_iter().filter(|sum| sum.1 != 0).map(|((data, time), diff)| (data, time, diff)).collect()
}

/// Pushes and seals as the rounds say, with chunks of `rows` rows.
fn check<L, T>(rows: usize, rounds: &[(Rows<T>, Antichain<T>)])
where
    T: Timestamp,
    L: Layout<
            Key: IntoOwned<Owned = String>,
            Val: IntoOwned<Owned = u8>,
            Time = T,
            Diff = i64,
            Input = Rows<T>,
        >,
    L::Key: PushInto<String>,
    L::Val: PushInto<u8>,
{
    let mut batcher = MergeBatcher::<L>::with_chunk_rows(rows);
    let mut held = Rows::new();
    for (updates, upper) in rounds {
        held.extend(updates.iter().cloned());
        for piece in updates.chunks(7) {
            batcher.push(&mut piece.to_vec());
        }
        let batch = batcher.seal::<Collect<L, T>>(upper.clone());
        let (later, due): (Rows<T>, Rows<T>) = held.drain(..).partition(|row| upper.less_equal(&row.1));
        assert_eq!(batch, consolidate(&due));
        held = consolidate(&later);
        let frontier: Antichain<T> = held.iter().map(|row| row.1.clone()).collect();
        assert_eq!(batcher.frontier(), frontier.borrow(), "of {held:?}");
        if held.is_empty() {
            assert_eq!(batcher.sizes().records, 0);
        }
    }
}

fn updates() -> impl Strategy<Value = Vec<(u8, u8, u8, i64)>> {
    // Many of few, so that most cancels or ties.
    prop::collection::vec((0..12u8, 0..3u8, 0..12u8, -1..2i64), 0..120)
}

fn name(key: u8) -> String {
    format!("a prefix that keys share/{}", key % 9)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]
    #[test]
    fn totally_ordered_times(rounds in prop::collection::vec((updates(), 0..4u64), 1..6), rows in 1..20usize) {
        let mut step = 0;
        let rounds: Vec<_> = rounds.into_iter().map(|(updates, by)| {
            let updates = updates.into_iter().map(|(k, v, t, d)| ((name(k), v), step + t as u64, d)).collect();
            step += by;
            (updates, Antichain::from_elem(step))
        }).collect();
        check::<Vector<((String, u8), u64, i64)>, _>(rows, &rounds);
        check::<Preferred<str, u8, u64, i64>, _>(rows, &rounds);
    }

    #[test]
    fn partially_ordered_times(rounds in prop::collection::vec((updates(), 0..3u64, 0..3u64), 1..6), rows in 1..20usize) {
        let (mut outer, mut inner) = (0, 0);
        let rounds: Vec<_> = rounds.into_iter().map(|(updates, by_outer, by_inner)| {
            let time = |t: u8| match t % 2 {
                0 => Product::new(outer + 1 + t as u64 / 4, t as u64 % 4),
                _ => Product::new(outer, inner + t as u64),
            };
            let updates = updates.into_iter().map(|(k, v, t, d)| ((name(k), v), time(t), d)).collect();
            // The frontier's elements move apart and together, and always forward.
            (outer, inner) = if by_outer > 0 { (outer + by_outer, by_inner) } else { (outer, inner + by_inner) };
            (updates, Antichain::from(vec![Product::new(outer, inner), Product::new(outer + 1, 0)]))
        }).collect();
        check::<Vector<((String, u8), Product<u64, u64>, i64)>, _>(rows, &rounds);
    }
}

/// R4 and the bound on memory: what cancels does not pile up, and is not sorted again and again; whether it is spread
/// over all keys, hidden among a few of them, or all of one key.
#[test]
fn r4_churn_is_held_in_a_small_multiple_of_what_survives_and_sorted_a_few_times() {
    let (rounds, live) = (20_000u64, 100);
    let spread = |round| (round, 0);
    let hidden = |round| (u64::MAX / 3 + round % 250, 0);
    let of_one_key = |round| (5, round);
    let cases: [(u64, fn(u64) -> (u64, u64)); 3] = [(0, spread), (1_000, hidden), (1_000, of_one_key)];
    for (kept, churning) in cases {
        let mut batcher = MergeBatcher::<Vector<((u64, ()), u64, i64)>>::with_chunk_rows(64);
        batcher.push(&mut (0..kept).map(|key| ((key * (u64::MAX / kept), ()), 0, 1)).collect());
        let mut peak = 0;
        for round in 0..rounds {
            // Each update is retracted a while after it was made.
            let (key, time) = churning(round);
            let mut updates = vec![((key, ()), time, 1)];
            if round >= live {
                let (key, time) = churning(round - live);
                updates.push(((key, ()), time, -1));
            }
            batcher.push(&mut updates);
            peak = peak.max(batcher.sizes().records);
        }
        assert!(peak < 10 * 64 + 8 * (live + kept) as usize, "{peak} updates held");
        assert!(
            batcher.updates_sorted() < 8 * 2 * rounds as usize,
            "{} updates sorted",
            batcher.updates_sorted()
        );
    }
}

/// Where nothing cancels, looking whether it does costs little: each update is sorted into its chunk and out of it.
#[test]
fn updates_that_stay_are_sorted_twice() {
    let mut batcher = MergeBatcher::<Vector<((u64, ()), u64, i64)>>::with_chunk_rows(256);
    let len = 200_000;
    let key = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    batcher.push(&mut (0..len).map(|number| ((key(number), ()), 0, 1)).collect());
    assert_eq!(batcher.seal::<Discard>(Antichain::from_elem(1)).rows, len as usize);
    let sorted = batcher.updates_sorted() as f64 / len as f64;
    assert!((2.0..2.05).contains(&sorted), "each update was sorted {sorted} times");
}

/// L9: what is dated ahead is not sorted again by the seals before it is due, nor looked at.
#[test]
fn l9_seals_do_not_touch_what_is_dated_ahead() {
    let mut sorted = Vec::new();
    for ahead in [0, 50_000] {
        let mut batcher = MergeBatcher::<Vector<((u64, ()), u64, i64)>>::new();
        batcher.push(&mut (0..ahead).map(|k| ((k, ()), 1_000_000 + k % 1000, 1)).collect());
        assert_eq!(batcher.seal::<Discard>(Antichain::from_elem(1)).rows, 0);
        let before = batcher.updates_sorted();
        for epoch in 1..1000 {
            batcher.push(&mut vec![((epoch, ()), epoch, 1)]);
            assert_eq!(batcher.seal::<Discard>(Antichain::from_elem(epoch + 1)).rows, 1);
        }
        sorted.push(batcher.updates_sorted() - before);
    }
    assert_eq!(sorted[0], sorted[1]);
}

/// Builders are told that no key repeats, in whatever order updates come, and are not where some do.
#[test]
fn sorting_tells_builders_that_no_key_repeats() {
    let len = 20_000u64;
    let spread = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let told = |keys: Vec<u64>, times: u64| {
        let mut batcher = MergeBatcher::<Vector<((u64, ()), u64, i64)>>::with_chunk_rows(256);
        let rows = keys.iter().flat_map(|key| (0..times).map(|time| ((*key, ()), time, 1)));
        batcher.push(&mut rows.collect());
        let sealed = batcher.seal::<Discard>(Antichain::from_elem(times));
        assert_eq!(sealed.rows, keys.len() * times as usize);
        sealed.distinct
    };
    assert_eq!(told((0..len).collect(), 1), len as usize);
    assert_eq!(told((0..len).map(spread).collect(), 1), len as usize);
    assert_eq!(told((0..len).collect(), 2), 0);
    assert_eq!(told((0..len).map(spread).collect(), 2), 0);
}

/// Counts rows, and those of chunks in which no key repeats, as it is told.
#[derive(Default)]
struct Discard {
    rows: usize,
    distinct: usize,
}
impl Builder for Discard {
    type Input = Chunk<Vector<((u64, ()), u64, i64)>>;
    type Time = u64;
    type Output = Discard;
    fn with_capacity(_: usize, _: usize, _: usize) -> Self {
        Discard::default()
    }
    fn push(&mut self, chunk: &mut Self::Input) {
        self.rows += chunk.len();
    }
    fn push_distinct(&mut self, chunk: &mut Self::Input) {
        self.distinct += chunk.len();
        self.push(chunk);
    }
    fn done(self, _: Description<u64>) -> Discard {
        self
    }
}
