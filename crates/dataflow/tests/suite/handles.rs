//! Handles: each its own frontiers, reading from outside, errors, and work by hand.

use crate::support::execute;
use arrangement::dataflow::{Arrange, TraceHandle};
use arrangement::{
    Antichain, AntichainRef, Batch, BatchReader, Cursor, OrdValSpine, Pipeline, Progress, TraceReader,
};
use timely::dataflow::InputHandle;
use timely::dataflow::operators::Probe;
use timely::worker::Worker;

pub(crate) type Index = OrdValSpine<u64, u64, u64, i64>;
pub(crate) type IndexBatch = <Index as TraceReader>::Batch;
type Input = InputHandle<u64, timely::container::CapacityContainerBuilder<Vec<((u64, u64), u64, i64)>>>;

/// A dataflow that arranges what is sent, and the trace.
pub(crate) fn arranged<S>(worker: &mut Worker) -> (Input, TraceHandle<S::Batch>)
where
    S: Pipeline<Time = u64, Input = Vec<((u64, u64), u64, i64)>, Batcher: 'static, Builder: 'static>,
{
    let mut input = InputHandle::new();
    let trace = worker.dataflow(|scope| input.to_stream(scope).arrange::<S>().trace);
    (input, trace)
}

/// Advances the input, and runs until the trace is complete before that time.
pub(crate) fn advance<B: Batch<Time = u64>>(
    worker: &mut Worker,
    input: &mut Input,
    trace: &TraceHandle<B>,
    time: u64,
) {
    input.advance_to(time);
    while !trace.is_complete_before(&time) {
        worker.step();
    }
}

/// Runs so often that whatever is to be done when idle is done.
pub(crate) fn idle(worker: &mut Worker) {
    (0..100).for_each(|_| {
        worker.step();
    });
}

pub(crate) fn frontier(time: u64) -> Antichain<u64> {
    Antichain::from_elem(time)
}

pub(crate) fn contents<B: Batch + BatchReader<Diff: Clone>>(
    trace: &TraceHandle<B>,
) -> Vec<(
    (arrangement::trace::CursorKey<B::Cursor>, arrangement::trace::CursorVal<B::Cursor>),
    B::Time,
    B::Diff,
)> {
    let (mut cursor, batches) = trace.cursor();
    cursor.to_updates(&batches)
}

/// R52: each handle has its own frontiers, and the trace goes with the least.
#[test]
fn r52_clones_have_frontiers_of_their_own() {
    execute(1, |worker| {
        let (mut input, mut first) = arranged::<Index>(worker);
        let mut second = first.clone();
        for time in 0..10 {
            input.send(((1, 0), time, 1));
            advance(worker, &mut input, &first, time + 1);
        }
        first.set_logical_compaction(frontier(8).borrow());
        first.set_physical_compaction(frontier(10).borrow());
        idle(worker);
        assert_eq!(
            (first.get_logical_compaction(), second.get_logical_compaction()),
            (frontier(8).borrow(), frontier(0).borrow())
        );
        assert_eq!(contents(&second).len(), 10, "the other still tells all times apart");
        // A clone starts where its original is, and what is dropped holds nothing back.
        let third = first.clone();
        assert_eq!(third.get_logical_compaction(), frontier(8).borrow());
        second.set_logical_compaction(frontier(5).borrow());
        second.set_physical_compaction(frontier(5).borrow());
        idle(worker);
        assert_eq!(contents(&first)[0].1, 5);
        drop(second);
        idle(worker);
        assert_eq!(contents(&first), [((1, 0), 8, 9), ((1, 0), 9, 1)]);
        assert_eq!(first.levels().len(), 1);
        Vec::<()>::new()
    });
}

/// R51: a handle parked at the empty frontiers, be it before or after there is data, holds nothing back and still tells
/// the upper bound.
#[test]
fn r51_a_parked_handle_stalls_nobody() {
    execute(1, |worker| {
        let (mut input, mut trace) = arranged::<Index>(worker);
        let mut parked = trace.clone();
        parked.set_logical_compaction(AntichainRef::new(&[]));
        assert!(parked.get_physical_compaction().is_empty(), "who does not read does not cut");
        for time in 0..50 {
            input.send(((1, 0), time, 1));
            input.send(((2, time), time, 1));
            input.send(((2, time), time + 1, -1));
            advance(worker, &mut input, &trace, time + 1);
            trace.set_logical_compaction(frontier(time + 1).borrow());
            trace.set_physical_compaction(frontier(time + 1).borrow());
        }
        idle(worker);
        assert_eq!(trace.levels().len(), 1);
        assert_eq!(trace.sizes().total().records, contents(&trace).len());
        assert_eq!(contents(&trace), [((1, 0), 50, 50), ((2, 49), 50, 1)]);
        assert_eq!(parked.upper(), frontier(50));
        assert!(parked.snapshot().is_err());
        assert!(parked.cursor_through(frontier(50).borrow()).is_err());
        // With the last one who reads, all goes; the bound stays, and goes on.
        trace.set_logical_compaction(AntichainRef::new(&[]));
        assert_eq!(trace.sizes().total().records, 0);
        input.send(((3, 0), 50, 1));
        advance(worker, &mut input, &trace, 51);
        assert_eq!((trace.sizes().total().records, parked.upper()), (0, frontier(51)));
        Vec::<()>::new()
    });
}

/// R53: the same frontier again is fine, one further back an error that names both.
#[test]
fn r53_frontiers_only_advance() {
    execute(1, |worker| {
        let (_input, mut trace) = arranged::<Index>(worker);
        trace.set_logical_compaction(frontier(5).borrow());
        trace.set_logical_compaction(frontier(5).borrow());
        let error = trace.try_set_logical_compaction(frontier(3).borrow()).unwrap_err().to_string();
        assert!(error.contains("logical") && error.contains("{5}") && error.contains("{3}"), "{error}");
        trace.set_physical_compaction(frontier(4).borrow());
        let error = trace.try_set_physical_compaction(frontier(2).borrow()).unwrap_err().to_string();
        assert!(error.contains("physical") && error.contains("{4}") && error.contains("{2}"), "{error}");
        assert_eq!(trace.get_logical_compaction(), frontier(5).borrow());
        Vec::<()>::new()
    });
}

/// R54, R55: cuts below, at and above the bounds of batches, and the empty one.
#[test]
fn r54_r55_cuts() {
    execute(1, |worker| {
        let (mut input, mut trace) = arranged::<Index>(worker);
        for time in [2, 4, 6, 8] {
            input.send(((1, time), time - 1, 1));
            advance(worker, &mut input, &trace, time);
        }
        let cut = |trace: &TraceHandle<IndexBatch>, time| {
            trace
                .cursor_through(frontier(time).borrow())
                .map(|(mut cursor, batches)| cursor.to_updates(&batches).len())
        };
        assert_eq!([0, 2, 4, 6, 8, 9].map(|time| cut(&trace, time).unwrap()), [0, 1, 2, 3, 4, 4]);
        assert!(cut(&trace, 3).unwrap_err().to_string().contains("{3}"));
        trace.set_physical_compaction(frontier(6).borrow());
        idle(worker);
        assert_eq!(cut(&trace, 0), Ok(0), "R54: the empty cut is always there");
        let error = cut(&trace, 4).unwrap_err().to_string();
        assert!(error.contains("{4}") && error.contains("{6}"), "{error}");
        assert_eq!((cut(&trace, 6), cut(&trace, 8)), (Ok(3), Ok(4)));
        Vec::<()>::new()
    });
}

/// R61: once its dataflow has ended, a trace can be read, compacted and worked on by hand.
#[test]
fn r61_a_trace_outlives_its_dataflow() {
    for dropped in [false, true] {
        execute(1, move |worker| {
            let (mut input, mut trace) = arranged::<Index>(worker);
            let logic = std::sync::Arc::new(|_: &[_]| None);
            trace.set_exert_logic(logic);
            for time in 0..20 {
                (0..50).for_each(|key| input.send(((key, time), time, 1)));
                (0..50).for_each(|key| input.send(((key, time), time + 1, -1)));
                advance(worker, &mut input, &trace, time + 1);
            }
            if dropped {
                worker.drop_dataflow(0);
            } else {
                input.close();
                while worker.has_dataflows() {
                    worker.step();
                }
            }
            assert!(trace.upper().is_empty(), "it ends with what writes it");
            assert!(trace.sizes().total().records > 100, "nothing was compacted so far");
            trace.set_exert_logic(std::sync::Arc::new(|_: &[_]| Some(100)));
            trace.set_logical_compaction(frontier(30).borrow());
            trace.set_physical_compaction(AntichainRef::new(&[]));
            while trace.exert() == Progress::Working {}
            // What was dropped with the dataflow had not been sealed.
            let left = if dropped { 50 } else { 0 };
            assert_eq!((contents(&trace).len(), trace.sizes().total().records), (left, left));
            Vec::<()>::new()
        });
    }
}

/// The operator works on its trace when it is idle, and comes to rest: one batch, compacted, and no more activations.
#[test]
fn idle_work_merges_and_compacts_and_ends() {
    execute(1, |worker| {
        let (mut input, mut trace) = arranged::<Index>(worker);
        for time in 0..200 {
            (0..20).for_each(|key| input.send(((key, 0), time, 1)));
            advance(worker, &mut input, &trace, time + 1);
        }
        trace.set_logical_compaction(frontier(199).borrow());
        trace.set_physical_compaction(frontier(200).borrow());
        idle(worker);
        assert_eq!((trace.levels().len(), trace.sizes().total().records), (1, 20));
        assert_eq!(contents(&trace)[0], ((0, 0), 199, 200));
        let counters = trace.counters();
        assert!(counters.merges_done > 0 && counters.updates_inserted == 4000);
        idle(worker);
        assert_eq!(trace.counters(), counters);
        let active = std::cell::Cell::new(0);
        worker.activations().borrow().map_active(|_| active.set(active.get() + 1));
        assert_eq!(active.get(), 0, "nothing is left to be done");
        Vec::<()>::new()
    });
}

/// Policies are passed on: with no effort, nothing is done when idle.
#[test]
fn the_exert_logic_holds() {
    execute(1, |worker| {
        let (mut input, trace) = arranged::<Index>(worker);
        trace.set_exert_logic(std::sync::Arc::new(|_: &[_]| None));
        for (time, count) in [(0, 1000), (1, 10)] {
            (0..count).for_each(|key| input.send(((key, time), time, 1)));
            advance(worker, &mut input, &trace, time + 1);
        }
        let mut trace = trace;
        trace.set_physical_compaction(frontier(2).borrow());
        idle(worker);
        assert_eq!(trace.levels().len(), 2);
        trace.set_exert_logic(std::sync::Arc::new(|_: &[_]| Some(usize::MAX)));
        trace.set_logical_compaction(frontier(2).borrow());
        idle(worker);
        assert_eq!(trace.levels().len(), 1);
        Vec::<()>::new()
    });
}

/// A stream's batches meet, cover what they say, and are never empty.
#[test]
fn r57_batches_follow_each_other() {
    use timely::dataflow::operators::Inspect;
    let bounds = execute(1, |worker| {
        let mut input: Input = InputHandle::new();
        let probe = timely::dataflow::ProbeHandle::new();
        let seen = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let out = std::rc::Rc::clone(&seen);
        worker.dataflow(|scope| {
            let arranged = input.to_stream(scope).arrange::<Index>();
            arranged
                .stream
                .inspect(move |batch| {
                    out.borrow_mut().push((batch.lower().to_vec(), batch.upper().to_vec(), batch.len()));
                })
                .probe_with(&probe);
        });
        for time in 0..20u64 {
            if time % 3 == 0 {
                input.send(((1, time), time, 1));
            }
            input.advance_to(time + 1);
            while probe.less_than(&(time + 1)) {
                worker.step();
            }
        }
        seen.take()
    });
    let expected: Vec<_> = (0..20).step_by(3).map(|time| (vec![time], vec![time + 1], 1)).collect();
    assert_eq!(bounds, expected);
}
