//! The six names: a program of differential dataflow's runs on our spines by the change of one line.

use crate::streams::*;
use differential_dataflow::difference::Semigroup;
use differential_dataflow::lattice::Lattice;
use differential_dataflow::{ExchangeData, VecCollection};
use std::hash::Hash;
use timely::progress::Timestamp;

type Pairs<'s, T, K, V, R> = VecCollection<'s, T, (K, V), R>;

/// A program that names spine, batcher and builder, and takes them from a module. Its types are bound as differential
/// dataflow bounds them, and no further.
macro_rules! program {
    ($name:ident: $($implementations:ident)::+) => {
        fn $name<'s, T, K, V, R>(
            left: Pairs<'s, T, K, V, R>,
            right: Pairs<'s, T, K, V, R>,
        ) -> VecCollection<'s, T, (K, String), isize>
        where
            T: Timestamp + Lattice,
            K: ExchangeData + Hash,
            V: ExchangeData + Hash,
            R: ExchangeData + Semigroup,
        {
            use $($implementations)::+::{KeyBatcher, KeyBuilder, KeySpine, ValBatcher, ValBuilder, ValSpine};

            let arranged = left.clone().arrange_named::<_, ValSpine<_, _, _, _>>("Left", ValBatcher::new);
            let first = arranged.reduce_abelian::<_, ValBuilder<_, _, _, _>, ValSpine<K, R, _, _>, _, _>(
                "First",
                |_, vals, out| out.push((vals[0].1.clone(), 1isize)),
                |updates, key, vals| {
                    updates.clear();
                    updates.extend(vals.drain(..).map(|(val, time, diff)| ((key.clone(), val), time, diff)));
                },
            );
            let keys = right.map(|(key, _)| (key, ())).arrange::<_, KeySpine<_, _, _>>(KeyBatcher::new);
            let held = keys.reduce_abelian::<_, KeyBuilder<_, _, _>, KeySpine<K, _, isize>, _, _>(
                "Held",
                |_, _, out| out.push(((), 1isize)),
                |updates, key, vals| {
                    updates.clear();
                    updates.extend(vals.drain(..).map(|(val, time, diff)| ((key.clone(), val), time, diff)));
                },
            );
            let joined = first.join_core(held, |key, first, _| Some((key.clone(), format!("{first:?}"))));
            let pairs = left.map(|pair| (pair, ())).arrange_named::<_, KeySpine<_, _, _>>("Pairs", KeyBatcher::new);
            let distinct = pairs.reduce_abelian::<_, KeyBuilder<_, _, _>, KeySpine<(K, V), _, isize>, _, _>(
                "Distinct",
                |_, _, out| out.push(((), 1isize)),
                |updates, key, vals| {
                    updates.clear();
                    updates.extend(vals.drain(..).map(|(val, time, diff)| ((key.clone(), val), time, diff)));
                },
            );
            joined.concat(distinct.as_collection(|(key, val), _| (key.clone(), format!("{val:?}"))))
        }
    };
}

program!(ours: arrangement_differential);
program!(theirs: differential_dataflow::trace::implementations);

#[test]
fn one_line_swaps_the_spine() {
    let outputs = [Output::default(), Output::default()];
    let [our_rows, their_rows] = outputs.clone();
    run::<String, u64, u64>(2, DENSE, move |_, left, right, probe| {
        gather(ours(left.clone(), right.clone()).probe_with(probe), &our_rows);
        gather(theirs(left, right).probe_with(probe), &their_rows);
    });
    let [ours, theirs] = outputs.map(|output| sum(&output));
    assert!(theirs.len() > 50, "the streams are too thin to tell: {} rows", theirs.len());
    assert_eq!(ours, theirs);
}
