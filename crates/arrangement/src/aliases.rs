//! The aliases: one name for a whole pipeline.

use arrangement_batch::{OrdKeyBatch, OrdValBatch};
use arrangement_container::{Preferred, Vector};
use arrangement_spine::Spine;
use arrangement_trace::RcShare;

/// Keys and vals in plain vectors, read as `&K` and `&V`. Takes `Vec<((K, V), T, R)>`.
pub type OrdValSpine<K, V, T, R, P = RcShare> = Spine<OrdValBatch<Vector<((K, V), T, R)>, P>>;

/// Keys in plain vectors, read as `&K`. Takes `Vec<((K, ()), T, R)>`.
pub type OrdKeySpine<K, T, R, P = RcShare> = Spine<OrdKeyBatch<Vector<((K, ()), T, R)>, P>>;

/// Keys and vals in the containers that their types prefer: `PreferredSpine<str, [u8], T, R>` has strings and byte strings
/// end to end, reads them as `&str` and `&[u8]`, and takes `Vec<((String, Vec<u8>), T, R)>`.
pub type PreferredSpine<K, V, T, R, P = RcShare> = Spine<OrdValBatch<Preferred<K, V, T, R>, P>>;

/// Keys and vals in columnation regions, read as `&K` and `&V`. Takes `Vec<((K, V), T, R)>`.
#[cfg(feature = "columnation")]
pub type ColValSpine<K, V, T, R, P = RcShare> =
    Spine<OrdValBatch<arrangement_container::TStack<((K, V), T, R)>, P>>;

/// Keys in columnation regions, read as `&K`. Takes `Vec<((K, ()), T, R)>`.
#[cfg(feature = "columnation")]
pub type ColKeySpine<K, T, R, P = RcShare> =
    Spine<OrdKeyBatch<arrangement_container::TStack<((K, ()), T, R)>, P>>;

/// The region that a type prefers.
#[cfg(feature = "flatcontainer")]
type Region<T> = <T as flatcontainer::RegionPreference>::Region;

/// Keys and vals in the flatcontainer regions that `K` and `V` prefer, read as those give them. Takes any container `C`
/// whose items the regions take.
#[cfg(feature = "flatcontainer")]
pub type FlatValSpine<K, V, T, R, C = Vec<((K, V), T, R)>, P = RcShare> =
    Spine<OrdValBatch<arrangement_container::FlatLayout<Region<K>, Region<V>, T, R, C>, P>>;

/// Keys in the flatcontainer region that `K` prefers, read as that gives them. Takes any container `C` whose items the
/// region takes.
#[cfg(feature = "flatcontainer")]
pub type FlatKeySpine<K, T, R, C = Vec<((K, ()), T, R)>, P = RcShare> =
    Spine<OrdKeyBatch<arrangement_container::FlatLayout<Region<K>, Region<()>, T, R, C>, P>>;
