//! Iteration, in times of rounds within rounds: how many steps it is to what can be reached, as edges come and go.

use crate::streams::*;
use arrangement_differential::{PairsWith, ReduceArranged};
use differential_dataflow::operators::iterate::Iterate;
use differential_dataflow::VecCollection;
use timely::order::Product;

type Pairs<'s, K, V> = VecCollection<'s, u64, (K, V), isize>;

/// The same on differential dataflow's own spines.
fn theirs<'s, K: Pick>(edges: Pairs<'s, K, K>, roots: Pairs<'s, K, u64>) -> Pairs<'s, K, u64> {
    roots.clone().iterate(|scope, found| {
        let (edges, roots) = (edges.enter(scope), roots.enter(scope));
        let next = found.join_map(edges, |_, steps, to| (to.clone(), steps + 1));
        next.concat(roots).reduce(|_, steps, out| out.push((*steps[0].0, 1)))
    })
}

/// Tests one layout, by its spines of edges and of steps.
macro_rules! steps_agree {
    ($($(#[$feature:meta])? $test:ident: $data:ty, $edges:ty, $steps:ty;)*) => {$(
        $(#[$feature])?
        #[test]
        fn $test() {
            type Steps = $steps;
            fn ours<'s>(edges: Pairs<'s, $data, $data>, roots: Pairs<'s, $data, u64>) -> Pairs<'s, $data, u64> {
                let edges = edges.arrange_by_key_with::<$edges>();
                roots.clone().iterate(|scope, found| {
                    let (edges, roots) = (edges.enter(scope), roots.enter(scope));
                    found
                        .arrange_by_key_with::<Steps>()
                        .join_core(edges, |_, steps, to| Some((to.to_owned(), steps.to_owned() + 1)))
                        .concat(roots)
                        .arrange_by_key_with::<Steps>()
                        .reduce_into::<Steps, u64, isize>("Least", |_, steps, out| out.push((steps[0].0.to_owned(), 1)))
                        .as_collection(|node, steps| (node.to_owned(), steps.to_owned()))
                })
            }
            for workers in 1..=3 {
                let outputs = [Output::default(), Output::default()];
                let [our_steps, their_steps] = outputs.clone();
                run::<$data, $data, u64>(workers, SPARSE, move |_, edges, roots, probe| {
                    // Edges occur once or not at all, and roots are those of the least node.
                    let edges = edges.distinct();
                    let roots = roots.map(|_| (<$data>::pick(0), 0)).distinct();
                    gather(ours(edges.clone(), roots.clone()).probe_with(probe), &our_steps);
                    gather(theirs(edges, roots).probe_with(probe), &their_steps);
                });
                let [ours, theirs] = outputs.map(|output| sum(&output));
                assert!(theirs.len() > 40, "too little is reached to tell: {} rows", theirs.len());
                assert_eq!(ours, theirs, "on {workers} workers");
            }
        }
    )*};
}

type Rounds = Product<u64, u64>;

steps_agree! {
    steps_in_vectors: u64,
        arrangement_differential::OrdValSpine<u64, u64, u64, isize>,
        arrangement_differential::OrdValSpine<u64, u64, Rounds, isize>;
    steps_end_to_end: String,
        arrangement_differential::PreferredSpine<str, str, u64, isize>,
        arrangement_differential::PreferredSpine<str, u64, Rounds, isize>;
    #[cfg(feature = "columnation")] steps_in_stacks: String,
        arrangement_differential::ColValSpine<String, String, u64, isize>,
        arrangement_differential::ColValSpine<String, u64, Rounds, isize>;
    #[cfg(feature = "flatcontainer")] steps_in_regions: String,
        arrangement_differential::FlatValSpine<String, String, u64, isize>,
        arrangement_differential::FlatValSpine<String, u64, Rounds, isize>;
}
