//! Arrangements on timely dataflow: made of streams, shared by handles, read by operators and from outside.
//!
//! [Timely](timely) spreads a dataflow over threads, processes and machines. Here its streams of updates become
//! arrangements: each worker keeps the keys whose [hash](hash_key) falls to it, in a spine of the batches that the
//! progress of the stream seals. Others share the one index instead of each keeping their own.
//!
//! Use it through the facade crate `arrangement` with the feature `dataflow`. Its `arrange` takes batch, batcher
//! and builder from one alias; this crate works over any that implement the traits of `arrangement_trace`.
//!
//! ```
//! use arrangement::dataflow::Arrange;
//! use arrangement::{OrdKeySpine, OrdValSpine};
//! use timely::dataflow::operators::{Inspect, ToStream};
//!
//! timely::example(|scope| {
//!     let price = |fruit: &str, price: u64| ((fruit.to_string(), price), 0u64, 1i64);
//!     let prices = [price("apple", 3), price("pear", 5)].to_stream(scope);
//!     let basket = ["apple", "apple"].map(|fruit| ((fruit.to_string(), ()), 0u64, 1i64)).to_stream(scope);
//!
//!     let prices = prices.arrange::<OrdValSpine<String, u64, u64, i64>>();
//!     let basket = basket.arrange::<OrdKeySpine<String, u64, i64>>();
//!     prices.semijoin(basket).inspect(|((fruit, price), time, count)| {
//!         println!("at {time}: {count} times {fruit} at {price}");
//!     });
//! });
//! ```
//!
//! # Main items
//! * [`arrange_core`]: a stream of updates becomes an [`Arranged`], the stream of its batches and a handle of its trace.
//!   [`arrange_upsert_core`]: the same of upserts, where the latest val of a key holds.
//! * [`Arranged`]: [`count`](Arranged::count), [`distinct`](Arranged::distinct), [`join`](Arranged::join),
//!   [`semijoin`](Arranged::semijoin), [`antijoin`](Arranged::antijoin), and [`as_stream`](Arranged::as_stream).
//! * [`TraceHandle`]: everybody's own view of the trace, with its own two compaction frontiers. Reads it from outside,
//!   [imports](TraceHandle::import) it into other dataflows, [publishes](TraceHandle::publish) it to other threads, who
//!   read it by a [`SnapshotReader`].
//! * [`LogRecord`], under [`LOG_NAME`]: what arrangements tell through timely's logging.
//!
//! # Times
//! Operators are right for partially ordered times, such as those of nested scopes; only upserts need a total order. For
//! iteration to a fixpoint there is differential dataflow, for which these arrangements serve through a crate of their
//! own.
//!
//! # Compaction
//! A trace tells times apart as far back as the handle that looks back farthest: a handle that is kept and not moved
//! on keeps all history. Operators move theirs as the frontiers of their inputs move.
//!
//! # Errors and panics
//! As in `arrangement_trace`: a frontier that would go back is an error that names both, and what is refused to a
//! `try_…` method makes its plain twin panic with the error's text.

#![forbid(unsafe_code)]

mod arrange;
mod arranged;
mod handle;
mod import;
mod log;
mod operators;
mod publish;
mod shared;
mod upsert;

pub use arrange::{arrange_core, hash_key};
pub use arranged::Arranged;
pub use handle::TraceHandle;
pub use log::{LOG_NAME, LogBuilder, LogRecord, Logged};
pub use operators::FUEL;
pub use publish::SnapshotReader;
pub use upsert::{Upsert, arrange_upsert_core};
