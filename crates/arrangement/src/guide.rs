//! A guide, to be read in this order:
//!
//! 1. [Updates, times and frontiers](updates): what a collection that changes is.
//! 2. [Batches](batches): how updates are stored, and the way they go.
//! 3. [Compaction](compaction): what it does, and when; how memory comes back.
//! 4. [Backends](backends): which alias for which data, with figures.
//! 5. [Reading](reading): one key, ranges, prefixes, changes, history.
//! 6. [Sharing](sharing): readers in other threads.
//! 7. [Sizing](sizing): how much memory, and how to watch it.
//! 8. [Engines](engines): timely, differential dataflow, and your own.
//! 9. [Extending](extending): your own diff, layout, container, batch.
//!
//! All code of the guide runs as tests. The examples of this crate answer one question each: `cargo run --example` lists
//! them.

macro_rules! chapter {
    ($name:ident, $file:literal) => {
        #[doc = include_str!(concat!("guide/", $file))]
        pub mod $name {}
    };
}

chapter!(updates, "updates.md");
chapter!(batches, "batches.md");
chapter!(compaction, "compaction.md");
chapter!(backends, "backends.md");
chapter!(reading, "reading.md");
chapter!(sharing, "sharing.md");
chapter!(sizing, "sizing.md");
chapter!(engines, "engines.md");
chapter!(extending, "extending.md");
