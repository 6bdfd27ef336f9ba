//! From one name the whole pipeline.

use arrangement_batch::{OrdBuilder, OrdStorage, ValLevel};
use arrangement_batcher::MergeBatcher;
use arrangement_container::Layout;
use arrangement_spine::Spine;
use arrangement_trace::{
    Batcher, Builder, Events, Share, SharedBatch, SharedBuilder, Storage, StorageBuilder, Trace,
};

/// A trace whose batches have a batcher and a builder: what each alias of this crate is.
///
/// A program that is generic over its backend takes a `Pipeline`, and names the backend in one place.
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
    /// The container of updates that comes in.
    type Input: Default;
    /// Collects updates and seals them.
    type Batcher: Batcher<Input = Self::Input, Time = Self::Time, Output = <Self::Builder as Builder>::Input>;
    /// Makes the batches.
    type Builder: Builder<Output = Self::Batch, Time = Self::Time>;
    /// The contents of a batch, apart from how they are shared.
    type Storage: Storage<Time = Self::Time, Cursor: Clone>;
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
    type Input = L::Input;
    type Batcher = MergeBatcher<L>;
    type Builder = SharedBuilder<OrdBuilder<L, V>, P>;
    type Storage = OrdStorage<L, V>;
    type StorageBuilder = OrdBuilder<L, V>;
}
