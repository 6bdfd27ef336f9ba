//! What goes to timely's log, and that it balances.

use crate::handles::{advance, frontier, idle};
use crate::support::execute;
use arrangement::dataflow::{Arrange, LOG_NAME, LogBuilder, Logged};
use arrangement::trace::{Event, Sizes};
use arrangement::{AntichainRef, BatchReader, OrdValSpine, TraceReader};
use std::cell::RefCell;
use std::rc::Rc;
use timely::dataflow::InputHandle;

/// R60: every batch that appears goes again, also with a merge in progress, waiting batches, and whoever ends first.
#[test]
fn r60_the_log_balances() {
    #[derive(Copy, Clone, Debug)]
    enum End {
        TraceFirst,
        DataflowFirst,
        Parked,
        Dropped,
    }
    for end in [End::TraceFirst, End::DataflowFirst, End::Parked, End::Dropped] {
        for physical in [0, 20] {
            execute(1, move |worker| {
                let log = Rc::new(RefCell::new(Vec::new()));
                let out = Rc::clone(&log);
                worker.log_register().unwrap().insert::<LogBuilder, _>(LOG_NAME, move |_, records| {
                    out.borrow_mut().extend(records.iter_mut().flat_map(|records| records.drain(..)));
                });
                let mut input = InputHandle::new();
                let mut trace = worker.dataflow(|scope| {
                    input.to_stream(scope).arrange::<OrdValSpine<u64, u64, u64, i64>>().trace
                });
                trace.set_exert_logic(std::sync::Arc::new(|_: &[_]| Some(10)));
                trace.set_logical_compaction(frontier(physical).borrow());
                trace.set_physical_compaction(frontier(physical).borrow());
                for time in 0..20 {
                    (0..30).for_each(|key| input.send(((key, time % 3), time, 1)));
                    advance(worker, &mut input, &trace, time + 1);
                }
                input.send(((0, 0), 25, 1));
                input.flush();
                worker.step();
                worker.log_register().unwrap().flush();
                let (held, handles) = balance(&log.borrow());
                let mut there = 0;
                trace.map_batches(|batch| there += batch.len() as isize);
                assert_eq!((held, handles), (there, 1), "{end:?}");
                assert_eq!(held == 600, physical == 0, "merged to {held}");
                let last = sizes(&log.borrow());
                assert_eq!((last.0, last.1.records), (trace.sizes().total(), 1));
                assert!(last.0.bytes_used > 0);
                let merges = log
                    .borrow()
                    .iter()
                    .filter(|record| matches!(record.1.what, Logged::Trace(Event::Merged { .. })))
                    .count();
                assert_eq!(merges > 0, physical > 0);
                match end {
                    End::TraceFirst => drop(trace),
                    End::DataflowFirst => {
                        input.close();
                        idle(worker);
                        drop(trace);
                    }
                    End::Parked => {
                        trace.set_logical_compaction(AntichainRef::new(&[]));
                        input.close();
                        idle(worker);
                        drop(trace);
                    }
                    End::Dropped => {
                        worker.drop_dataflow(0);
                        drop(trace);
                    }
                }
                while worker.has_dataflows() {
                    worker.drop_dataflow(0);
                    worker.step();
                }
                worker.log_register().unwrap().flush();
                assert_eq!(balance(&log.borrow()), (0, 0), "{end:?}");
                assert_eq!(sizes(&log.borrow()), Default::default(), "{end:?}");
                assert!(log.borrow().iter().all(|record| record.1.operator == log.borrow()[0].1.operator));
                Vec::<()>::new()
            });
        }
    }
}

type Log = Vec<(std::time::Duration, arrangement::dataflow::LogRecord)>;

/// The updates held and the handles there are, by what the log tells.
fn balance(log: &Log) -> (isize, isize) {
    let (mut held, mut handles, mut merging) = (0, 0, 0);
    for (_, record) in log {
        match record.what {
            Logged::Handles(more) => handles += more,
            Logged::Trace(Event::Batch { len }) => held += len as isize,
            Logged::Trace(Event::Merged { len, .. }) => {
                held += len as isize;
                merging -= 1;
            }
            Logged::Trace(Event::Dropped { len }) => held -= len as isize,
            Logged::Trace(Event::MergeStarted { .. }) => merging += 1,
            Logged::Trace(Event::MergeAbandoned { .. }) => merging -= 1,
            Logged::TraceSizes(_) | Logged::BatcherSizes(_) => {}
        }
        assert!(merging >= 0 && handles >= 0);
    }
    (held, handles)
}

/// The last sizes of the trace and of the batcher.
fn sizes(log: &Log) -> (Sizes, Sizes) {
    let mut last = (Sizes::default(), Sizes::default());
    for (_, record) in log {
        match record.what {
            Logged::TraceSizes(sizes) => last = (sizes, last.1),
            Logged::BatcherSizes(sizes) => last = (last.0, sizes),
            _ => {}
        }
    }
    last
}
