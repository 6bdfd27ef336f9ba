//! Each operator of differential dataflow, on our spines and on its own: the same updates must come out, for all layouts,
//! on one, two and three workers, in totally and partially ordered times.

use crate::layouts::*;
use crate::streams::*;
use arrangement_differential::{
    BuilderOf, KeyColumn, KeyRef, KeysWith, PairsWith, Pipeline, ReduceArranged, SpineOf, ValColumn, ValRef,
};
use arrangement_trace::IntoOwned;
use differential_dataflow::VecCollection;
use std::fmt::Debug;
use timely::order::Product;

/// What comes out of one operator: its name, and the key and val of each record as text.
type Row<K> = (&'static str, K, String);

/// Names the records of an operator.
fn named<'s, T: Rounds, K: Pick, D: Debug + Clone + 'static>(
    name: &'static str,
    collection: VecCollection<'s, T, (K, D), isize>,
) -> VecCollection<'s, T, Row<K>, isize> {
    collection.map(move |(key, data)| (name, key, format!("{data:?}")))
}

type Pairs<'s, T, K, V> = VecCollection<'s, T, (K, V), isize>;

/// The owned key.
fn key<S: Pipeline>(key: KeyRef<'_, S>) -> <KeyColumn<S> as IntoOwned>::Owned {
    KeyColumn::<S>::into_owned(key)
}

/// The owned val.
fn val<S: Pipeline>(val: ValRef<'_, S>) -> <ValColumn<S> as IntoOwned>::Owned {
    ValColumn::<S>::into_owned(val)
}

/// The operators on our spines.
fn ours<'s, F, K, V, T>(
    left: Pairs<'s, T, K, V>,
    right: Pairs<'s, T, K, V>,
) -> Vec<VecCollection<'s, T, Row<K>, isize>>
where
    F: Spines<K, V, T>,
    K: Pick,
    V: Pick,
    T: Rounds,
{
    let keys = left.clone().map(|(key, _)| key);
    let arranged = left.clone().arrange_by_key_with::<F::Vals>();
    let other = right.clone().arrange_by_key_with::<F::Vals>();
    let arranged_keys = right.clone().map(|(key, _)| key).arrange_by_self_with::<F::Keys>();
    let least = arranged.clone().reduce_into::<F::Vals, V, isize>("Least", move |_, vals, out| {
        out.push((val::<F::Vals>(vals[0].0), vals[0].1));
    });
    // What was wrong is taken back, and what is right is added.
    let greatest = other.clone().reduce_core::<_, BuilderOf<F::Vals>, SpineOf<F::Vals>, _, _>(
        "Greatest",
        move |_, vals, old, change| {
            change.extend(old.drain(..).map(|(val, diff)| (val, -diff)));
            change.extend(vals.last().map(|last| (val::<F::Vals>(last.0), 1)));
        },
        move |updates, at, vals| {
            updates.clear();
            updates.extend(vals.drain(..).map(|(val, time, diff)| ((key::<F::Vals>(at), val), time, diff)));
        },
    );
    vec![
        named("arrange", arranged.clone().as_collection(move |k, v| (key::<F::Vals>(k), val::<F::Vals>(v)))),
        named(
            "join_core",
            arranged.clone().join_core(other, move |k, v, w| {
                Some((key::<F::Vals>(k), (val::<F::Vals>(v), val::<F::Vals>(w))))
            }),
        ),
        named(
            "semijoin",
            arranged.join_core(arranged_keys, move |k, v, _| Some((key::<F::Vals>(k), val::<F::Vals>(v)))),
        ),
        named(
            "reduce_abelian",
            least.clone().as_collection(move |k, v| (key::<F::Vals>(k), val::<F::Vals>(v))),
        ),
        named(
            "reduce_core",
            greatest.clone().as_collection(move |k, v| (key::<F::Vals>(k), val::<F::Vals>(v))),
        ),
        named(
            "join of reductions",
            least.join_core(greatest, move |k, v, w| {
                Some((key::<F::Vals>(k), (val::<F::Vals>(v), val::<F::Vals>(w))))
            }),
        ),
        named(
            "reduce",
            left.clone().reduce_with::<F::Vals, F::Counts, isize, isize>(|_, vals, out| {
                out.push((vals.iter().map(|(_, diff)| diff).sum(), 1));
            }),
        ),
        named("join", left.clone().join_with::<F::Vals, F::Vals, _, _>(right)),
        named("count", keys.clone().count_with::<F::Keys, F::Counts, isize>()),
        named("distinct", keys.clone().distinct_with::<F::Keys, F::Keys, isize>().map(|key| (key, ()))),
        named(
            "threshold",
            keys.threshold_with::<F::Keys, F::Keys, isize>(|_, count| count % 3).map(|key| (key, ())),
        ),
    ]
}

/// The same on differential dataflow's own.
fn theirs<'s, K: Pick, V: Pick, T: Rounds>(
    left: Pairs<'s, T, K, V>,
    right: Pairs<'s, T, K, V>,
) -> Vec<VecCollection<'s, T, Row<K>, isize>> {
    let keys = left.clone().map(|(key, _)| key);
    let least = left.clone().reduce(|_, vals, out| out.push((vals[0].0.clone(), vals[0].1)));
    let greatest =
        right.clone().reduce(|_, vals, out| out.extend(vals.last().map(|last| (last.0.clone(), 1))));
    let joined = left.clone().join(right.clone());
    vec![
        named("arrange", left.clone()),
        named("join_core", joined.clone()),
        named("semijoin", left.clone().semijoin(right.map(|(key, _)| key))),
        named("reduce_abelian", least.clone()),
        named("reduce_core", greatest.clone()),
        named("join of reductions", least.join(greatest)),
        named(
            "reduce",
            left.clone()
                .reduce(|_, vals, out| out.push((vals.iter().map(|(_, diff)| diff).sum::<isize>(), 1))),
        ),
        named("join", joined),
        named("count", keys.clone().count()),
        named("distinct", keys.clone().distinct().map(|key| (key, ()))),
        named("threshold", keys.threshold(|_, count| count % 3).map(|key| (key, ()))),
    ]
}

fn operators_agree<F, K, V, T>()
where
    F: Spines<K, V, T>,
    K: Pick,
    V: Pick,
    T: Rounds,
{
    for workers in 1..=3 {
        let (our_rows, their_rows) = (Output::default(), Output::default());
        let (our_output, their_output) = (our_rows.clone(), their_rows.clone());
        run::<K, V, T>(workers, DENSE, move |_, left, right, probe| {
            for ours in ours::<F, K, V, T>(left.clone(), right.clone()) {
                gather(ours.probe_with(probe), &our_output);
            }
            for theirs in theirs(left, right) {
                gather(theirs.probe_with(probe), &their_output);
            }
        });
        let (ours, theirs) = (sum(&our_rows), sum(&their_rows));
        assert!(theirs.len() > 500, "the streams are too thin to tell: {} rows", theirs.len());
        let differs = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
        assert_eq!(differs, None, "ours and theirs on {workers} workers");
        assert_eq!(ours.len(), theirs.len(), "on {workers} workers");
    }
}

macro_rules! operators_agree {
    ($($(#[$feature:meta])? $test:ident: $layout:ident, $data:ty, $time:ty;)*) => {
        $($(#[$feature])? #[test] fn $test() { operators_agree::<$layout, $data, $data, $time>(); })*
    };
}

operators_agree! {
    vectors_of_numbers: Vectors, u64, u64;
    vectors_of_numbers_in_partial_order: Vectors, u64, Product<u64, u64>;
    vectors_of_strings: Vectors, String, u64;
    end_to_end_strings: EndToEnd, String, u64;
    end_to_end_strings_in_partial_order: EndToEnd, String, Product<u64, u64>;
    #[cfg(feature = "columnation")] stacks_of_numbers_in_partial_order: Stacks, u64, Product<u64, u64>;
    #[cfg(feature = "columnation")] stacks_of_strings: Stacks, String, u64;
    #[cfg(feature = "flatcontainer")] regions_of_numbers_in_partial_order: Regions, u64, Product<u64, u64>;
    #[cfg(feature = "flatcontainer")] regions_of_strings: Regions, String, u64;
}
