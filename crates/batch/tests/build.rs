//! What a builder makes does not depend on how its input is cut, or on whether it is told that no key repeats.

use arrangement_batch::{NoVals, OrdBuilder, OrdStorage, ValLevel, Vals};
use arrangement_container::{Chunk, InputFor, Layout, Preferred, Vector, is_validating};
use arrangement_trace::{
    Antichain, Batch, BatchReader, Builder, Cursor, Description, IntoOwned, RcBuilder, SharedBatch,
    StorageBuilder,
};
use proptest::prelude::*;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Debug;

type Rows<K, V> = Vec<((K, V), u64, i64)>;

/// Builds a batch of pieces. Says of each in which no key repeats that it is so, if that is to be `told`.
fn build<L, V, K, W>(rows: &Rows<K, W>, cuts: &[usize], told: bool) -> SharedBatch<OrdStorage<L, V>>
where
    L: Layout<Time = u64, Diff = i64>,
    V: ValLevel<L::Val>,
    K: Clone + Ord,
    W: Clone,
    Rows<K, W>: InputFor<L>,
{
    let mut builder = RcBuilder::<OrdBuilder<L, V, Rows<K, W>>>::new();
    let (mut rest, mut cuts) = (&rows[..], cuts.iter().cycle());
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(rest.len().min(*cuts.next().expect("there are cuts")));
        match told && piece.is_sorted_by(|a, b| a.0.0 < b.0.0) {
            true => builder.push_distinct(&mut piece.to_vec()),
            false => builder.push(&mut piece.to_vec()),
        }
        rest = later;
    }
    builder.done(Description::new(Antichain::from_elem(0), Antichain::from_elem(9)))
}

fn check<L, V, K, W>(rows: BTreeSet<(K, W, u64)>, cuts: &[usize])
where
    L: Layout<Key: IntoOwned<Owned = K>, Time = u64, Diff = i64>,
    V: ValLevel<L::Val, Vals: IntoOwned<Owned = W>>,
    K: Clone + Ord + Debug,
    W: Clone + Ord + Debug,
    Rows<K, W>: InputFor<L>,
{
    let rows: Rows<K, W> = rows.into_iter().map(|(k, v, t)| ((k, v), t, 1 + t as i64)).collect();
    for told in [false, true] {
        let batch = build::<L, V, K, W>(&rows, cuts, told);
        let whole = build::<L, V, K, W>(&rows, &[usize::MAX], told);
        let used = |batch: &SharedBatch<OrdStorage<L, V>>| {
            let sizes = batch.sizes();
            [sizes.keys.records, sizes.vals.records, sizes.updates.records]
        };
        assert_eq!(batch.cursor().to_updates(&batch), rows);
        assert_eq!(whole.cursor().to_updates(&whole), rows);
        assert_eq!(used(&batch), used(&whole));
    }
}

proptest! {
    #[test]
    fn cuts_and_claims_change_nothing(
        // Few keys repeat, or most do.
        keys in prop_oneof![Just(4u64), Just(200u64)],
        rows in prop::collection::btree_set((any::<u64>(), 0..3u64, 0..3u64), 0..80),
        cuts in prop::collection::vec(1..9usize, 1..5),
    ) {
        let name = |key: u64| format!("key {:03}", key % keys);
        let numbers: BTreeSet<_> = rows.iter().map(|&(k, v, t)| (k % keys, v, t)).collect();
        check::<Vector<((u64, u64), u64, i64)>, Vals<_>, _, _>(numbers, &cuts);
        let strings: BTreeSet<_> = rows.iter().map(|&(k, v, t)| (name(k), name(v), t)).collect();
        check::<Vector<((String, String), u64, i64)>, Vals<_>, _, _>(strings.clone(), &cuts);
        check::<Preferred<str, str, u64, i64>, Vals<_>, _, _>(strings, &cuts);
        let alone: BTreeSet<_> = rows.iter().map(|&(k, _, t)| (name(k), (), t)).collect();
        check::<Vector<((String, ()), u64, i64)>, NoVals, _, _>(alone, &cuts);
    }
}

/// Who says that no key repeats, where one does, is told so.
#[test]
#[cfg_attr(not(debug_assertions), ignore = "needs a build that validates")]
#[should_panic = "said to have no key twice"]
fn a_wrong_claim_is_refused() {
    type L = Vector<((u64, u64), u64, i64)>;
    let mut builder = OrdBuilder::<L, Vals<Vec<u64>>, Rows<u64, u64>>::with_capacity(0, 0, 0);
    builder.push_distinct(&mut vec![((1, 1), 0, 1), ((2, 1), 0, 1), ((2, 2), 0, 1)]);
}

thread_local! { static COMPARED: Cell<usize> = const { Cell::new(0) }; }

/// A key that counts how often it is compared.
#[derive(Clone, Debug, Eq)]
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
impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

/// A builder that is told so compares no keys but those at the seams of chunks.
#[test]
fn a_claim_spares_comparing_keys() {
    type L = Vector<((Counted, u64), u64, i64)>;
    let compared = |told: bool| {
        let mut builder = OrdBuilder::<L, Vals<Vec<u64>>>::with_capacity(0, 0, 0);
        COMPARED.set(0);
        for piece in 0..10 {
            let mut chunk = Chunk::<L>::default();
            (0..1_000).for_each(|key| chunk.push(&Counted(1_000 * piece + key), &key, 0, 1));
            match told {
                true => builder.push_distinct(&mut chunk),
                false => builder.push(&mut chunk),
            }
        }
        COMPARED.get()
    };
    // Builds that validate compare each key with the next.
    let validated = if is_validating() { 10_000 } else { 0 };
    assert!(compared(true) <= validated + 100, "{} comparisons", compared(true));
    assert!(compared(false) > validated + 9_000, "the test counts nothing");
}
