//! Importing a trace into another dataflow: before and after there is data, before and after compaction.

use crate::handles::{Index, advance, arranged, frontier, idle};
use crate::support::{Data, Row, Time, Update, at, collection, execute, rows};
use arrangement::dataflow::{Arrange, Arranged, TraceHandle};
use arrangement::trace::Product;
use arrangement::{
    Antichain, AntichainRef, Batch, BatchReader, IntoOwned, OrdValSpine, PreferredSpine, TraceReader,
};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use timely::dataflow::operators::vec::Map;
use timely::dataflow::operators::{Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};
use timely::worker::Worker;

/// What an import is asked for: all of it, counts, and matches with itself.
struct Made<K, V> {
    all: Rc<RefCell<Vec<Update<K, V, u64>>>>,
    counts: Rc<RefCell<Vec<((K, i64), u64, i64)>>>,
    matches: Rc<RefCell<Vec<((K, (V, V)), u64, i64)>>>,
    probe: ProbeHandle<u64>,
}

/// Imports a trace into a dataflow of its own.
fn import<B, K, V>(worker: &mut Worker, trace: &TraceHandle<B>) -> Made<K, V>
where
    B: Batch<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Time = u64> + BatchReader<Diff = i64>,
    K: Data,
    V: Data,
{
    let made =
        Made { all: Rc::default(), counts: Rc::default(), matches: Rc::default(), probe: ProbeHandle::new() };
    worker.dataflow(|scope| {
        let (all, counts, matches) =
            (Rc::clone(&made.all), Rc::clone(&made.counts), Rc::clone(&made.matches));
        let imported = trace.import(scope);
        imported
            .clone()
            .as_stream()
            .inspect(move |update| all.borrow_mut().push(update.clone()))
            .probe_with(&made.probe);
        imported
            .clone()
            .count::<i64>()
            .inspect(move |update| counts.borrow_mut().push(update.clone()))
            .probe_with(&made.probe);
        imported
            .clone()
            .join(imported)
            .inspect(move |update| matches.borrow_mut().push(update.clone()))
            .probe_with(&made.probe);
    });
    made
}

/// What one import on one worker made: the time from which it is right, and the three streams.
type Imported<K, V> =
    (usize, u64, Vec<Update<K, V, u64>>, Vec<((K, i64), u64, i64)>, Vec<((K, (V, V)), u64, i64)>);

/// When the trace is imported; the last time after its dataflow has ended.
const IMPORTS: [u64; 4] = [0, 2, 5, 8];

/// Feeds rows, importing the trace time and again. With `compact` its frontiers follow, so that earlier times are not told
/// apart by those who come later, and batches are merged as they come.
fn run<S, K, V>(workers: usize, rows: &[Row], compact: bool) -> Vec<Imported<K, V>>
where
    S: arrangement::Pipeline<Time = u64, Input = Vec<Update<K, V, u64>>, Batcher: 'static, Builder: 'static>,
    S::Batch: BatchReader<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Diff = i64>,
    K: Data,
    V: Data,
{
    let rows = rows.to_vec();
    execute(workers, move |worker| {
        let mut input = InputHandle::<u64, _>::new();
        let mut trace =
            worker.dataflow(|scope| input.to_stream(scope).map(|row: Row| row.update()).arrange::<S>().trace);
        if compact {
            trace.set_physical_compaction(AntichainRef::new(&[]));
        }
        let mut imports: Vec<(u64, Made<K, V>)> = Vec::new();
        for round in 0..8 {
            if IMPORTS.contains(&round) {
                let since = trace.get_logical_compaction().iter().next().copied().expect("it is read");
                imports.push((since.min(round), import(worker, &trace)));
            }
            let mine = rows.iter().enumerate().filter(|(index, _)| index % worker.peers() == worker.index());
            mine.filter(|(_, row)| row.sent == round).for_each(|(_, row)| input.send(*row));
            input.advance_to(round + 1);
            while !trace.is_complete_before(&(round + 1))
                || imports.iter().any(|(_, made)| made.probe.less_than(&(round + 1)))
            {
                worker.step();
            }
            if compact {
                // Beyond the upper bound, even.
                trace.set_logical_compaction(frontier(round + 3).borrow());
                idle(worker);
            }
        }
        input.close();
        while worker.has_dataflows() {
            worker.step();
        }
        let since = if compact { 10 } else { 0 };
        imports.push((since, import(worker, &trace)));
        while worker.has_dataflows() {
            worker.step();
        }
        let each = imports.into_iter().enumerate();
        each.map(|(index, (since, made))| {
            (index, since, made.all.take(), made.counts.take(), made.matches.take())
        })
        .collect()
    })
}

fn check_imports<S, K, V>()
where
    S: arrangement::Pipeline<Time = u64, Input = Vec<Update<K, V, u64>>, Batcher: 'static, Builder: 'static>,
    S::Batch: BatchReader<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Diff = i64>,
    K: Data,
    V: Data,
{
    for (workers, seed) in [(1, 30), (1, 31), (2, 32), (3, 33)] {
        for (compact, first) in [(false, 0), (false, 3), (true, 0), (true, 3)] {
            let mut rows = rows(seed, 8, 12);
            // Without the first rounds, there is empty time first.
            rows.retain_mut(|row| {
                row.right = false;
                row.sent >= first
            });
            let made = run::<S, K, V>(workers, &rows, compact);
            for index in 0..IMPORTS.len() {
                let mine: Vec<_> = made.iter().filter(|made| made.0 == index).collect();
                let since = mine[0].1;
                let all: Vec<_> = mine.iter().flat_map(|made| made.2.clone()).collect();
                let counts: Vec<_> = mine.iter().flat_map(|made| made.3.clone()).collect();
                let matches: Vec<_> = mine.iter().flat_map(|made| made.4.clone()).collect();
                for time in since..since.max(8) + 1 {
                    let there = collection::<K, V, u64>(&rows, false, &time);
                    let what =
                        format!("import {index} on {workers}, compact: {compact}, at {time}, {rows:?}");
                    assert_eq!(at(&all, &time), there, "{what}");
                    let counted: Vec<_> =
                        there.iter().map(|((key, _), diff)| (key.clone(), 0, *diff)).collect();
                    let counted = at(&counted, &0).into_iter().map(|both| (both, 1)).collect();
                    assert_eq!(at(&counts, &time), counted, "counts of {what}");
                    let matched = there.iter().flat_map(|((key, val), diff)| {
                        let same = there.iter().filter(move |((other, _), _)| other == key);
                        same.map(move |((_, other), times)| {
                            ((key.clone(), (val.clone(), other.clone())), 0, diff * times)
                        })
                    });
                    assert_eq!(
                        at(&matches, &time),
                        at(&matched.collect::<Vec<_>>(), &0),
                        "matches of {what}"
                    );
                }
            }
        }
    }
}

/// R54: before and after there is data, before and after compaction, with and without empty time first.
#[test]
fn r54_imports_at_any_time() {
    check_imports::<OrdValSpine<u64, u64, u64, i64>, _, _>();
    check_imports::<PreferredSpine<str, u64, u64, i64>, String, u64>();
}

/// An imported arrangement and one of the dataflow itself.
#[test]
fn an_import_joins_what_is_new() {
    let made = execute(2, |worker| {
        let (mut input, mut trace) = arranged::<Index>(worker);
        if worker.index() == 0 {
            (0..10).for_each(|key| input.send(((key, key + 100), key, 1)));
        }
        advance(worker, &mut input, &trace, 20);
        trace.set_logical_compaction(frontier(15).borrow());
        trace.set_physical_compaction(frontier(20).borrow());
        idle(worker);
        let mut asked = InputHandle::<u64, _>::new();
        let made = Rc::new(RefCell::new(Vec::new()));
        let (out, probe) = (Rc::clone(&made), ProbeHandle::new());
        worker.dataflow(|scope| {
            let asked = asked.to_stream(scope).arrange::<arrangement::OrdKeySpine<u64, u64, i64>>();
            trace
                .import(scope)
                .semijoin(asked)
                .inspect(move |update| out.borrow_mut().push(*update))
                .probe_with(&probe);
        });
        asked.advance_to(20);
        asked.send(((3 + worker.index() as u64, ()), 20, 1));
        asked.advance_to(21);
        input.send(((3, 200), 21, 1));
        input.advance_to(30);
        asked.advance_to(30);
        while probe.less_than(&30) {
            worker.step();
        }
        made.take()
    });
    let mut made = made;
    made.sort();
    assert_eq!(made, [((3, 103), 20, 1), ((3, 200), 21, 2), ((4, 104), 20, 1)]);
}

/// What cannot be imported says why.
#[test]
fn a_parked_handle_is_not_imported() {
    execute(1, |worker| {
        let (mut input, mut trace) = arranged::<Index>(worker);
        advance(worker, &mut input, &trace, 3);
        trace.set_logical_compaction(AntichainRef::new(&[]));
        let error = worker.dataflow(|scope| trace.try_import(scope, "Import").unwrap_err().to_string());
        assert!(error.contains("[3]") && error.contains("{}"), "{error}");
        Vec::<()>::new()
    });
}

/// R57: an import sends no batch without updates, in whatever order the frontier and batches come.
#[test]
fn r57_imports_send_no_empty_batches() {
    let lens = execute(1, |worker| {
        let (mut input, trace) = arranged::<Index>(worker);
        advance(worker, &mut input, &trace, 5);
        input.send(((1, 1), 5, 1));
        advance(worker, &mut input, &trace, 6);
        advance(worker, &mut input, &trace, 9);
        let lens = Rc::new(RefCell::new(Vec::new()));
        let (out, probe) = (Rc::clone(&lens), ProbeHandle::new());
        worker.dataflow(|scope| {
            let imported = trace.import(scope);
            imported.stream.inspect(move |batch| out.borrow_mut().push(batch.len())).probe_with(&probe);
        });
        for time in 10..20u64 {
            if time % 4 == 0 {
                input.send(((1, time), time, 1));
            }
            advance(worker, &mut input, &trace, time + 1);
        }
        while probe.less_than(&20) {
            worker.step();
        }
        lens.take()
    });
    assert_eq!(lens, [1, 1, 1]);
}

/// R58: the trace has merged a pair to nothing, and its frontier has passed, before the reader looks. The reader still gets
/// the batches as they were sealed, and is right at the times between.
#[test]
fn r58_a_late_reader_sees_what_was_merged_away() {
    type Nested = Product<u64, u64>;
    let made = execute(1, |worker| {
        let mut input = InputHandle::<u64, _>::new();
        let probe = ProbeHandle::new();
        let out = Rc::new(RefCell::new(Vec::new()));
        let made = Rc::clone(&out);
        // The other side of the join holds back: it is sent its data in the end.
        let mut other = InputHandle::<u64, _>::new();
        worker.dataflow(|scope| {
            use timely::dataflow::operators::Enter;
            let (left, right) = (input.to_stream(scope), other.to_stream(scope));
            scope.iterative::<u64, _, _>(|inner| {
                let left = left.enter(inner).arrange::<OrdValSpine<u64, u64, Nested, i64>>();
                let right = right.enter(inner).arrange::<OrdValSpine<u64, u64, Nested, i64>>();
                let mut kept = left.trace.clone();
                // A handle that holds back nothing lets the trace merge as the join allows.
                kept.set_logical_compaction(AntichainRef::new(&[]));
                left.join(right).inspect(move |update| made.borrow_mut().push(*update)).probe_with(&probe);
            });
        });
        input.send(((1, 10), Product::new(0, 1), 1));
        input.advance_to(1);
        worker.step();
        input.send(((1, 10), Product::new(1, 0), -1));
        input.advance_to(2);
        idle(worker);
        other.send(((1, 20), Product::new(0, 0), 1));
        other.advance_to(2);
        while probe.less_than(&Product::new(2, 0)) {
            worker.step();
        }
        out.take()
    });
    for time in Nested::all(3) {
        let sum = (time.inner >= 1) as i64 - (time.outer >= 1) as i64;
        assert_eq!(at(&made, &time).into_values().sum::<i64>(), sum, "at {time:?}");
    }
}

/// R58: batches that are still on their way to a join are in the trace already. They are not read before they come, though
/// others came, and are matched once when they do.
#[test]
fn r58_what_is_still_queued_is_not_read_early() {
    use timely::container::CapacityContainerBuilder;
    use timely::dataflow::channels::pact::Pipeline;
    use timely::dataflow::operators::generic::Operator;

    let made = execute(1, |worker| {
        let (mut left, mut right) = (InputHandle::<u64, _>::new(), InputHandle::<u64, _>::new());
        let probe = ProbeHandle::new();
        // How many batches may go on.
        let allowed = Rc::new(std::cell::Cell::new(0));
        let (left_to_go, out) = (Rc::clone(&allowed), Rc::new(RefCell::new(Vec::new())));
        let made = Rc::clone(&out);
        let trace = worker.dataflow(|scope| {
            let Arranged { stream, trace } = left.to_stream(scope).arrange::<Index>();
            let stream =
                stream.unary::<CapacityContainerBuilder<Vec<_>>, _, _, _>(Pipeline, "Hold", |_, info| {
                    let activator = scope.activator_for(info.address);
                    let mut queue = VecDeque::new();
                    move |input, output| {
                        input.for_each(|capability, batches| {
                            queue.push_back((capability.retain_stamp(0), std::mem::take(batches)));
                        });
                        while left_to_go.get() > 0
                            && let Some((capabilities, mut batches)) = queue.pop_front()
                        {
                            left_to_go.set(left_to_go.get() - 1);
                            output.session(&capabilities).give_container(&mut batches);
                        }
                        if !queue.is_empty() {
                            activator.activate();
                        }
                    }
                });
            let left = Arranged { stream, trace: trace.clone() };
            left.join(right.to_stream(scope).arrange::<Index>())
                .inspect(move |update| made.borrow_mut().push(*update))
                .probe_with(&probe);
            trace
        });
        for (time, val, diff) in [(0, 10, 1), (1, 11, 1), (2, 11, -1)] {
            left.send(((1, val), time, diff));
            left.advance_to(time + 1);
            idle(worker);
        }
        assert_eq!(trace.upper(), frontier(3), "the trace has them");
        allowed.set(1);
        idle(worker);
        right.send(((1, 20), 0, 1));
        right.advance_to(3);
        idle(worker);
        allowed.set(2);
        while probe.less_than(&3) {
            worker.step();
        }
        out.take()
    });
    let pair = |val| ((1, (val, 20)), 1);
    let expected = [vec![pair(10)], vec![pair(10), pair(11)], vec![pair(10)]];
    for (time, expected) in (0u64..).zip(expected) {
        assert_eq!(at(&made, &time).into_iter().collect::<Vec<_>>(), expected, "at {time}");
    }
}

/// R46, R62b: time that passes without data leaves nothing behind, in the trace or in the queues of those who import it.
#[test]
fn r46_r62b_empty_times() {
    execute(1, |worker| {
        let (mut input, trace) = arranged::<Index>(worker);
        let made = import::<_, u64, u64>(worker, &trace);
        advance(worker, &mut input, &trace, 1);
        // Those who listen are not run meanwhile: nothing queues up.
        let before = trace.clone();
        for time in 1..10_000u64 {
            input.advance_to(time * 100);
            worker.step();
        }
        input.send(((1, 1), 1_000_000, 1));
        advance(worker, &mut input, &trace, 1_000_001);
        let mut batches = 0;
        trace.map_batches(|_| batches += 1);
        assert!(batches <= 2, "{batches} batches");
        assert_eq!(before.upper(), Antichain::from_elem(1_000_001));
        while made.probe.less_than(&1_000_001) {
            worker.step();
        }
        assert_eq!(made.matches.take(), [((1, (1, 1)), 1_000_000, 1)]);
        Vec::<()>::new()
    });
}
