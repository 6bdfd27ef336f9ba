//! What arrangements tell through timely's logging.

use arrangement_trace::{Event, Events, Sizes};
use std::cell::Cell;
use std::time::Duration;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::Scope;
use timely::logging_core::Logger;
use timely::progress::Timestamp;

/// The name under which to register a logger of arrangements with a worker.
pub const LOG_NAME: &str = "arrangement";

/// The builder of the containers of a log, by which it is registered.
///
/// ```
/// use arrangement::dataflow::{LOG_NAME, LogBuilder};
///
/// timely::execute_directly(|worker| {
///     let mut registry = worker.log_register().expect("this worker logs");
///     registry.insert::<LogBuilder, _>(LOG_NAME, |_upto, records| {
///         for (elapsed, record) in records.iter_mut().flat_map(|records| records.drain(..)) {
///             println!("{elapsed:?}: operator {}: {:?}", record.operator, record.what);
///         }
///     });
/// });
/// ```
pub type LogBuilder = CapacityContainerBuilder<Vec<(Duration, LogRecord)>>;

/// Something that an arrangement tells of itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// The operator that arranges, by its number in the worker, as timely's own log gives it.
    pub operator: usize,
    /// What it tells.
    pub what: Logged,
}

/// What an arrangement tells of itself.
///
/// All of it balances once nobody holds the trace: lengths that appeared equal those that went (see [`Event`]), handles
/// sum to zero, and the last sizes are zero.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Logged {
    /// A batch came, or a merge began or ended, or a batch went.
    Trace(Event),
    /// So many handles more.
    Handles(isize),
    /// The trace now has this size, merges in progress included.
    TraceSizes(Sizes),
    /// What waits to be sealed now has this size.
    BatcherSizes(Sizes),
}

/// Writes what one operator tells, if its worker has a logger for it.
#[derive(Clone, Default)]
pub(crate) struct OperatorLog {
    logger: Option<Logger<LogBuilder>>,
    operator: usize,
}

impl OperatorLog {
    pub(crate) fn new<T: Timestamp>(scope: &Scope<'_, T>, operator: usize) -> Self {
        OperatorLog { logger: scope.worker().logger_for(LOG_NAME), operator }
    }

    pub(crate) fn tell(&self, what: Logged) {
        if let Some(logger) = &self.logger {
            logger.log(LogRecord { operator: self.operator, what });
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.logger.is_some()
    }
}

impl Events for OperatorLog {
    fn event(&mut self, event: Event) {
        self.tell(Logged::Trace(event));
    }
}

/// A size that is told when it changes, and as nothing in the end.
pub(crate) struct SizeLog {
    log: OperatorLog,
    last: Cell<Sizes>,
    what: fn(Sizes) -> Logged,
}

impl SizeLog {
    pub(crate) fn new(log: OperatorLog, what: fn(Sizes) -> Logged) -> Self {
        SizeLog { log, last: Cell::default(), what }
    }

    /// Tells the size, if somebody listens and it has changed.
    pub(crate) fn tell(&self, size: impl FnOnce() -> Sizes) {
        if self.log.is_on() {
            let size = size();
            if self.last.replace(size) != size {
                self.log.tell((self.what)(size));
            }
        }
    }
}

impl Drop for SizeLog {
    fn drop(&mut self) {
        self.tell(Sizes::default);
    }
}
