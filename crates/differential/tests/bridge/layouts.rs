//! Layouts by one name each, of which follow the spines of keys with vals, of keys alone, and of counts.

use arrangement_container::Layout;
use arrangement_differential::{KeyColumn, OrdKeySpine, OrdValSpine, PreferredSpine, SpineFor};
use timely::order::Product;

/// The spines of one layout over keys `K`, vals `V` and times `T`.
pub(crate) trait Spines<K, V, T>: 'static {
    type Vals: SpineFor<K, V, T, isize>;
    type Keys: SpineFor<K, (), T, isize, Layout: Layout<Key = KeyColumn<Self::Vals>>>;
    type Counts: SpineFor<K, isize, T, isize, Layout: Layout<Key = KeyColumn<Self::Vals>>>;
}

macro_rules! spines {
    ($name:ident, $k:ty, $v:ty, $vals:ident<$rk:ty, $rv:ty>, $keys:ident<$kk:ty $(, $unit:ty)?>) => {
        spines!(@ $name, $k, $v, u64, $vals<$rk, $rv>, $keys<$kk $(, $unit)?>);
        spines!(@ $name, $k, $v, Product<u64, u64>, $vals<$rk, $rv>, $keys<$kk $(, $unit)?>);
    };
    (@ $name:ident, $k:ty, $v:ty, $t:ty, $vals:ident<$rk:ty, $rv:ty>, $keys:ident<$kk:ty $(, $unit:ty)?>) => {
        impl Spines<$k, $v, $t> for $name {
            type Vals = $vals<$rk, $rv, $t, isize>;
            type Keys = $keys<$kk $(, $unit)?, $t, isize>;
            type Counts = $vals<$rk, isize, $t, isize>;
        }
    };
}

/// Plain vectors.
pub(crate) struct Vectors;
spines!(Vectors, u64, u64, OrdValSpine<u64, u64>, OrdKeySpine<u64>);
spines!(Vectors, String, String, OrdValSpine<String, String>, OrdKeySpine<String>);

/// Strings end to end.
pub(crate) struct EndToEnd;
spines!(EndToEnd, u64, u64, PreferredSpine<u64, u64>, PreferredSpine<u64, ()>);
spines!(EndToEnd, String, String, PreferredSpine<str, str>, PreferredSpine<str, ()>);

#[cfg(feature = "columnation")]
pub(crate) use columnation::Stacks;
#[cfg(feature = "columnation")]
mod columnation {
    use super::*;
    use arrangement_differential::{ColKeySpine, ColValSpine};

    /// Columnation's regions.
    pub(crate) struct Stacks;
    spines!(Stacks, u64, u64, ColValSpine<u64, u64>, ColKeySpine<u64>);
    spines!(Stacks, String, String, ColValSpine<String, String>, ColKeySpine<String>);
}

#[cfg(feature = "flatcontainer")]
pub(crate) use flatcontainer::Regions;
#[cfg(feature = "flatcontainer")]
mod flatcontainer {
    use super::*;
    use arrangement_differential::{FlatKeySpine, FlatValSpine};

    /// Flatcontainer's regions.
    pub(crate) struct Regions;
    spines!(Regions, u64, u64, FlatValSpine<u64, u64>, FlatKeySpine<u64>);
    spines!(Regions, String, String, FlatValSpine<String, String>, FlatKeySpine<String>);
}
