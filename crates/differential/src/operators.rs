//! Operators that take the spine as a type parameter, from which batcher and builder follow.

use crate::batch::Column;
use crate::build::{Batcher, Builder};
use crate::spine::Spine;
use arrangement_batch::{OrdStorage, ValLevel};
use arrangement_container::{BatchContainer, Layout};
use arrangement_trace::{IntoOwned, Share};
use differential_dataflow::difference::{Abelian, Multiply, Semigroup};
use differential_dataflow::lattice::Lattice;
use differential_dataflow::operators::arrange::{Arranged, TraceAgent};
use differential_dataflow::{Data, ExchangeData, Hashable, VecCollection};
use timely::progress::Timestamp;

/// A spine of this crate, by the parts of which its batcher and builder are made: what each alias for a spine is.
pub trait Pipeline: 'static {
    /// The columns.
    type Layout: Layout<Time: Lattice, Diff: Semigroup>;
    /// The level of vals.
    type Level: ValLevel<<Self::Layout as Layout>::Val>;
    /// How batches are shared.
    type Share: Share;
}

impl<L, V, P> Pipeline for Spine<OrdStorage<L, V>, P>
where
    L: Layout<Time: Lattice, Diff: Semigroup>,
    V: ValLevel<L::Val>,
    P: Share,
{
    type Layout = L;
    type Level = V;
    type Share = P;
}

/// The spine that a [`Pipeline`] is: for an alias, that alias itself.
pub type SpineOf<S> =
    Spine<OrdStorage<<S as Pipeline>::Layout, <S as Pipeline>::Level>, <S as Pipeline>::Share>;
/// The batcher of a spine.
pub type BatcherOf<S> = Batcher<<S as Pipeline>::Layout, <S as Pipeline>::Level, <S as Pipeline>::Share>;
/// The builder of a spine.
pub type BuilderOf<S> = Builder<<S as Pipeline>::Layout, <S as Pipeline>::Level, <S as Pipeline>::Share>;
/// What is arranged by a spine.
pub type ArrangedBy<'scope, S> = Arranged<'scope, TraceAgent<SpineOf<S>>>;
/// A key of a spine as it is read.
pub type KeyRef<'a, S> = <KeyColumn<S> as IntoOwned>::ReadItem<'a>;
/// A val of a spine as it is read.
pub type ValRef<'a, S> = <ValColumn<S> as IntoOwned>::ReadItem<'a>;
/// The time of a spine.
pub type TimeOf<S> = <<S as Pipeline>::Layout as Layout>::Time;
/// The difference of a spine.
pub type DiffOf<S> = <<S as Pipeline>::Layout as Layout>::Diff;
/// The column of keys of a spine.
pub type KeyColumn<S> = <<S as Pipeline>::Layout as Layout>::Key;
/// The column of vals of a spine.
pub type ValColumn<S> = <<S as Pipeline>::Level as ValLevel<<<S as Pipeline>::Layout as Layout>::Val>>::Vals;

/// A spine whose keys, vals, times and differences are these, and that takes them in vectors.
///
/// Implemented for all that are; its use is to say so in a bound.
pub trait SpineFor<K, V, T, R>:
    Pipeline<
    Layout: Layout<Key: BatchContainer<Owned = K>, Time = T, Diff = R, Input = Vec<((K, V), T, R)>>,
    Level: ValLevel<<Self::Layout as Layout>::Val, Vals: BatchContainer<Owned = V>>,
>
{
}

impl<S, K, V, T, R> SpineFor<K, V, T, R> for S where
    S: Pipeline<
        Layout: Layout<Key: BatchContainer<Owned = K>, Time = T, Diff = R, Input = Vec<((K, V), T, R)>>,
        Level: ValLevel<<Self::Layout as Layout>::Val, Vals: BatchContainer<Owned = V>>,
    >
{
}

/// Reductions of what is arranged, into a spine that has the same column of keys.
pub trait ReduceArranged<'scope, S: Pipeline, K>: Sized {
    /// Reduces the vals of each key, as `reduce_abelian` does.
    fn reduce_into<O, V, R>(
        self,
        name: &str,
        logic: impl FnMut(KeyRef<'_, S>, &[(ValRef<'_, S>, DiffOf<S>)], &mut Vec<(V, R)>) + 'static,
    ) -> ArrangedBy<'scope, O>
    where
        O: SpineFor<K, V, TimeOf<S>, R>,
        O::Layout: Layout<Key = KeyColumn<S>>,
        V: Data,
        R: Abelian + Ord + 'static;
}

impl<'scope, L, W, P, K> ReduceArranged<'scope, Spine<OrdStorage<L, W>, P>, K>
    for Arranged<'scope, TraceAgent<Spine<OrdStorage<L, W>, P>>>
where
    L: Layout<Key: BatchContainer<Owned = K>, Time: Lattice, Diff: Semigroup>,
    W: ValLevel<L::Val>,
    P: Share,
    K: Clone + 'static,
{
    fn reduce_into<O, V, R>(
        self,
        name: &str,
        logic: impl FnMut(
                <L::Key as IntoOwned>::ReadItem<'_>,
                &[(<W::Vals as IntoOwned>::ReadItem<'_>, L::Diff)],
                &mut Vec<(V, R)>,
            ) + 'static,
    ) -> ArrangedBy<'scope, O>
    where
        O: SpineFor<K, V, L::Time, R>,
        O::Layout: Layout<Key = L::Key>,
        V: Data,
        R: Abelian + Ord + 'static,
    {
        self.reduce_abelian::<_, BuilderOf<O>, SpineOf<O>, Column<L::Key>, _>(
            name,
            logic,
            |updates, key, vals| {
                let key = L::Key::into_owned(key);
                updates.clear();
                updates.extend(vals.drain(..).map(|(val, time, diff)| ((key.clone(), val), time, diff)));
            },
        )
    }
}

/// Operators on collections of keys with vals, as differential dataflow has them, with spines of ours.
pub trait PairsWith<'scope, T, K, V, R>: Sized
where
    T: Timestamp + Lattice,
    R: Semigroup + Ord + 'static,
{
    /// Arranges by key, as `arrange_by_key` does.
    fn arrange_by_key_with<S: SpineFor<K, V, T, R>>(self) -> ArrangedBy<'scope, S>;

    /// Reduces the vals of each key, as `reduce` does: those that come in are arranged by `S`, and those that come out by
    /// `O`.
    fn reduce_with<S, O, V2, R2>(
        self,
        logic: impl FnMut(KeyRef<'_, S>, &[(ValRef<'_, S>, R)], &mut Vec<(V2, R2)>) + 'static,
    ) -> VecCollection<'scope, T, (K, V2), R2>
    where
        S: SpineFor<K, V, T, R>,
        O: SpineFor<K, V2, T, R2>,
        O::Layout: Layout<Key = KeyColumn<S>>,
        V2: Data,
        R2: Abelian + Ord + 'static;

    /// Joins by key, as `join_map` does: this collection is arranged by `S` and the other by `S2`.
    fn join_map_with<S, S2, V2, R2, D>(
        self,
        other: VecCollection<'scope, T, (K, V2), R2>,
        logic: impl FnMut(KeyRef<'_, S>, ValRef<'_, S>, ValRef<'_, S2>) -> D + 'static,
    ) -> VecCollection<'scope, T, D, R::Output>
    where
        S: SpineFor<K, V, T, R>,
        S2: SpineFor<K, V2, T, R2>,
        S2::Layout: Layout<Key = KeyColumn<S>>,
        V2: ExchangeData,
        R: Multiply<R2, Output: Semigroup + 'static>,
        R2: ExchangeData + Semigroup,
        D: Data;

    /// Joins by key, as `join` does: this collection is arranged by `S` and the other by `S2`.
    fn join_with<S, S2, V2, R2>(
        self,
        other: VecCollection<'scope, T, (K, V2), R2>,
    ) -> VecCollection<'scope, T, (K, (V, V2)), R::Output>
    where
        S: SpineFor<K, V, T, R>,
        S2: SpineFor<K, V2, T, R2>,
        S2::Layout: Layout<Key = KeyColumn<S>>,
        K: Data,
        V: Data,
        V2: ExchangeData,
        R: Multiply<R2, Output: Semigroup + 'static>,
        R2: ExchangeData + Semigroup,
    {
        self.join_map_with::<S, S2, _, _, _>(other, |key, val, val2| {
            let vals = (ValColumn::<S>::into_owned(val), ValColumn::<S2>::into_owned(val2));
            (KeyColumn::<S>::into_owned(key), vals)
        })
    }
}

impl<'scope, T, K, V, R> PairsWith<'scope, T, K, V, R> for VecCollection<'scope, T, (K, V), R>
where
    T: Timestamp + Lattice,
    K: ExchangeData + Hashable,
    V: ExchangeData,
    R: ExchangeData + Semigroup,
{
    fn arrange_by_key_with<S: SpineFor<K, V, T, R>>(self) -> ArrangedBy<'scope, S> {
        self.arrange_named::<BatcherOf<S>, SpineOf<S>>("ArrangeByKey", BatcherOf::<S>::new)
    }

    fn reduce_with<S, O, V2, R2>(
        self,
        logic: impl FnMut(KeyRef<'_, S>, &[(ValRef<'_, S>, R)], &mut Vec<(V2, R2)>) + 'static,
    ) -> VecCollection<'scope, T, (K, V2), R2>
    where
        S: SpineFor<K, V, T, R>,
        O: SpineFor<K, V2, T, R2>,
        O::Layout: Layout<Key = KeyColumn<S>>,
        V2: Data,
        R2: Abelian + Ord + 'static,
    {
        self.arrange_by_key_with::<S>()
            .reduce_into::<O, V2, R2>("Reduce", logic)
            .as_collection(|key, val| (KeyColumn::<O>::into_owned(key), ValColumn::<O>::into_owned(val)))
    }

    fn join_map_with<S, S2, V2, R2, D>(
        self,
        other: VecCollection<'scope, T, (K, V2), R2>,
        mut logic: impl FnMut(KeyRef<'_, S>, ValRef<'_, S>, ValRef<'_, S2>) -> D + 'static,
    ) -> VecCollection<'scope, T, D, R::Output>
    where
        S: SpineFor<K, V, T, R>,
        S2: SpineFor<K, V2, T, R2>,
        S2::Layout: Layout<Key = KeyColumn<S>>,
        V2: ExchangeData,
        R: Multiply<R2, Output: Semigroup + 'static>,
        R2: ExchangeData + Semigroup,
        D: Data,
    {
        let (this, other) = (self.arrange_by_key_with::<S>(), other.arrange_by_key_with::<S2>());
        this.join_core(other, move |key, val, val2| Some(logic(key, val, val2)))
    }
}

/// Operators on collections of keys alone, as differential dataflow has them, with spines of ours.
pub trait KeysWith<'scope, T, K, R>: Sized
where
    T: Timestamp + Lattice,
    R: Semigroup + Ord + 'static,
{
    /// Arranges by all there is, as `arrange_by_self` does.
    fn arrange_by_self_with<S: SpineFor<K, (), T, R>>(self) -> ArrangedBy<'scope, S>;

    /// Counts the occurrences of each key, as `count_core` does: what comes in is arranged by `S`, and the counts by `O`.
    fn count_with<S, O, R2>(self) -> VecCollection<'scope, T, (K, R), R2>
    where
        S: SpineFor<K, (), T, R>,
        O: SpineFor<K, R, T, R2>,
        O::Layout: Layout<Key = KeyColumn<S>>,
        R: Data,
        R2: Abelian + Ord + From<i8> + 'static;

    /// Changes how often each key occurs, as `threshold` does: what comes in is arranged by `S`, and what comes out by
    /// `O`.
    fn threshold_with<S, O, R2>(
        self,
        logic: impl FnMut(KeyRef<'_, S>, &R) -> R2 + 'static,
    ) -> VecCollection<'scope, T, K, R2>
    where
        S: SpineFor<K, (), T, R>,
        O: SpineFor<K, (), T, R2>,
        O::Layout: Layout<Key = KeyColumn<S>>,
        R2: Abelian + Ord + 'static;

    /// Has each key occur once, as `distinct_core` does: what comes in is arranged by `S`, and what comes out by `O`.
    fn distinct_with<S, O, R2>(self) -> VecCollection<'scope, T, K, R2>
    where
        S: SpineFor<K, (), T, R>,
        O: SpineFor<K, (), T, R2>,
        O::Layout: Layout<Key = KeyColumn<S>>,
        R2: Abelian + Ord + From<i8> + 'static,
    {
        self.threshold_with::<S, O, R2>(|_, _| R2::from(1))
    }
}

impl<'scope, T, K, R> KeysWith<'scope, T, K, R> for VecCollection<'scope, T, K, R>
where
    T: Timestamp + Lattice,
    K: ExchangeData + Hashable,
    R: ExchangeData + Semigroup,
{
    fn arrange_by_self_with<S: SpineFor<K, (), T, R>>(self) -> ArrangedBy<'scope, S> {
        let pairs = self.map(|key| (key, ()));
        pairs.arrange_named::<BatcherOf<S>, SpineOf<S>>("ArrangeBySelf", BatcherOf::<S>::new)
    }

    fn count_with<S, O, R2>(self) -> VecCollection<'scope, T, (K, R), R2>
    where
        S: SpineFor<K, (), T, R>,
        O: SpineFor<K, R, T, R2>,
        O::Layout: Layout<Key = KeyColumn<S>>,
        R: Data,
        R2: Abelian + Ord + From<i8> + 'static,
    {
        self.arrange_by_self_with::<S>()
            .reduce_into::<O, R, R2>("Count", |_, counts, output| {
                output.push((counts[0].1.clone(), R2::from(1)));
            })
            .as_collection(|key, count| (KeyColumn::<O>::into_owned(key), ValColumn::<O>::into_owned(count)))
    }

    fn threshold_with<S, O, R2>(
        self,
        mut logic: impl FnMut(KeyRef<'_, S>, &R) -> R2 + 'static,
    ) -> VecCollection<'scope, T, K, R2>
    where
        S: SpineFor<K, (), T, R>,
        O: SpineFor<K, (), T, R2>,
        O::Layout: Layout<Key = KeyColumn<S>>,
        R2: Abelian + Ord + 'static,
    {
        self.arrange_by_self_with::<S>()
            .reduce_into::<O, (), R2>("Threshold", move |key, counts, output| {
                output.push(((), logic(key, &counts[0].1)));
            })
            .as_collection(|key, _| KeyColumn::<O>::into_owned(key))
    }
}
