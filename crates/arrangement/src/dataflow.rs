//! Arrangements on timely dataflow: [`arrangement_dataflow`], with one name for a whole pipeline.

use crate::{IntoOwned, Pipeline, Timestamp};
use arrangement_trace::{BatchReader, Semigroup, TotalOrder};
use std::hash::Hash;
use timely::dataflow::Stream;
use timely::dataflow::channels::pact::{Exchange, ParallelizationContract};
use timely::{Container, ExchangeData};

pub use arrangement_dataflow::*;

/// Arranging a stream of updates.
///
/// ```
/// use arrangement::OrdValSpine;
/// use arrangement::dataflow::Arrange;
/// use timely::dataflow::operators::ToStream;
///
/// timely::example(|scope| {
///     let updates = [(("apple".to_string(), 3u64), 0u64, 1i64)].to_stream(scope);
///     let arranged = updates.arrange::<OrdValSpine<String, u64, u64, i64>>();
/// });
/// ```
pub trait Arrange<'scope, K, V, T: Timestamp, R> {
    /// Arranges the updates by key, each at the worker to which the key's [hash](hash_key) falls.
    ///
    /// `S` is an alias such as [`OrdValSpine`](crate::OrdValSpine). Batch, batcher and builder follow from it; the
    /// trace is a spine of the batches. See [`arrange_core`] for what is sealed when.
    fn arrange<S>(self) -> Arranged<'scope, S::Batch>
    where
        S: Pipeline<Time = T, Input = Vec<((K, V), T, R)>, Batcher: 'static, Builder: 'static>;
}

impl<'scope, K, V, T, R> Arrange<'scope, K, V, T, R> for Stream<'scope, T, Vec<((K, V), T, R)>>
where
    K: ExchangeData + Hash,
    V: ExchangeData,
    T: Timestamp,
    R: ExchangeData,
{
    fn arrange<S>(self) -> Arranged<'scope, S::Batch>
    where
        S: Pipeline<Time = T, Input = Vec<((K, V), T, R)>, Batcher: 'static, Builder: 'static>,
    {
        self.arrange_with::<S, _>(Exchange::new(|((key, _), ..): &((K, V), T, R)| hash_key(key)), "Arrange")
    }
}

/// Arranging a stream of updates in a container of any kind.
pub trait ArrangeWith<'scope, T: Timestamp, C> {
    /// Arranges the updates, brought to workers by a pact of your own. See [`arrange_core`].
    fn arrange_with<S, P>(self, pact: P, name: &str) -> Arranged<'scope, S::Batch>
    where
        S: Pipeline<Time = T, Input = C, Batcher: 'static, Builder: 'static>,
        P: ParallelizationContract<T, C>;
}

impl<'scope, T: Timestamp, C: Container> ArrangeWith<'scope, T, C> for Stream<'scope, T, C> {
    fn arrange_with<S, P>(self, pact: P, name: &str) -> Arranged<'scope, S::Batch>
    where
        S: Pipeline<Time = T, Input = C, Batcher: 'static, Builder: 'static>,
        P: ParallelizationContract<T, C>,
    {
        arrange_core::<S::Batcher, S::Builder, S::Batch, P>(self, pact, name)
    }
}

/// Arranging a stream of upserts `(key, Some(val) or None, time)`: the latest val of each key.
///
/// ```
/// use arrangement::OrdValSpine;
/// use arrangement::dataflow::ArrangeUpsert;
/// use timely::dataflow::operators::ToStream;
///
/// timely::example(|scope| {
///     let prices = [("apple".to_string(), Some(3u64), 0u64), ("apple".to_string(), Some(4), 1)];
///     let arranged = prices.to_stream(scope).arrange_upsert::<OrdValSpine<String, u64, u64, i64>>();
/// });
/// ```
pub trait ArrangeUpsert<'scope, K, V, T: Timestamp, R> {
    /// Arranges the latest val of each key, each at the worker to which the key's [hash](hash_key) falls. See
    /// [`arrange_upsert_core`] for what holds when several say something at once.
    fn arrange_upsert<S>(self) -> Arranged<'scope, S::Batch>
    where
        S: Pipeline<Time = T, Input = Vec<((K, V), T, R)>, Batcher: 'static, Builder: 'static>,
        S::Batch: BatchReader<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Diff = R>;
}

impl<'scope, K, V, T, R> ArrangeUpsert<'scope, K, V, T, R> for Stream<'scope, T, Vec<Upsert<K, V, T>>>
where
    K: ExchangeData + Hash + Ord + Clone,
    V: ExchangeData + Ord + Clone,
    T: Timestamp + TotalOrder,
    R: Semigroup + From<i8> + 'static,
{
    fn arrange_upsert<S>(self) -> Arranged<'scope, S::Batch>
    where
        S: Pipeline<Time = T, Input = Vec<((K, V), T, R)>, Batcher: 'static, Builder: 'static>,
        S::Batch: BatchReader<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Diff = R>,
    {
        let pact = Exchange::new(|(key, ..): &Upsert<K, V, T>| hash_key(key));
        arrange_upsert_core::<S::Batcher, S::Builder, S::Batch, _, _, _, _>(self, pact, "ArrangeUpsert")
    }
}
