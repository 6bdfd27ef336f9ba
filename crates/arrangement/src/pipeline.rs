//! From one name the whole pipeline.

use arrangement_batch::{OrdBuilder, OrdStorage, ValLevel};
use arrangement_batcher::MergeBatcher;
use arrangement_container::{Layout, PushInto, layout};
use arrangement_spine::Spine;
use arrangement_trace::{
    Batcher, Builder, Data, Events, IntoOwned, Share, SharedBatch, SharedBuilder, Storage, StorageBuilder,
    Trace,
};

/// A trace whose batches have a batcher and a builder: what each alias of this crate is.
///
/// A program that is generic over its backend takes a `Pipeline`, and names the backend in one place. With an
/// [`Arrangement`](crate::Arrangement) it takes a [`PipelineFor`] its keys and vals.
///
/// ```
/// use arrangement::{Antichain, Batcher, OrdValSpine, Pipeline, Trace};
///
/// fn load<S: Pipeline<Time = u64>>(mut updates: S::Input) -> S {
///     let mut batcher = S::Batcher::new();
///     batcher.push(&mut updates);
///     let mut spine = S::new();
///     spine.insert(batcher.seal::<S::Builder>(Antichain::from_elem(1)));
///     spine
/// }
/// let index: OrdValSpine<u64, u64, u64, i64> = load(vec![((1, 10), 0, 1)]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no spine with batcher and builder",
    note = "take one of this crate's aliases, such as `OrdValSpine<String, u64, u64, i64>`: key, val, time, difference"
)]
pub trait Pipeline: Trace + Default {
    /// The keys, as they are owned.
    type Key: Data;
    /// The vals, as they are owned.
    type Val: Data;
    /// The differences.
    type Diff: Clone + 'static;
    /// The container of updates that comes in.
    type Input: Default;
    /// Collects updates and seals them.
    type Batcher: Batcher<Input = Self::Input, Time = Self::Time, Output = <Self::Builder as Builder>::Input>;
    /// Makes the batches.
    type Builder: Builder<Output = Self::Batch, Time = Self::Time>;
    /// The contents of a batch, apart from how they are shared.
    type Storage: Storage<
            Key: IntoOwned<Owned = Self::Key>,
            Val: IntoOwned<Owned = Self::Val>,
            Time = Self::Time,
            Diff = Self::Diff,
            Cursor: Clone,
        >;
    /// Makes the contents of batches.
    type StorageBuilder: StorageBuilder<Output = Self::Storage, Input = <Self::Builder as Builder>::Input>;
}

impl<L, V, P, E> Pipeline for Spine<SharedBatch<OrdStorage<L, V>, P>, E>
where
    L: Layout,
    V: ValLevel<L::Val>,
    P: Share,
    E: Events + Default,
{
    type Key = layout::Key<L>;
    type Val = <V::Vals as IntoOwned>::Owned;
    type Diff = L::Diff;
    type Input = L::Input;
    type Batcher = MergeBatcher<L>;
    type Builder = SharedBuilder<OrdBuilder<L, V>, P>;
    type Storage = OrdStorage<L, V>;
    type StorageBuilder = OrdBuilder<L, V>;
}

/// A [`Pipeline`] for these keys, vals, times and differences, which takes them one by one: what code asks for that works on
/// an [`Arrangement`](crate::Arrangement) with any backend.
///
/// Implemented for all that are. Keys and vals are read in a form that the backend chooses: print it, compare it with
/// others, or make it owned by [`IntoOwned::into_owned`], but name no type.
///
/// ```
/// use arrangement::{Arrangement, OrdValSpine, PipelineFor, PreferredSpine};
///
/// fn prices<S: PipelineFor<String, u64, u64, i64>>() -> Result<usize, Box<dyn std::error::Error>> {
///     let mut index = Arrangement::<S>::new();
///     index.insert("apple", 3, 0)?;
///     index.insert("pear", 5, 0)?;
///     index.advance_to(1)?;
///     for (name, price, count) in index.as_of(&0)?.rows() {
///         println!("{count} x {name:?} at {price:?}");
///     }
///     Ok(index.as_of(&0)?.get("apple").count())
/// }
/// assert_eq!(prices::<OrdValSpine<String, u64, u64, i64>>()?, 1);
/// assert_eq!(prices::<PreferredSpine<str, u64, u64, i64>>()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait PipelineFor<K, V, T, R>:
    Pipeline<Key = K, Val = V, Time = T, Diff = R, Input: PushInto<((K, V), T, R)>>
{
}

impl<S, K, V, T, R> PipelineFor<K, V, T, R> for S where
    S: Pipeline<Key = K, Val = V, Time = T, Diff = R, Input: PushInto<((K, V), T, R)>>
{
}
