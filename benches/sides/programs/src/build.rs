//! The programs as dataflows, each for several spines.

use crate::Program;
use crate::drive::Outputs;
use arrangement_differential::{ColValBatcher, ColValSpine, PreferredBatcher, PreferredSpine};
use bench_kit::data::{Datum, Shown, mix};
use differential_dataflow::batcher::merge::chunker::ContainerChunker;
use differential_dataflow::columnar::trace::{ColChunk, Spine as ColumnSpine};
use differential_dataflow::input::{Input, InputSession};
use differential_dataflow::lattice::Lattice;
use differential_dataflow::operators::CountTotal;
use differential_dataflow::operators::iterate::{Iterate, Variable};
use differential_dataflow::trace::chunk::ChunkBatcher;
use differential_dataflow::trace::chunk::vec::{ChunkBatcher as VecBatcher, ChunkSpine as VecSpine};
use differential_dataflow::{Data, VecCollection};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use timely::dataflow::ProbeHandle;
use timely::order::Product;
use timely::progress::Timestamp;
use timely::worker::Worker;

/// How a side makes each program, if it can.
pub(crate) type Build = fn(Program) -> Option<Make>;

/// Makes a program's dataflow.
pub(crate) type Make = fn(&mut Worker, &mut ProbeHandle<u64>, &Outputs) -> Inputs;

/// What comes in at an input.
type Session<D> = InputSession<u64, D, isize>;

/// The inputs of a program.
pub(crate) enum Inputs {
    /// Edges alone.
    Edges(Session<(u64, u64)>),
    /// Edges, and nodes that are asked for.
    Queried(Session<(u64, u64)>, Session<(u64, ())>),
    /// The same, by names.
    Named(Session<(String, u64)>, Session<(String, ())>),
}

impl Inputs {
    /// Changes an edge.
    pub(crate) fn edge(&mut self, edge: (u64, u64), diff: isize) {
        match self {
            Inputs::Edges(edges) | Inputs::Queried(edges, _) => edges.update(edge, diff),
            Inputs::Named(edges, _) => edges.update((String::make(edge.0), edge.1), diff),
        }
    }

    /// Changes whether a node is asked for.
    pub(crate) fn query(&mut self, node: u64, diff: isize) {
        match self {
            Inputs::Edges(_) => unreachable!("the program asks for no nodes"),
            Inputs::Queried(_, queries) => queries.update((node, ()), diff),
            Inputs::Named(_, queries) => queries.update((String::make(node), ()), diff),
        }
    }

    /// Ends the times before `to`.
    pub(crate) fn advance_to(&mut self, to: u64) {
        fn end<D: Data>(input: &mut Session<D>, to: u64) {
            input.advance_to(to);
            input.flush();
        }
        match self {
            Inputs::Edges(edges) => end(edges, to),
            Inputs::Queried(edges, queries) => {
                end(edges, to);
                end(queries, to);
            }
            Inputs::Named(edges, queries) => {
                end(edges, to);
                end(queries, to);
            }
        }
    }
}

/// Adds what a program puts out to its sums.
fn collect<D: Data + Hash>(
    output: VecCollection<'_, u64, D, isize>,
    probe: &mut ProbeHandle<u64>,
    sums: &Outputs,
) {
    let sums = Arc::clone(sums);
    output
        .inspect_batch(move |_, updates| {
            let (mut diffs, mut hash) = (0, 0u64);
            for (data, time, diff) in updates {
                let mut hasher = DefaultHasher::new();
                (data, time).hash(&mut hasher);
                diffs += *diff as i64;
                hash = hash.wrapping_add(mix(hasher.finish()).wrapping_mul(*diff as u64));
            }
            let mut sums = sums.lock().expect("no worker panicked");
            *sums = (sums.0 + diffs, sums.1.wrapping_add(hash));
        })
        .probe_with(probe);
}

/// Edges by source joined with the nodes asked for. Keys come in as `$Key`, and are stored as the spine stores `$Stored`.
macro_rules! join {
    ($input:ident, $Key:ty, $Stored:ty, $Batcher:ident, $Spine:ident) => {
        |worker, probe, sums| {
            worker.dataflow::<u64, _, _>(|scope| {
                type Edges = $Batcher<$Stored, u64, u64, isize>;
                type Queries = $Batcher<$Stored, (), u64, isize>;
                let (edge_input, edges) = scope.new_collection();
                let (query_input, queries) = scope.new_collection();
                let edges = edges.arrange::<Edges, $Spine<$Stored, u64, u64, isize>>(Edges::new);
                let queries = queries.arrange::<Queries, $Spine<$Stored, (), u64, isize>>(Queries::new);
                let found =
                    edges.join_core(queries, |key, to, _| Some((Shown::<$Key>::stable_hash(&key), *to)));
                collect(found, probe, sums);
                Inputs::$input(edge_input, query_input)
            })
        }
    };
}

/// A function that makes the programs on the spines that go by the names of differential dataflow's defaults in a module.
macro_rules! programs {
    ($function:ident, $($module:ident)::+) => {
        pub(crate) fn $function(program: Program) -> Option<Make> {
            use $($module)::+::{KeyBatcher, KeySpine, ValBatcher, ValBuilder, ValSpine};

            /// The least of a node's vals, arranged as it goes in and comes out.
            fn least<'scope, T: Timestamp + Lattice>(
                name: &str,
                vals: VecCollection<'scope, T, (u64, u64), isize>,
            ) -> VecCollection<'scope, T, (u64, u64), isize> {
                vals.arrange::<ValBatcher<_, _, _, _>, ValSpine<_, _, _, _>>(ValBatcher::new)
                    .reduce_abelian::<_, ValBuilder<_, _, _, _>, ValSpine<_, _, _, _>, _, _>(
                        name,
                        |_, vals, least| least.push((*vals[0].0, 1)),
                        |updates, key, least| {
                            updates.clear();
                            updates.extend(least.drain(..).map(|(val, time, diff)| ((*key, val), time, diff)));
                        },
                    )
                    .as_collection(|key, val| (*key, *val))
            }

            /// The distance of each node from the roots, by going on from the nodes reached until no distance changes.
            fn reach<'scope>(
                edges: VecCollection<'scope, u64, (u64, u64), isize>,
                roots: VecCollection<'scope, u64, u64, isize>,
            ) -> VecCollection<'scope, u64, (u64, u64), isize> {
                let roots = roots.map(|root| (root, 0));
                roots.clone().iterate(|scope, reached| {
                    let (edges, roots) = (edges.enter(scope), roots.enter(scope));
                    let edges = edges.arrange::<ValBatcher<_, _, _, _>, ValSpine<_, _, _, _>>(ValBatcher::new);
                    let further = reached
                        .arrange::<ValBatcher<_, _, _, _>, ValSpine<_, _, _, _>>(ValBatcher::new)
                        .join_core(edges, |_, distance, to| Some((*to, *distance + 1)));
                    least("Nearest", further.concat(roots))
                })
            }

            /// The edges whose ends have the same label, if each node is labelled by the least that reaches it, turned about.
            fn trim<'scope, T: Timestamp + Lattice + Hash>(
                cycle: VecCollection<'scope, T, (u64, u64), isize>,
                edges: VecCollection<'scope, T, (u64, u64), isize>,
            ) -> VecCollection<'scope, T, (u64, u64), isize> {
                let nodes = edges.clone().map(|(_, to)| (to, to));
                let labels = nodes.clone().iterate(|scope, labels| {
                    let (cycle, nodes) = (cycle.enter(scope), nodes.enter(scope));
                    let cycle = cycle.arrange::<ValBatcher<_, _, _, _>, ValSpine<_, _, _, _>>(ValBatcher::new);
                    let further = labels
                        .arrange::<ValBatcher<_, _, _, _>, ValSpine<_, _, _, _>>(ValBatcher::new)
                        .join_core(cycle, |_, label, to| Some((*to, *label)));
                    least("Least label", further.concat(nodes))
                });
                let labels = labels.arrange::<ValBatcher<_, _, _, _>, ValSpine<_, _, _, _>>(ValBatcher::new);
                edges
                    .arrange::<ValBatcher<_, _, _, _>, ValSpine<_, _, _, _>>(ValBatcher::new)
                    .join_core(labels.clone(), |from, to, label| Some((*to, (*from, *label))))
                    .arrange::<ValBatcher<_, _, _, _>, ValSpine<_, _, _, _>>(ValBatcher::new)
                    .join_core(labels, |to, (from, one), two| (one == two).then_some((*to, *from)))
            }

            /// The edges between nodes that reach each other: trimmed along them and against them until none goes.
            fn components(
                edges: VecCollection<'_, u64, (u64, u64), isize>,
            ) -> VecCollection<'_, u64, (u64, u64), isize> {
                let outer = edges.scope();
                outer.scoped::<Product<u64, u64>, _, _>("Components", |scope| {
                    let edges = edges.enter(scope);
                    let turned = edges.clone().map(|(from, to)| (to, from));
                    let (variable, inner) = Variable::new_from(edges.clone(), Product::new(0, 1));
                    let result = trim(trim(inner, edges), turned);
                    variable.set(result.clone());
                    result.leave(outer)
                })
            }

            Some(match program {
                Program::Join => join!(Queried, u64, u64, ValBatcher, ValSpine),
                Program::StringJoin => join!(Named, String, String, ValBatcher, ValSpine),
                Program::Degrees => |worker, probe, sums| {
                    worker.dataflow::<u64, _, _>(|scope| {
                        let (input, edges) = scope.new_collection();
                        let sources = edges
                            .map(|(from, _)| (from, ()))
                            .arrange::<KeyBatcher<_, _, _>, KeySpine<_, _, _>>(KeyBatcher::new);
                        collect(sources.count_total_core::<isize>(), probe, sums);
                        Inputs::Edges(input)
                    })
                },
                Program::Reach => |worker, probe, sums| {
                    worker.dataflow::<u64, _, _>(|scope| {
                        let (input, edges) = scope.new_collection();
                        let (mut root_input, roots) = scope.new_collection();
                        collect(reach(edges, roots), probe, sums);
                        if scope.index() == 0 {
                            root_input.insert(0);
                        }
                        root_input.close();
                        Inputs::Edges(input)
                    })
                },
                Program::Components => |worker, probe, sums| {
                    worker.dataflow::<u64, _, _>(|scope| {
                        let (input, edges) = scope.new_collection();
                        collect(components(edges), probe, sums);
                        Inputs::Edges(input)
                    })
                },
            })
        }
    };
}

programs!(ord, arrangement_differential);
programs!(dd_ord, differential_dataflow::trace::implementations);

/// A function that makes the joins, on spines on which differential dataflow has nothing more.
macro_rules! joins {
    ($function:ident, $Batcher:ident, $Spine:ident) => {
        pub(crate) fn $function(program: Program) -> Option<Make> {
            match program {
                Program::Join => Some(join!(Queried, u64, u64, $Batcher, $Spine)),
                Program::StringJoin => Some(join!(Named, String, String, $Batcher, $Spine)),
                Program::Degrees | Program::Reach | Program::Components => None,
            }
        }
    };
}

/// Chunks of columns, which are fed rows.
type ColumnBatcher<K, V, T, R> =
    ChunkBatcher<ContainerChunker<ColChunk<(K, V, T, R)>>, ColChunk<(K, V, T, R)>>;

joins!(col, ColValBatcher, ColValSpine);
/// A function that makes the join by strings, on strings stored end to end.
pub(crate) fn preferred(program: Program) -> Option<Make> {
    (program == Program::StringJoin).then_some(join!(Named, String, str, PreferredBatcher, PreferredSpine))
}

joins!(dd_vec, VecBatcher, VecSpine);
joins!(dd_col, ColumnBatcher, ColumnSpine);
