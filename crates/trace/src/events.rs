//! What a trace tells of its work.

/// One thing that happened in a trace. Lengths count updates.
///
/// The events balance: over the life of a trace, the lengths of all batches that appeared ([`Event::Batch`], and
/// `len` of [`Event::Merged`]) equal the lengths of all that went ([`Event::Dropped`]).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A batch was inserted.
    Batch {
        /// Its updates.
        len: usize,
    },
    /// A merge of two batches began. Both stay readable until it ends.
    MergeStarted {
        /// Updates of the older batch.
        older_len: usize,
        /// Updates of the newer batch.
        newer_len: usize,
    },
    /// A merge ended, and its result appeared; its two inputs are dropped by events of their own.
    Merged {
        /// Updates of the older batch.
        older_len: usize,
        /// Updates of the newer batch.
        newer_len: usize,
        /// Updates of the result.
        len: usize,
    },
    /// A merge was abandoned with the trace. Its inputs are dropped by events of their own.
    MergeAbandoned {
        /// Updates of the older batch.
        older_len: usize,
        /// Updates of the newer batch.
        newer_len: usize,
    },
    /// A batch is no longer in the trace (readers may still hold it).
    Dropped {
        /// Its updates.
        len: usize,
    },
}

/// Receives the events of a trace. The unit type receives and ignores them.
///
/// ```
/// use arrangement_trace::{Event, Events};
///
/// #[derive(Default)]
/// struct Held(isize);
/// impl Events for Held {
///     fn event(&mut self, event: Event) {
///         match event {
///             Event::Batch { len } | Event::Merged { len, .. } => self.0 += len as isize,
///             Event::Dropped { len } => self.0 -= len as isize,
///             _ => {}
///         }
///     }
/// }
/// ```
pub trait Events {
    /// Something happened.
    fn event(&mut self, _event: Event) {}
}

impl Events for () {}
