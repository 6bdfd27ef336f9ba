//! Arrangements as the traces of differential dataflow 0.26.
//!
//! A program of differential dataflow keeps its operators, its collections and its times, and takes its spines from here:
//! `arrange`, `join_core`, `reduce_abelian`, `reduce_core`, `iterate`, `enter`, `import`, upserts, and `count` and
//! `threshold` on arrangements all work on them. This crate is all that knows differential dataflow; without an engine,
//! use the facade crate `arrangement`.
//!
//! # Swapping the spine
//!
//! The six names of differential dataflow's defaults are at the root of this crate, bound as they are there. A program
//! that names its spines changes one line:
//!
//! ```
//! // use differential_dataflow::trace::implementations::{ValBatcher, ValSpine};
//! use arrangement_differential::{ValBatcher, ValSpine};
//! use differential_dataflow::input::Input;
//!
//! timely::example(|scope| {
//!     let (_, numbers) = scope.new_collection_from(0..10u64);
//!     let by_half = numbers
//!         .map(|number| (number / 2, number))
//!         .arrange_named::<_, ValSpine<_, _, _, _>>("ByHalf", ValBatcher::new);
//!     let pairs = by_half.clone().join_core(by_half, |half, a, b| Some((*half, a * b)));
//!     pairs.inspect(|change| println!("{change:?}"));
//! });
//! ```
//!
//! A program that leaves the spines to differential dataflow, by calling `arrange_by_key`, `reduce`, `join` or `count`,
//! calls the methods of [`PairsWith`], [`KeysWith`] and [`ReduceArranged`] instead. They take the spine as a type
//! parameter, and batcher and builder follow from it:
//!
//! ```
//! use arrangement_differential::{KeysWith, OrdKeySpine, OrdValSpine, PairsWith, PreferredSpine, ReduceArranged};
//! use differential_dataflow::input::Input;
//!
//! timely::example(|scope| {
//!     let words = ["to", "be", "or", "not", "to", "be"].map(str::to_owned);
//!     let (_, words) = scope.new_collection_from(words);
//!     let counts = words.clone().count_with::<OrdKeySpine<_, _, _>, OrdValSpine<_, _, _, _>, isize>();
//!
//!     // Strings end to end, read as `&str`: another alias, and nothing else.
//!     type Words = PreferredSpine<str, isize, u64, isize>;
//!     let arranged = counts.arrange_by_key_with::<Words>();
//!     let doubled = arranged.reduce_into::<Words, isize, isize>("Double", |_word, counts, output| {
//!         output.push((counts[0].0 * 2, 1));
//!     });
//!     doubled.as_collection(|word, count| (word.to_owned(), *count)).inspect(|change| println!("{change:?}"));
//! });
//! ```
//!
//! ```
//! use arrangement_differential::{KeySpine, KeysWith, PairsWith, ValSpine};
//! use differential_dataflow::input::Input;
//!
//! timely::example(|scope| {
//!     let (_, numbers) = scope.new_collection_from(0..10u64);
//!     let by_half = numbers.map(|number| (number / 2, number));
//!     by_half.clone().join_with::<ValSpine<_, _, _, _>, ValSpine<_, _, _, _>, _, _>(by_half.clone());
//!     by_half.clone().reduce_with::<ValSpine<_, _, _, _>, ValSpine<_, _, _, _>, _, _>(|_half, numbers, least| {
//!         least.push((*numbers[0].0, 1isize));
//!     });
//!     let halves = by_half.map(|(half, _)| half);
//!     halves.clone().count_with::<KeySpine<_, _, _>, ValSpine<_, _, _, _>, isize>();
//!     halves.distinct_with::<KeySpine<_, _, _>, KeySpine<_, _, _>, isize>();
//! });
//! ```
//!
//! # Main types
//! * [`OrdValSpine`] and [`OrdKeySpine`], [`PreferredSpine`], `ColValSpine` and `ColKeySpine`, `FlatValSpine` and
//!   `FlatKeySpine`: each with its batcher and builder, as `OrdValBatcher` and `OrdValBuilder`. [`ValSpine`],
//!   [`ValBatcher`], [`ValBuilder`], [`KeySpine`], [`KeyBatcher`] and [`KeyBuilder`] are the first two.
//! * [`Spine`], [`Batch`], [`Cursor`], [`Batcher`], [`Builder`]: what the aliases are made of, for any layout.
//! * [`PairsWith`], [`KeysWith`], [`ReduceArranged`]: operators by spine.
//! * [`DifferentialAlgebra`]: times and differences by the traits of differential dataflow, for a layout of your own.
//!
//! # Which layout
//!
//! | alias | keys and vals are | read as | for |
//! |---|---|---|---|
//! | `OrdValSpine` | plain vectors | `&K` | numbers, small structs, any type at all |
//! | `PreferredSpine` | strings and slices end to end | `&str`, `&[T]` | strings and byte strings |
//! | `ColValSpine` | columnation regions | `&K` | nested types read by reference |
//! | `FlatValSpine` | flatcontainer regions | what the region gives | types with a region of their own |
//!
//! Differential dataflow's upserts, `count_total` and `threshold_total` ask for keys and vals read as `&K` and `&V`:
//! there, `PreferredSpine` of strings or slices and the `Flat` aliases can't be used.
//!
//! # Cost
//!
//! Batches and cursors are handed on in newtypes: nothing is copied between the spine and the operators. Updates are
//! sorted once they come in, and merged when a batch is made, by `MergeBatcher`; reductions gather their output in
//! columns. A spine works at most a bounded amount for each batch that it is given. Without input it works only if
//! timely's configuration says how much: `differential_dataflow::configure` with an `idle_merge_effort`.
//!
//! # Where it differs
//!
//! * A trace of which all handles have let go, with empty logical compaction frontiers, drops its updates at once.
//! * Empty stretches of time are joined, and are not told to the log; what is told there balances.
//! * A span that leaves a gap, or a frontier that goes back, panics with both sides. A cut that is impossible is `None`.
//!
//! # Features
//! * `columnation` (default): the `Col` aliases. `flatcontainer` (default): the `Flat` aliases.
//! * `validate`: checks of what builders and batchers are given, in release builds too.

#![forbid(unsafe_code)]

mod algebra;
mod aliases;
mod batch;
mod build;
mod operators;
mod spine;

pub use algebra::DifferentialAlgebra;
pub use aliases::*;
pub use batch::{Batch, Column, Cursor, Stored};
pub use build::{Batcher, Builder};
pub use operators::{
    ArrangedBy, BatcherOf, BuilderOf, DiffOf, KeyColumn, KeyRef, KeysWith, PairsWith, Pipeline,
    ReduceArranged, SpineFor, SpineOf, TimeOf, ValColumn, ValRef,
};
pub use spine::{Log, Spine};
