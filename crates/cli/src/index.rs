//! What the commands need of a trace of strings, and the four backends that give it.

use arrangement::spine::Report;
use arrangement::trace::Events;
use arrangement::{
    Batch, BatchReader, ColValSpine, FlatValSpine, IntoOwned, OrdValSpine, Pipeline, PreferredSpine, Spine,
};
use clap::ValueEnum;
use serde::Serialize;

/// `((key, val), time, diff)`.
pub(crate) type Update = ((String, String), u64, i64);

/// Keys and vals in vectors of owned strings.
pub(crate) type Ord = OrdValSpine<String, String, u64, i64>;
/// Keys and vals in columnation regions.
pub(crate) type Col = ColValSpine<String, String, u64, i64>;
/// Keys and vals in flatcontainer regions.
pub(crate) type Flat = FlatValSpine<String, String, u64, i64, Vec<Update>>;
/// Keys and vals end to end: bytes, and where each ends.
pub(crate) type Preferred = PreferredSpine<str, str, u64, i64>;

/// A trace of strings with the pipeline that feeds it, whatever it keeps them in.
pub(crate) trait Index:
    Pipeline<
        Input = Vec<Update>,
        Time = u64,
        Batch: BatchReader<Key: IntoOwned<Owned = String>, Val: IntoOwned<Owned = String>, Diff = i64>,
    >
{
    /// Its levels.
    fn report(&self) -> Report<u64>;
}

impl<B, E> Index for Spine<B, E>
where
    B: Batch<Time = u64, Key: IntoOwned<Owned = String>, Val: IntoOwned<Owned = String>, Diff = i64>,
    E: Events,
    Spine<B, E>: Pipeline<Input = Vec<Update>, Time = u64, Batch = B>,
{
    fn report(&self) -> Report<u64> {
        Spine::report(self)
    }
}

/// Where an index keeps its contents.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    /// Vectors of owned strings
    Ord,
    /// Columnation regions
    Col,
    /// Flatcontainer regions
    Flat,
    /// Strings end to end
    #[default]
    Preferred,
}

/// Something to be done with the index of a backend that is chosen at run time.
pub(crate) trait Task {
    /// What comes of it.
    type Output;

    /// Does it.
    fn run<S: Index>(self) -> Self::Output;
}

impl Backend {
    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Backend::Ord => "ord",
            Backend::Col => "col",
            Backend::Flat => "flat",
            Backend::Preferred => "preferred",
        }
    }

    /// Its type.
    pub(crate) fn alias(self) -> &'static str {
        match self {
            Backend::Ord => "OrdValSpine<String, String, u64, i64>",
            Backend::Col => "ColValSpine<String, String, u64, i64>",
            Backend::Flat => "FlatValSpine<String, String, u64, i64, Vec<_>>",
            Backend::Preferred => "PreferredSpine<str, str, u64, i64>",
        }
    }

    /// Runs a task with this backend's index.
    pub(crate) fn run<T: Task>(self, task: T) -> T::Output {
        match self {
            Backend::Ord => task.run::<Ord>(),
            Backend::Col => task.run::<Col>(),
            Backend::Flat => task.run::<Flat>(),
            Backend::Preferred => task.run::<Preferred>(),
        }
    }
}
