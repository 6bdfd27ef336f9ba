//! Operators that differential dataflow has for totally ordered times alone, and that read keys and vals by reference.
//!
//! They ask for keys `&K` and vals `&()` or `&V`. Layouts that read otherwise are exempt: `PreferredSpine` of strings and
//! slices, `FlatValSpine` and `FlatKeySpine`.

use crate::streams::*;
use arrangement_differential::KeysWith;
use arrangement_differential::{OrdKeySpine, OrdValBuilder, OrdValSpine, PreferredSpine};
use differential_dataflow::operators::arrange::upsert::arrange_from_upsert;
use differential_dataflow::operators::{CountTotal, ThresholdTotal};
use timely::dataflow::operators::{Input, Probe};

macro_rules! totals_agree {
    ($($(#[$feature:meta])? $test:ident: $data:ty, $spine:ty;)*) => {$(
        $(#[$feature])?
        #[test]
        fn $test() {
            for workers in 1..=3 {
                let outputs = [Output::default(), Output::default()];
                let [ours, theirs] = outputs.clone();
                run::<$data, $data, u64>(workers, DENSE, move |_, left, right, probe| {
                    let keys = left.concat(right).map(|(key, _)| key);
                    let arranged = keys.clone().arrange_by_self_with::<$spine>();
                    let third = |_: &$data, count: &isize| count % 3;
                    for (collection, output) in [
                        (arranged.clone().count_total().map(|(key, count)| (key, count, "count")), &ours),
                        (arranged.clone().threshold_total(third).map(|key| (key, 0, "threshold")), &ours),
                        (arranged.distinct_total().map(|key| (key, 0, "distinct")), &ours),
                        (keys.clone().count_total().map(|(key, count)| (key, count, "count")), &theirs),
                        (keys.clone().threshold_total(third).map(|key| (key, 0, "threshold")), &theirs),
                        (keys.distinct_total().map(|key| (key, 0, "distinct")), &theirs),
                    ] {
                        gather(collection.probe_with(probe), output);
                    }
                });
                let [ours, theirs] = outputs.map(|output| sum(&output));
                assert!(theirs.len() > 100, "the streams are too thin to tell: {} rows", theirs.len());
                assert_eq!(ours, theirs, "on {workers} workers");
            }
        }
    )*};
}

totals_agree! {
    totals_in_vectors: String, OrdKeySpine<String, u64, isize>;
    totals_in_preferred_numbers: u64, PreferredSpine<u64, (), u64, isize>;
    #[cfg(feature = "columnation")] totals_in_stacks:
        String, arrangement_differential::ColKeySpine<String, u64, isize>;
}

/// What upserts come to, by some spine.
macro_rules! upserts {
    ($workers:expr, $spine:ty, $builder:ty) => {{
        let output = Output::<(String, u64), u64>::default();
        let gathered = output.clone();
        timely::execute(timely::Config::process($workers), move |worker| {
            let (mut input, probe) = worker.dataflow::<u64, _, _>(|scope| {
                let (input, stream) = scope.new_input::<Vec<(String, Option<u64>, u64)>>();
                let arranged = arrange_from_upsert::<$builder, $spine, String, u64>(stream, "Upserts");
                gather(arranged.clone().as_collection(|key, val| (key.clone(), *val)), &gathered);
                (input, arranged.stream.probe().0)
            });
            let mut random = Random(7);
            for time in 0..60u64 {
                for _ in 0..random.below(8) {
                    let (key, val) = (String::pick(random.below(9)), random.below(4).checked_sub(1));
                    // Each key has one worker that changes it: of two changes at once, either may win.
                    if key.len() % worker.peers() == worker.index() {
                        input.send((key, val, time));
                    }
                }
                input.advance_to(time + 1);
                if time % 4 != 0 {
                    worker.step_while(|| probe.less_than(&time));
                }
            }
        })
        .unwrap();
        sum(&output)
    }};
}

macro_rules! upserts_agree {
    ($($(#[$feature:meta])? $test:ident: $spine:ident, $builder:ident;)*) => {$(
        $(#[$feature])?
        #[test]
        fn $test() {
            use differential_dataflow::trace::implementations::{ValBuilder, ValSpine};
            for workers in 1..=3 {
                let ours = upserts!(workers, $spine<String, u64, u64, isize>, $builder<String, u64, u64, isize>);
                let theirs = upserts!(workers, ValSpine<String, u64, u64, isize>, ValBuilder<String, u64, u64, isize>);
                assert!(theirs.len() > 100, "the stream is too thin to tell: {} rows", theirs.len());
                assert_eq!(ours, theirs, "on {workers} workers");
            }
        }
    )*};
}

#[cfg(feature = "columnation")]
use arrangement_differential::{ColValBuilder, ColValSpine};

upserts_agree! {
    upserts_in_vectors: OrdValSpine, OrdValBuilder;
    #[cfg(feature = "columnation")] upserts_in_stacks: ColValSpine, ColValBuilder;
}
