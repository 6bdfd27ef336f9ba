//! The six names: a program of differential dataflow's runs on our spines by the change of one line.

use crate::streams::*;
use differential_dataflow::VecCollection;

type Pairs<'s> = VecCollection<'s, u64, (String, u64), isize>;

/// A program that names spine, batcher and builder, and takes them from a module.
macro_rules! program {
    ($name:ident: $($implementations:ident)::+) => {
        fn $name<'s>(left: Pairs<'s>, right: Pairs<'s>) -> VecCollection<'s, u64, (String, String), isize> {
            use $($implementations)::+::{KeyBatcher, KeyBuilder, KeySpine, ValBatcher, ValBuilder, ValSpine};

            let arranged = left.clone().arrange_named::<_, ValSpine<_, _, _, _>>("Left", ValBatcher::new);
            let sums = arranged.reduce_abelian::<_, ValBuilder<_, _, _, _>, ValSpine<String, isize, _, _>, _, _>(
                "Sums",
                |_, vals, out| out.push((vals.iter().map(|(_, diff)| diff).sum(), 1isize)),
                |updates, key, vals| {
                    updates.clear();
                    updates.extend(vals.drain(..).map(|(val, time, diff)| ((key.clone(), val), time, diff)));
                },
            );
            let keys = right.map(|(key, _)| (key, ())).arrange::<_, KeySpine<_, _, _>>(KeyBatcher::new);
            let odd = keys.reduce_abelian::<_, KeyBuilder<_, _, _>, KeySpine<String, _, isize>, _, _>(
                "Odd",
                |_, counts, out| out.push(((), counts[0].1 % 2)),
                |updates, key, vals| {
                    updates.clear();
                    updates.extend(vals.drain(..).map(|(val, time, diff)| ((key.clone(), val), time, diff)));
                },
            );
            let joined = sums.join_core(odd, |key, sum, _| Some((key.clone(), sum.to_string())));
            let (name, logic) = ("Pairs", |pair: &(String, u64), _: &()| (pair.0.clone(), pair.1.to_string()));
            let pairs = left.map(|pair| (pair, ())).arrange_named::<_, KeySpine<_, _, _>>(name, KeyBatcher::new);
            joined.concat(pairs.as_collection(logic))
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
