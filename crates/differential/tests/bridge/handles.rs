//! Handles of traces: each with its own frontiers, imported into other dataflows, held while the dataflow is idle or gone.

use crate::streams::*;
use arrangement_differential::{KeysWith, OrdKeySpine, OrdValSpine, PairsWith, PreferredSpine};
use differential_dataflow::input::InputSession;
use differential_dataflow::operators::arrange::TraceAgent;
use differential_dataflow::operators::CountTotal;
use differential_dataflow::trace::TraceReader;
use timely::dataflow::operators::probe::Handle;
use timely::dataflow::operators::Probe;
use timely::progress::frontier::{Antichain, AntichainRef};
use timely::worker::Worker;

type Spine = OrdValSpine<u64, u64, u64, isize>;

/// A dataflow that arranges what it is fed.
struct Arranging {
    input: InputSession<u64, (u64, u64), isize>,
    trace: TraceAgent<Spine>,
    done: Handle<u64>,
}

impl Arranging {
    fn new(worker: &mut Worker) -> Self {
        let (mut input, done) = (InputSession::new(), Handle::new());
        let trace = worker.dataflow(|scope| {
            let arranged = input.to_collection(scope).arrange_by_key_with::<Spine>();
            arranged.stream.probe_with(&done);
            arranged.trace
        });
        Arranging { input, trace, done }
    }

    /// Ends the epoch, and waits until it is arranged.
    fn end_epoch(&mut self, worker: &mut Worker) {
        let next = self.input.time() + 1;
        self.input.advance_to(next);
        self.input.flush();
        worker.step_while(|| self.done.less_than(&next));
    }

    /// Replaces the vals of ten keys, epoch after epoch.
    fn replace(&mut self, worker: &mut Worker, epochs: std::ops::Range<u64>, mut then: impl FnMut(u64)) {
        for epoch in epochs {
            for key in 0..10 {
                self.input.insert((key, epoch));
                if epoch > 0 {
                    self.input.remove((key, epoch - 1));
                }
            }
            self.end_epoch(worker);
            then(epoch);
        }
    }

    /// Something of the spine itself.
    fn spine<R>(&self, look: impl FnOnce(&Spine) -> R) -> R {
        look(self.trace.trace_box_unstable().borrow().trace())
    }

    fn updates_len(&self) -> usize {
        self.spine(|spine| spine.inner().updates_len())
    }
}

/// Advances both frontiers of a handle.
fn compact(trace: &mut TraceAgent<Spine>, frontier: &[u64]) {
    trace.set_logical_compaction(AntichainRef::new(frontier));
    trace.set_physical_compaction(AntichainRef::new(frontier));
}

/// R51: a handle that is kept with empty frontiers holds nothing up, and the upper bound can be read by it.
#[test]
fn r51_a_parked_handle_stalls_nobody() {
    timely::execute_directly(|worker| {
        let mut arranging = Arranging::new(worker);
        let mut parked = arranging.trace.clone();
        compact(&mut parked, &[]);
        let mut other = arranging.trace.clone();
        compact(&mut arranging.trace, &[]);
        arranging.replace(worker, 0..200, |epoch| compact(&mut other, &[epoch + 1]));
        let kept = arranging.updates_len();
        assert!(kept < 400, "{kept} updates are kept of 3,990, of which 10 are left");
        let mut upper = Antichain::new();
        parked.read_upper(&mut upper);
        assert_eq!(*upper, [200]);
    });
}

/// When all handles are parked, nobody can read, and nothing is kept.
#[test]
fn nothing_is_kept_for_parked_handles_alone() {
    timely::execute_directly(|worker| {
        let mut arranging = Arranging::new(worker);
        compact(&mut arranging.trace, &[]);
        arranging.replace(worker, 0..20, |_| {});
        assert_eq!(arranging.updates_len(), 0);
        let mut upper = Antichain::new();
        arranging.trace.read_upper(&mut upper);
        assert_eq!(*upper, [20]);
    });
}

/// R52: a handle's frontiers are its own: what another lets go of, it still reads.
#[test]
fn r52_clones_keep_their_own_frontiers() {
    timely::execute_directly(|worker| {
        let mut arranging = Arranging::new(worker);
        arranging.replace(worker, 0..3, |_| {});
        let mut old = arranging.trace.clone();
        compact(&mut old, &[3]);
        arranging.replace(worker, 3..50, |_| {});
        compact(&mut arranging.trace, &[50]);
        arranging.replace(worker, 50..100, |_| {});
        assert_eq!(*old.get_logical_compaction(), [3]);
        // At each time from 3 on the ten keys have the vals of that epoch.
        let batches =
            old.batches_through(AntichainRef::new(&[40])).expect("40 is a bound beyond the frontier");
        let (mut cursor, storage) = differential_dataflow::trace::cursor::cursor_list(batches);
        let updates =
            differential_dataflow::trace::Cursor::to_vec(&mut cursor, &storage, |key| *key, |val| *val);
        for time in [3, 20, 39] {
            let mut vals = Vec::new();
            for ((_, val), pairs) in &updates {
                let count: isize = pairs.iter().filter(|(at, _)| *at <= time).map(|(_, diff)| diff).sum();
                vals.extend(std::iter::repeat_n(*val, count as usize));
            }
            assert_eq!(vals, [time; 10]);
        }
    });
}

/// With `ArcShare` what a trace holds can be read by another thread, while the trace moves on.
#[test]
fn batches_behind_arcs_are_read_by_other_threads() {
    type Shared = OrdValSpine<u64, u64, u64, isize, arrangement_trace::ArcShare>;
    timely::execute_directly(|worker| {
        let (mut input, done) = (InputSession::<u64, (u64, u64), isize>::new(), Handle::new());
        let mut trace = worker.dataflow(|scope| {
            let arranged = input.to_collection(scope).arrange_by_key_with::<Shared>();
            arranged.stream.probe_with(&done);
            arranged.trace
        });
        let mut readers = Vec::new();
        for epoch in 0..20 {
            (0..100).for_each(|key| input.insert((key, epoch)));
            input.advance_to(epoch + 1);
            input.flush();
            worker.step_while(|| done.less_than(&(epoch + 1)));
            let batches = trace.batches_through(AntichainRef::new(&[])).expect("all there is can be read");
            readers.push(std::thread::spawn(move || {
                let (mut cursor, storage) = differential_dataflow::trace::cursor::cursor_list(batches);
                differential_dataflow::trace::Cursor::to_vec(&mut cursor, &storage, |key| *key, |val| *val)
                    .len()
            }));
            trace.set_physical_compaction(AntichainRef::new(&[epoch + 1]));
        }
        for (epoch, reader) in (1..).zip(readers) {
            assert_eq!(reader.join().expect("the reader ends"), 100 * epoch);
        }
    });
}

/// The frontiers of readers follow through empty time, which the spine keeps as one span.
#[test]
fn readers_follow_through_empty_time() {
    timely::execute_directly(|worker| {
        let (mut input, done) = (InputSession::<u64, u64, isize>::new(), Handle::new());
        let mut held = worker.dataflow(|scope| {
            let arranged = input.to_collection(scope).arrange_by_self_with::<OrdKeySpine<_, _, _>>();
            arranged.clone().count_total().probe_with(&done);
            arranged.trace
        });
        held.set_logical_compaction(AntichainRef::new(&[]));
        held.set_physical_compaction(AntichainRef::new(&[]));
        for epoch in 0..50 {
            // Nothing happens in most epochs.
            if epoch % 10 == 0 {
                input.insert(epoch);
            }
            input.advance_to(epoch + 1);
            input.flush();
            worker.step_while(|| done.less_than(&(epoch + 1)));
            let spine = held.trace_box_unstable();
            let spine = spine.borrow();
            let logical = arrangement_trace::TraceReader::get_logical_compaction(spine.trace().inner());
            assert!(
                logical.iter().all(|time| *time >= epoch),
                "the reader is at {logical:?} in epoch {epoch}"
            );
        }
    });
}

/// An operator on what was imported, and what came out, with times up to `since` taken as one.
macro_rules! imported {
    ($workers:expr, $since:expr, $leading:expr, |$collection:ident| $arrange:expr, |$imported:ident| $read:expr) => {{
        let (workers, since, leading) = ($workers, $since, $leading);
        let output = Output::default();
        let gathered = output.clone();
        timely::execute(timely::Config::process(workers), move |worker| {
            let (mut input, done) = (InputSession::<u64, (String, String), isize>::new(), Handle::new());
            let mut trace = worker.dataflow(|scope| {
                let $collection = input.to_collection(scope);
                let arranged = $arrange;
                arranged.stream.probe_with(&done);
                arranged.trace
            });
            let mut random = Random(3 + worker.index() as u64);
            for epoch in 0..16u64 {
                if epoch == 10 {
                    trace.set_logical_compaction(AntichainRef::new(&[since]));
                    trace.set_physical_compaction(AntichainRef::new(&[since]));
                    worker.dataflow(|scope| {
                        let $imported = trace.import(scope);
                        gather($read.probe_with(&done), &gathered);
                    });
                    // The reader within the other dataflow has frontiers of its own.
                    trace.set_logical_compaction(AntichainRef::new(&[]));
                    trace.set_physical_compaction(AntichainRef::new(&[]));
                }
                if !(leading && epoch == 0) {
                    for _ in 0..10 {
                        let data = (String::pick(random.below(7)), String::pick(random.below(5)));
                        input.update(data, [1, 1, -1][random.below(3) as usize]);
                    }
                }
                input.advance_to(epoch + 1);
                input.flush();
                worker.step_while(|| done.less_than(&(epoch + 1)));
            }
        })
        .unwrap();
        for (_, time, _) in output.lock().unwrap().iter_mut() {
            *time = since.max(*time);
        }
        sum(&output)
    }};
}

/// Imports before and after compaction, with and without an empty batch in front.
macro_rules! imports_agree {
    ($($(#[$feature:meta])? $test:ident: |$collection:ident| $ours:expr, $theirs:expr, |$imported:ident| $read:expr;)*) => {$(
        $(#[$feature])?
        #[test]
        fn $test() {
            for (workers, since, leading) in [(1, 0, false), (2, 0, true), (3, 5, false), (1, 5, true), (1, 10, true)] {
                let ours = imported!(workers, since, leading, |$collection| $ours, |$imported| $read);
                let theirs = imported!(workers, since, leading, |$collection| $theirs, |$imported| $read);
                assert!(theirs.len() > 30, "the stream is too thin to tell: {} rows", theirs.len());
                assert_eq!(ours, theirs, "{workers} workers, compacted to {since}, leading empty batch: {leading}");
            }
        }
    )*};
}

imports_agree! {
    imports_agree_in_vectors: |collection|
        collection.arrange_by_key_with::<OrdValSpine<_, _, _, _>>(),
        collection.arrange_by_key(),
        |imported| imported.as_collection(|key, val| (key.to_owned(), val.to_owned())).count();
    imports_agree_end_to_end: |collection|
        collection.arrange_by_key_with::<PreferredSpine<str, str, _, _>>(),
        collection.arrange_by_key(),
        |imported| imported.as_collection(|key, val| (key.to_owned(), val.to_owned())).count();
    // R54: a count of what was imported after compaction.
    r54_counts_of_imports_agree: |collection|
        collection.map(|(key, _)| key).arrange_by_self_with::<OrdKeySpine<_, _, _>>(),
        collection.map(|(key, _)| key).arrange_by_self(),
        |imported| imported.count_total();
    #[cfg(feature = "columnation")] imports_agree_in_stacks: |collection|
        collection.arrange_by_key_with::<arrangement_differential::ColValSpine<_, _, _, _>>(),
        collection.arrange_by_key(),
        |imported| imported.as_collection(|key, val| (key.to_owned(), val.to_owned())).count();
    #[cfg(feature = "flatcontainer")] imports_agree_in_regions: |collection|
        collection.arrange_by_key_with::<arrangement_differential::FlatValSpine<String, String, u64, isize>>(),
        collection.arrange_by_key(),
        |imported| imported.as_collection(|key, val| (key.to_owned(), val.to_owned())).count();
}

/// By differential dataflow's configuration, traces merge while nothing comes in, until one batch is left; without it
/// they do not.
#[test]
fn idle_traces_merge_if_so_configured() {
    for (effort, most) in [(Some(100), 1), (None, usize::MAX)] {
        let mut config = timely::Config::thread();
        let options = differential_dataflow::Config::default().idle_merge_effort(effort);
        differential_dataflow::configure(&mut config.worker, &options);
        timely::execute(config, move |worker| {
            let mut arranging = Arranging::new(worker);
            (0..1000).for_each(|key| arranging.input.insert((key, 0)));
            arranging.end_epoch(worker);
            for (epoch, updates) in [(1, 100), (2, 10)] {
                (0..updates).for_each(|key| arranging.input.insert((key, epoch)));
                arranging.end_epoch(worker);
            }
            compact(&mut arranging.trace, &[3]);
            let batches = |arranging: &Arranging| {
                arranging
                    .spine(|spine| spine.inner().levels().iter().map(|level| level.batches).sum::<usize>())
            };
            assert!(batches(&arranging) > 1, "the test needs batches to merge");
            let read = arranging.spine(|spine| spine.inner().counters().updates_read);
            // An end of an epoch, to wake the operator; then it wakes itself.
            arranging.end_epoch(worker);
            for _ in 0..200 {
                worker.step();
            }
            assert!(batches(&arranging) <= most, "{} batches with effort {effort:?}", batches(&arranging));
            let read_now = arranging.spine(|spine| spine.inner().counters().updates_read);
            assert_eq!(effort.is_some(), read_now > read, "work with effort {effort:?}");
        })
        .unwrap();
    }
}

/// R61: the trace outlives its dataflow, and is read as it was.
#[test]
fn r61_a_trace_is_read_after_its_input_ended() {
    timely::execute_directly(|worker| {
        let mut arranging = Arranging::new(worker);
        arranging.replace(worker, 0..30, |_| {});
        let Arranging { input, mut trace, .. } = arranging;
        drop(input);
        while worker.step() {}
        let mut upper = Antichain::from_elem(0);
        trace.read_upper(&mut upper);
        assert!(upper.is_empty());
        compact(&mut trace, &[29]);
        let output = Output::default();
        worker.dataflow(|scope| gather(trace.import(scope).as_collection(|key, val| (*key, *val)), &output));
        while worker.step() {}
        output.lock().unwrap().iter_mut().for_each(|(_, time, _)| *time = 0);
        assert_eq!(sum(&output), (0..10).map(|key| ((key, 29), 0, 1)).collect::<Vec<_>>());
    });
}
