//! One suite over every alias, with both algebras, and every kind of key, val, time and difference.

mod common;

use arrangement::batch::OrdValBatch;
use arrangement::container::{Preferred, Vector};
use arrangement::trace::{Max, Native, PartSizes, Present, Product};
use arrangement::{ArcShare, OrdKeySpine, OrdValSpine, PreferredSpine, RcShare, Spine};
use common::domain::Own;
use common::foreign::Foreign;
use common::harness::{Balance, Harness, check_builds, check_merges, check_ops};
use common::reads::check_reads;

type Nested = Vec<String>;

/// Random inputs for each check.
const CASES: u32 = 16;

macro_rules! suite {
    ($($name:ident: $algebra:ty, $spine:ty;)*) => {
        $(mod $name {
            use super::*;
            type Subject<K, V, T, R> = Harness<$spine, K, V, T, R, $algebra>;

            /// Random operations on batcher and spine, compared with the model after each.
            #[test]
            fn model() {
                check_ops(CASES, &|ops| {
                    Subject::<_, _, _, _>::run(ops, &|spine| {
                        assert!(spine.levels().len() < 40, "{spine:?}");
                        let sizes: PartSizes = spine.level_sizes().into_iter().sum();
                        assert!(sizes.updates.records <= spine.sizes().updates.records);
                    });
                });
            }
            /// R21, R23: a merge cut anywhere is the merge in one go, and both are the model's.
            #[test]
            fn merge() {
                check_merges(CASES, &|older, newer, since| Subject::<_, _, _, _>::merge(older, newer, since));
            }
            /// R36: cursors go forwards and back, and arrive at the same places from everywhere.
            #[test]
            fn walks() {
                check_reads(4 * CASES, &|plan| Subject::<_, _, _, _>::walks(plan));
            }
            /// R24: a batch is the same however its updates were cut.
            #[test]
            fn build() {
                check_builds(CASES, &|updates, piece| Subject::<_, _, _, _>::build(updates, piece));
            }
        })*
    };
}

/// Views read what the model holds, at each time and in each way; R38: what sums to nothing is not there. On each alias
/// once, and on both algebras: what views do more than cursors knows of no container.
macro_rules! views {
    ($($name:ident: $algebra:ty, $spine:ty;)*) => {
        $(#[test]
        fn $name() {
            check_reads(CASES, &|plan| Harness::<$spine, _, _, _, _, $algebra>::reads(plan));
        })*
    };
}

views! {
    views_of_ord: Native, OrdValSpine<u64, u64, u64, i64>;
    views_of_ord_extremes: Native, OrdValSpine<i64, Vec<u8>, Product<u64, u32>, Max<i8>>;
    views_of_ord_keys: Native, OrdKeySpine<String, Product<u64, u32>, i64, ArcShare>;
    views_of_preferred: Native, PreferredSpine<str, str, u64, i64>;
    views_of_preferred_foreign: Foreign, Spine<OrdValBatch<Preferred<str, [u8], Product<u64, u32>, i64, Foreign>>>;
}

suite! {
    ord: Native, OrdValSpine<u64, u64, u64, i64>;
    ord_strings: Native, OrdValSpine<String, String, Product<u64, u32>, isize>;
    ord_own: Native, OrdValSpine<Own, Option<u8>, (u64, u64), (i64, i32)>;
    ord_nested: Native, OrdValSpine<Nested, (u8, String), u8, i32>;
    ord_extremes: Native, OrdValSpine<i64, Vec<u8>, Product<u64, u32>, Max<i8>>;
    ord_nothing: Native, OrdValSpine<(), (), (), Present>;
    ord_foreign: Foreign, Spine<OrdValBatch<Vector<((u64, String), Product<u64, u32>, i64), Foreign>>>;
    ord_watched: Native, Spine<OrdValBatch<Vector<((u64, u64), Product<u64, u32>, i64)>, RcShare>, Balance>;
    ord_keys: Native, OrdKeySpine<u64, u64, i64>;
    ord_keys_partial: Native, OrdKeySpine<String, Product<u64, u32>, i64, ArcShare>;
    preferred: Native, PreferredSpine<str, str, u64, i64>;
    preferred_bytes: Native, PreferredSpine<[u8], [String], Product<u64, u32>, isize>;
    preferred_foreign: Foreign, Spine<OrdValBatch<Preferred<str, [u8], Product<u64, u32>, i64, Foreign>>>;
}

#[cfg(feature = "columnation")]
mod columnation {
    use super::*;
    use arrangement::batch::OrdKeyBatch;
    use arrangement::container::TStack;
    use arrangement::trace::Min;
    use arrangement::{ColKeySpine, ColValSpine};

    views! {
        views_of_col: Native, ColValSpine<String, String, u64, i64>;
        views_of_col_keys: Native, ColKeySpine<String, u64, i64>;
    }

    suite! {
        col: Native, ColValSpine<String, String, u64, i64>;
        col_nested: Native, ColValSpine<Nested, Option<String>, u32, i32, ArcShare>;
        col_tuples: Native, ColValSpine<(u64, String), Vec<u8>, (u64, u64), Min<u64>>;
        col_foreign: Foreign, Spine<OrdValBatch<TStack<((String, u64), Product<u64, u32>, i32), Foreign>>>;
        col_keys: Native, ColKeySpine<String, u64, i64>;
        col_keys_foreign: Foreign, Spine<OrdKeyBatch<TStack<((String, ()), u8, Present), Foreign>>>;
    }
}

#[cfg(feature = "flatcontainer")]
mod flatcontainer {
    use super::*;
    use ::flatcontainer::RegionPreference;
    use arrangement::batch::OrdKeyBatch;
    use arrangement::container::FlatLayout;
    use arrangement::{FlatKeySpine, FlatValSpine};

    type Nest = Product<u64, u32>;
    type Region<T> = <T as RegionPreference>::Region;
    type Rows<K, V, T, R> = Vec<((K, V), T, R)>;

    views! {
        views_of_flat: Native, FlatValSpine<String, String, u64, i64>;
        views_of_flat_keys: Native, FlatKeySpine<String, u64, i64>;
    }

    suite! {
        flat: Native, FlatValSpine<String, String, u64, i64>;
        flat_nested: Native, FlatValSpine<Nested, Option<String>, u64, i32, Rows<Nested, Option<String>, u64, i32>, ArcShare>;
        flat_foreign: Foreign, Spine<OrdValBatch<FlatLayout<Region<String>, Region<u64>, Nest, i64, Rows<String, u64, Nest, i64>, Foreign>>>;
        flat_keys: Native, FlatKeySpine<String, u64, i64>;
        flat_keys_foreign: Foreign, Spine<OrdKeyBatch<FlatLayout<Region<String>, Region<()>, u64, i64, Rows<String, (), u64, i64>, Foreign>>>;
    }
}
