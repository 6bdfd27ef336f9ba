//! Layouts: the columns of a batch, chosen together, and short names for what they hold.

use crate::chunk::BuilderInput;
use crate::container::BatchContainer;
use crate::slice::SliceContainer;
use crate::updates::{UpdateLevel, Updates};
use crate::words::{ByContainer, SortWords};
use arrangement_trace::{Algebra, Data, IntoOwned, Native, Timestamp};
use std::fmt::Debug;
use std::marker::PhantomData;

/// An update's four types, of which `((K, V), T, R)` is made.
pub trait Update: 'static {
    /// The key.
    type Key: Data;
    /// The val.
    type Val: Data;
    /// The time.
    type Time: Timestamp;
    /// The difference.
    type Diff: Ord + Clone + 'static;
}

impl<K, V, T, R> Update for ((K, V), T, R)
where
    K: Data,
    V: Data,
    T: Timestamp,
    R: Ord + Clone + 'static,
{
    type Key = K;
    type Val = V;
    type Time = T;
    type Diff = R;
}

/// The columns of a batch, chosen together: of keys, vals, times and differences, with their offsets; the algebra of
/// times and differences; how keys and vals become words to sort by; and what container of updates comes in.
///
/// A layout brings containers, never algorithms. One of your own names eight types:
///
/// ```
/// use arrangement_container::{ByContainer, Layout, SliceContainer, Updates};
/// use arrangement_trace::Native;
///
/// /// Keys of any strings, vals of fixed size.
/// struct Names;
/// impl Layout for Names {
///     type Key = SliceContainer<str>;
///     type Val = Vec<u64>;
///     type Time = u64;
///     type Diff = i64;
///     type Algebra = Native;
///     type Updates = Updates<u64, i64, Native>;
///     type Words = ByContainer;
///     type Input = Vec<((String, u64), u64, i64)>;
/// }
/// ```
pub trait Layout: Sized + 'static {
    /// The column of keys.
    type Key: BatchContainer;
    /// The column of vals.
    type Val: BatchContainer;
    /// The time of an update.
    type Time: Timestamp;
    /// The difference of an update.
    type Diff: Ord + Clone + 'static;
    /// How times and differences are reckoned with.
    type Algebra: Algebra<Self::Time, Self::Diff>;
    /// The columns of times and differences, with the offsets into them.
    type Updates: UpdateLevel<Time = Self::Time, Diff = Self::Diff, Algebra = Self::Algebra>;
    /// The words by which keys and vals are sorted.
    type Words: SortWords<Self::Key> + SortWords<Self::Val>;
    /// The container of updates that a batcher takes.
    type Input: BuilderInput<Self::Key, Self::Val, Self::Time, Self::Diff>;
}

/// The owned key of a layout.
pub type Key<L> = <<L as Layout>::Key as IntoOwned>::Owned;
/// The key of a layout as it is read.
pub type KeyRef<'a, L> = <<L as Layout>::Key as IntoOwned>::ReadItem<'a>;
/// The owned val of a layout.
pub type Val<L> = <<L as Layout>::Val as IntoOwned>::Owned;
/// The val of a layout as it is read.
pub type ValRef<'a, L> = <<L as Layout>::Val as IntoOwned>::ReadItem<'a>;
/// The time of a layout.
pub type Time<L> = <L as Layout>::Time;
/// The difference of a layout.
pub type Diff<L> = <L as Layout>::Diff;

/// The layout whose keys and vals are plain vectors, for updates `U = ((K, V), T, R)`.
pub struct Vector<U, A = Native, W = ByContainer>(PhantomData<(U, A, W)>);

impl<U, A, W> Debug for Vector<U, A, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vector")
    }
}

impl<U, A, W> Layout for Vector<U, A, W>
where
    U: Update,
    A: Algebra<U::Time, U::Diff>,
    W: SortWords<Vec<U::Key>> + SortWords<Vec<U::Val>>,
{
    type Key = Vec<U::Key>;
    type Val = Vec<U::Val>;
    type Time = U::Time;
    type Diff = U::Diff;
    type Algebra = A;
    type Updates = Updates<U::Time, U::Diff, A>;
    type Words = W;
    type Input = Vec<((U::Key, U::Val), U::Time, U::Diff)>;
}

/// A type, sized or not, that names the container that suits it best.
///
/// For `str` and `[T]` that is [`SliceContainer`]: contents end to end. For every sized type it is `Vec`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a key or val of a preferred layout",
    note = "it takes `str`, `[T]`, and all types that are `Ord + Clone + Debug + 'static`: most types have all of it by \
            `#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]`"
)]
pub trait PreferredContainer: ToOwned + 'static {
    /// The container.
    type Container: BatchContainer<Owned = <Self as ToOwned>::Owned>
        + timely::container::PushInto<<Self as ToOwned>::Owned>;
}

#[diagnostic::do_not_recommend]
impl<T: Data> PreferredContainer for T {
    type Container = Vec<T>;
}

impl PreferredContainer for str {
    type Container = SliceContainer<str>;
}

impl<T: Data> PreferredContainer for [T] {
    type Container = SliceContainer<[T]>;
}

/// The layout whose keys and vals are in the containers that their types prefer: `Preferred<str, [u8], T, R>` stores
/// strings and byte strings end to end, and takes `((String, Vec<u8>), T, R)`.
pub struct Preferred<K: ?Sized, V: ?Sized, T, R, A = Native, W = ByContainer>(
    PhantomData<(Box<K>, Box<V>, T, R, A, W)>,
);

impl<K: ?Sized, V: ?Sized, T, R, A, W> Debug for Preferred<K, V, T, R, A, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Preferred")
    }
}

impl<K, V, T, R, A, W> Layout for Preferred<K, V, T, R, A, W>
where
    K: PreferredContainer + ?Sized,
    V: PreferredContainer + ?Sized,
    T: Timestamp,
    R: Ord + Clone + 'static,
    A: Algebra<T, R>,
    W: SortWords<K::Container> + SortWords<V::Container>,
{
    type Key = K::Container;
    type Val = V::Container;
    type Time = T;
    type Diff = R;
    type Algebra = A;
    type Updates = Updates<T, R, A>;
    type Words = W;
    type Input = Vec<((K::Owned, V::Owned), T, R)>;
}
