//! First: the six names in a program of differential dataflow's.
use arrangement_differential::{KeyBatcher, KeyBuilder, KeySpine, ValBatcher, ValBuilder, ValSpine};
use differential_dataflow::input::Input;

#[test]
fn six_names() {
    timely::execute_directly(|worker| {
        worker.dataflow::<u64, _, _>(|scope| {
            let (_i, c) = scope.new_collection_from(vec![(1u64, 2u64), (1, 3), (2, 5), (1, 2)]);
            let arr = c.clone().arrange_named::<_, ValSpine<_, _, _, _>>("A", ValBatcher::new);
            let red = arr.clone().reduce_abelian::<_, ValBuilder<_, _, _, _>, ValSpine<u64, u64, _, _>, _, _>(
                "R",
                |_k, s, t| t.push((*s[0].0, 1isize)),
                |vec, key, upds| {
                    vec.clear();
                    vec.extend(upds.drain(..).map(|(v, t, r)| ((key.clone(), v), t, r)));
                },
            );
            let joined = arr.join_core(red, |k, a, b| Some((*k, *a, *b)));
            let keys = c.clone().map(|k| (k, ())).arrange_named::<_, KeySpine<_, _, _>>("K", KeyBatcher::new);
            let thr = keys
                .reduce_abelian::<_, KeyBuilder<(u64, u64), u64, isize>, KeySpine<(u64, u64), u64, isize>, _, _>(
                    "T",
                    move |_k, _s, t| t.push(((), 1)),
                    |vec, key, upds| {
                        vec.clear();
                        vec.extend(upds.drain(..).map(|(v, t, r)| ((key.clone(), v), t, r)));
                    },
                )
                .as_collection(|k, _| k.clone());
            thr.assert_eq(c.clone().distinct());
            joined.assert_eq(c.clone().join_map(c.reduce(|_k, s, t| t.push((*s[0].0, 1))), |k, a, b| (*k, *a, *b)));
        });
    });
}
