//! The aliases: for each layout its spine, batcher and builder.

use crate::algebra::DifferentialAlgebra;
use crate::build::{Batcher, Builder};
use crate::spine::Spine;
use arrangement_batch::{NoVals, OrdStorage, Vals};
use arrangement_container::{Layout, Preferred, Vector};
use arrangement_trace::RcShare;

/// The spine of keys with vals of a layout.
type ValSpineOf<L, P> = Spine<OrdStorage<L, Vals<<L as Layout>::Val>>, P>;
/// The batcher of keys with vals of a layout.
type ValBatcherOf<L, P> = Batcher<L, Vals<<L as Layout>::Val>, P>;
/// The builder of keys with vals of a layout.
type ValBuilderOf<L, P> = Builder<L, Vals<<L as Layout>::Val>, P>;
/// The spine of the keys alone of a layout.
type KeySpineOf<L, P> = Spine<OrdStorage<L, NoVals>, P>;

/// Vectors of keys and vals.
type Vectors<U> = Vector<U, DifferentialAlgebra>;

/// Keys and vals in plain vectors, read as `&K` and `&V`. Takes `Vec<((K, V), T, R)>`.
pub type OrdValSpine<K, V, T, R, P = RcShare> = ValSpineOf<Vectors<((K, V), T, R)>, P>;
/// The batcher of [`OrdValSpine`].
pub type OrdValBatcher<K, V, T, R, P = RcShare> = ValBatcherOf<Vectors<((K, V), T, R)>, P>;
/// The builder of [`OrdValSpine`].
pub type OrdValBuilder<K, V, T, R, P = RcShare> = ValBuilderOf<Vectors<((K, V), T, R)>, P>;

/// Keys in plain vectors, read as `&K`. Takes `Vec<((K, ()), T, R)>`.
pub type OrdKeySpine<K, T, R, P = RcShare> = KeySpineOf<Vectors<((K, ()), T, R)>, P>;
/// The batcher of [`OrdKeySpine`].
pub type OrdKeyBatcher<K, T, R, P = RcShare> = Batcher<Vectors<((K, ()), T, R)>, NoVals, P>;
/// The builder of [`OrdKeySpine`].
pub type OrdKeyBuilder<K, T, R, P = RcShare> = Builder<Vectors<((K, ()), T, R)>, NoVals, P>;

/// Keys and vals in the containers that their types prefer: `PreferredSpine<str, [u8], T, R>` has strings and byte strings
/// end to end, reads them as `&str` and `&[u8]`, and takes `Vec<((String, Vec<u8>), T, R)>`.
pub type PreferredSpine<K, V, T, R, P = RcShare> = ValSpineOf<Preferred<K, V, T, R, DifferentialAlgebra>, P>;
/// The batcher of [`PreferredSpine`].
pub type PreferredBatcher<K, V, T, R, P = RcShare> =
    ValBatcherOf<Preferred<K, V, T, R, DifferentialAlgebra>, P>;
/// The builder of [`PreferredSpine`].
pub type PreferredBuilder<K, V, T, R, P = RcShare> =
    ValBuilderOf<Preferred<K, V, T, R, DifferentialAlgebra>, P>;

#[cfg(feature = "columnation")]
pub use columns::*;

#[cfg(feature = "columnation")]
mod columns {
    use super::*;
    use arrangement_container::TStack;

    /// Columnation stacks of keys and vals.
    type Stacks<U> = TStack<U, DifferentialAlgebra>;

    /// Keys and vals in columnation regions, read as `&K` and `&V`. Takes `Vec<((K, V), T, R)>`.
    pub type ColValSpine<K, V, T, R, P = RcShare> = ValSpineOf<Stacks<((K, V), T, R)>, P>;
    /// The batcher of [`ColValSpine`].
    pub type ColValBatcher<K, V, T, R, P = RcShare> = ValBatcherOf<Stacks<((K, V), T, R)>, P>;
    /// The builder of [`ColValSpine`].
    pub type ColValBuilder<K, V, T, R, P = RcShare> = ValBuilderOf<Stacks<((K, V), T, R)>, P>;

    /// Keys in columnation regions, read as `&K`. Takes `Vec<((K, ()), T, R)>`.
    pub type ColKeySpine<K, T, R, P = RcShare> = KeySpineOf<Stacks<((K, ()), T, R)>, P>;
    /// The batcher of [`ColKeySpine`].
    pub type ColKeyBatcher<K, T, R, P = RcShare> = Batcher<Stacks<((K, ()), T, R)>, NoVals, P>;
    /// The builder of [`ColKeySpine`].
    pub type ColKeyBuilder<K, T, R, P = RcShare> = Builder<Stacks<((K, ()), T, R)>, NoVals, P>;
}

#[cfg(feature = "flatcontainer")]
pub use flat::*;

#[cfg(feature = "flatcontainer")]
mod flat {
    use super::*;
    use arrangement_container::FlatLayout;
    use flatcontainer::RegionPreference;

    /// The region that a type prefers.
    type Region<T> = <T as RegionPreference>::Region;
    /// Flat stacks of keys and vals.
    type Regions<K, V, T, R, C> = FlatLayout<Region<K>, Region<V>, T, R, C, DifferentialAlgebra>;

    /// Keys and vals in the flatcontainer regions that `K` and `V` prefer, read as those give them. Takes any container
    /// `C` whose items the regions take.
    pub type FlatValSpine<K, V, T, R, C = Vec<((K, V), T, R)>, P = RcShare> =
        ValSpineOf<Regions<K, V, T, R, C>, P>;
    /// The batcher of [`FlatValSpine`].
    pub type FlatValBatcher<K, V, T, R, C = Vec<((K, V), T, R)>, P = RcShare> =
        ValBatcherOf<Regions<K, V, T, R, C>, P>;
    /// The builder of [`FlatValSpine`].
    pub type FlatValBuilder<K, V, T, R, C = Vec<((K, V), T, R)>, P = RcShare> =
        ValBuilderOf<Regions<K, V, T, R, C>, P>;

    /// Keys in the flatcontainer region that `K` prefers, read as that gives them. Takes any container `C` whose items
    /// the region takes.
    pub type FlatKeySpine<K, T, R, C = Vec<((K, ()), T, R)>, P = RcShare> =
        KeySpineOf<Regions<K, (), T, R, C>, P>;
    /// The batcher of [`FlatKeySpine`].
    pub type FlatKeyBatcher<K, T, R, C = Vec<((K, ()), T, R)>, P = RcShare> =
        Batcher<Regions<K, (), T, R, C>, NoVals, P>;
    /// The builder of [`FlatKeySpine`].
    pub type FlatKeyBuilder<K, T, R, C = Vec<((K, ()), T, R)>, P = RcShare> =
        Builder<Regions<K, (), T, R, C>, NoVals, P>;
}

/// Our default for keys with vals, bound as differential dataflow's of this name is: [`OrdValSpine`].
pub type ValSpine<K, V, T, R> = OrdValSpine<K, V, T, R>;
/// The batcher of [`ValSpine`].
pub type ValBatcher<K, V, T, R> = OrdValBatcher<K, V, T, R>;
/// The builder of [`ValSpine`].
pub type ValBuilder<K, V, T, R> = OrdValBuilder<K, V, T, R>;
/// Our default for keys alone, bound as differential dataflow's of this name is: [`OrdKeySpine`].
pub type KeySpine<K, T, R> = OrdKeySpine<K, T, R>;
/// The batcher of [`KeySpine`].
pub type KeyBatcher<K, T, R> = OrdKeyBatcher<K, T, R>;
/// The builder of [`KeySpine`].
pub type KeyBuilder<K, T, R> = OrdKeyBuilder<K, T, R>;
