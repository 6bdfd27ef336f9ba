//! Arranging the latest val of each key.

use crate::arrange::Sealer;
use crate::arranged::Arranged;
use arrangement_trace::{
    Antichain, Batch, BatchReader, Batcher, Builder, Cursor, CursorList, IntoOwned, IsZero, Semigroup,
    TotalOrder, TraceReader,
};
use std::collections::BTreeMap;
use timely::Container;
use timely::dataflow::Stream;
use timely::dataflow::channels::pact::ParallelizationContract;
use timely::dataflow::operators::generic::Operator;

/// What is said of a key from a time on: its val, or that it has none any more.
pub type Upsert<K, V, T> = (K, Option<V>, T);

/// The upserts of each time that is not complete, in any order.
type Pending<K, V, T> = BTreeMap<T, Vec<(K, Option<V>)>>;

/// Arranges a stream of *upserts*: each sets the val of a key from a time on, or ends it, whatever it was before.
///
/// Of several upserts of one key at one time the greatest val holds, and one with a val before one that ends it,
/// whatever order they come in. An upsert that says what holds already changes nothing. Vals are looked up in the
/// trace itself; nothing is kept beside it but the upserts of times that are not complete.
///
/// The `pact` must bring all upserts of a key to one worker, [by its hash](crate::hash_key). The facade crate
/// `arrangement` has a method that does so and takes batcher and builder from one alias, `arrange_upsert`.
pub fn arrange_upsert_core<'scope, Ba, Bu, B, K, V, R, P>(
    stream: Stream<'scope, B::Time, Vec<Upsert<K, V, B::Time>>>,
    pact: P,
    name: &str,
) -> Arranged<'scope, B>
where
    B: Batch<Time: TotalOrder, Diff = R, Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>>,
    Ba: Batcher<Time = B::Time, Input = Vec<((K, V), B::Time, R)>> + 'static,
    Bu: Builder<Input = Ba::Output, Time = B::Time, Output = B> + 'static,
    K: Ord + Clone + 'static,
    V: Ord + Clone + 'static,
    R: Semigroup + From<i8> + 'static,
    P: ParallelizationContract<B::Time, Vec<Upsert<K, V, B::Time>>>,
    Vec<Upsert<K, V, B::Time>>: Container,
{
    let scope = stream.scope();
    let mut trace = None;
    let stream = stream.unary_frontier(pact, name, |_capability, info| {
        let (handle, mut sealer) = Sealer::<Ba, B>::new(scope, info);
        // By this the operator reads what holds.
        let mut own = handle.clone();
        trace = Some(handle);
        let mut pending = Pending::<K, V, B::Time>::new();
        move |(input, frontier), output| {
            input.for_each(|capability, upserts| {
                sealer.retain(&capability);
                for (key, val, time) in upserts.drain(..) {
                    pending.entry(time).or_default().push((key, val));
                }
            });
            let upper = frontier.frontier();
            if sealer.upper() != upper {
                let later = upper.iter().next().map_or_else(BTreeMap::new, |time| pending.split_off(time));
                let due = std::mem::replace(&mut pending, later);
                if !due.is_empty() {
                    sealer.push(&mut updates(due, &mut own.cursor()));
                }
                let later = pending
                    .keys()
                    .next()
                    .map_or_else(Antichain::new, |time| Antichain::from_elem(time.clone()));
                sealer.seal::<Bu>(upper, &later, output);
                own.set_logical_compaction(upper);
                own.set_physical_compaction(upper);
            } else {
                sealer.rest();
            }
        }
    });
    Arranged { stream, trace: trace.expect("the operator has been built") }
}

/// The updates that upserts amount to, where the trace holds what the cursor reads.
fn updates<B, K, V, R>(
    due: Pending<K, V, B::Time>,
    (cursor, batches): &mut (CursorList<B::Cursor>, Vec<B>),
) -> Vec<((K, V), B::Time, R)>
where
    B: BatchReader<Diff = R, Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>>,
    K: Ord + Clone,
    V: Ord + Clone,
    R: Semigroup + From<i8>,
{
    let each = due
        .into_iter()
        .flat_map(|(time, upserts)| upserts.into_iter().map(move |(key, val)| (key, time.clone(), val)));
    let mut upserts: Vec<_> = each.collect();
    // The greatest val last, and none before any.
    upserts.sort();
    let mut updates = Vec::new();
    for of_key in upserts.chunk_by(|a, b| a.0 == b.0) {
        let key = &of_key[0].0;
        let mut held = val_of(key, cursor, batches);
        for of_time in of_key.chunk_by(|a, b| a.1 == b.1) {
            let Some((_, time, val)) = of_time.last() else { continue };
            if held != *val {
                let update = |val: &V, diff| ((key.clone(), val.clone()), time.clone(), R::from(diff));
                updates.extend(held.as_ref().map(|val| update(val, -1)));
                updates.extend(val.as_ref().map(|val| update(val, 1)));
                held.clone_from(val);
            }
        }
    }
    updates
}

/// The val of a key as of the latest time, if it has one.
fn val_of<B, K, V>(key: &K, cursor: &mut CursorList<B::Cursor>, batches: &Vec<B>) -> Option<V>
where
    B: BatchReader<Diff: Semigroup, Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>>,
{
    if !cursor.find_key(batches, B::Key::borrow_as(key)) {
        return None;
    }
    while let Some(val) = cursor.get_val(batches) {
        let mut sum: Option<B::Diff> = None;
        cursor.map_times(batches, |_, diff| match &mut sum {
            Some(sum) => sum.plus_equals(diff),
            None => sum = Some(diff.clone()),
        });
        if sum.is_some_and(|sum| !sum.is_zero()) {
            return Some(B::Val::into_owned(val));
        }
        cursor.step_val(batches);
    }
    None
}
