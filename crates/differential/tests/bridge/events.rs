//! Differential dataflow's log: what it is told of batches and merges, and that all of it balances.

use crate::streams::*;
use arrangement_differential::{KeysWith, OrdKeySpine, OrdValSpine, PairsWith, ReduceArranged};
use differential_dataflow::input::InputSession;
use differential_dataflow::logging::{DifferentialEvent, DifferentialEventBuilder};
use differential_dataflow::trace::TraceReader;
use std::cell::RefCell;
use std::rc::Rc;
use timely::dataflow::operators::probe::Handle;
use timely::dataflow::operators::Probe;
use timely::progress::frontier::AntichainRef;
use timely::worker::Worker;

/// What a reader of the log would maintain.
#[derive(Clone, Debug, Default, PartialEq)]
struct Totals {
    /// Batches that traces hold, those without updates too, and those with.
    batches: i64,
    full_batches: i64,
    /// Updates that traces hold, and that batchers hold.
    updates: i64,
    batched: i64,
    batched_bytes: i64,
    shares: i64,
    /// Merges begun and ended.
    started: i64,
    merged: i64,
    /// The most there was of some.
    most_updates: i64,
    most_batched: i64,
}

impl Totals {
    fn read(&mut self, event: &DifferentialEvent) {
        let full = |length: usize| (length > 0) as i64;
        match event {
            DifferentialEvent::Batch(event) => {
                self.batches += 1;
                self.full_batches += full(event.length);
                self.updates += event.length as i64;
            }
            DifferentialEvent::Merge(event) => match event.complete {
                None => self.started += 1,
                Some(length) => {
                    self.merged += 1;
                    self.batches -= 1;
                    self.full_batches += full(length) - full(event.length1) - full(event.length2);
                    self.updates += length as i64 - event.length1 as i64 - event.length2 as i64;
                }
            },
            DifferentialEvent::Drop(event) => {
                self.batches -= 1;
                self.full_batches -= full(event.length);
                self.updates -= event.length as i64;
            }
            DifferentialEvent::Batcher(event) => {
                self.batched += event.records_diff as i64;
                self.batched_bytes += event.size_diff as i64;
            }
            DifferentialEvent::TraceShare(event) => self.shares += event.diff as i64,
            DifferentialEvent::MergeShortfall(_) => {}
        }
        self.most_updates = self.most_updates.max(self.updates);
        self.most_batched = self.most_batched.max(self.batched);
        assert!(self.batches >= self.full_batches && self.full_batches >= 0 && self.updates >= 0, "{self:?}");
    }

    /// That nothing is held any more.
    fn assert_zero(&self) {
        let held =
            [self.batches, self.full_batches, self.updates, self.batched, self.batched_bytes, self.shares];
        assert_eq!(held, [0; 6], "{self:?}");
    }
}

/// Has the totals of a worker's log kept.
fn totals(worker: &mut Worker) -> Rc<RefCell<Totals>> {
    let totals = Rc::new(RefCell::new(Totals::default()));
    let kept = totals.clone();
    let mut log = worker.log_register().expect("the worker has a log");
    log.insert::<DifferentialEventBuilder, _>("differential/arrange", move |_, events| {
        events
            .iter_mut()
            .flat_map(|events| events.drain(..))
            .for_each(|(_, event)| kept.borrow_mut().read(&event));
    });
    totals
}

/// Lets the log be written.
fn settle(worker: &mut Worker) {
    for _ in 0..20 {
        worker.step();
    }
    worker.log_register().expect("the worker has a log").flush();
}

type Vals = OrdValSpine<u64, u64, u64, isize>;

/// R60: whatever became of a trace before it was dropped, all that was told of it balances.
#[test]
fn r60_events_balance_in_every_state() {
    // How far the handle's frontiers follow: not at all, so that batches wait; in time, so that they merge and cancel;
    // physically only; to the end, so that all is let go.
    for follow in ["not", "both", "physical", "end"] {
        // Dropped after so many epochs, in the middle of merges too.
        for epochs in [1, 2, 3, 7, 20, 41] {
            timely::execute_directly(move |worker| {
                let totals = totals(worker);
                let (mut input, done) = (InputSession::<u64, (u64, u64), isize>::new(), Handle::new());
                let mut trace = worker.dataflow(|scope| {
                    let arranged = input.to_collection(scope).arrange_by_key_with::<Vals>();
                    arranged.stream.probe_with(&done);
                    arranged.trace
                });
                let mut random = Random(epochs);
                for epoch in 0..epochs {
                    for _ in 0..random.below(200) {
                        let update = ((random.below(20), random.below(3)), [1, -1][random.below(2) as usize]);
                        input.update(update.0, update.1);
                    }
                    input.advance_to(epoch + 1);
                    input.flush();
                    worker.step_while(|| done.less_than(&(epoch + 1)));
                    let upper = [epoch + 1];
                    let frontier = match follow {
                        "end" if epoch == epochs / 2 => AntichainRef::new(&[]),
                        _ => AntichainRef::new(&upper),
                    };
                    if follow != "not" {
                        trace.set_physical_compaction(frontier);
                    }
                    if follow == "both" || follow == "end" {
                        trace.set_logical_compaction(frontier);
                    }
                }
                settle(worker);
                let held = trace.trace_box_unstable().borrow().trace().inner().updates_len();
                assert_eq!(
                    totals.borrow().updates,
                    held as i64,
                    "{follow}, {epochs} epochs: {:?}",
                    totals.borrow()
                );
                assert!(
                    totals.borrow().most_updates > 0 && totals.borrow().most_batched > 0,
                    "nothing was told"
                );
                if epochs == 41 && follow != "not" && follow != "end" {
                    assert!(totals.borrow().merged > 3, "{follow}: {:?}", totals.borrow());
                }
                drop((trace, input));
                let dataflow = worker.installed_dataflows()[0];
                worker.drop_dataflow(dataflow);
                settle(worker);
                totals.borrow().assert_zero();
            });
        }
    }
}

/// Idle merging, which compacts batches by themselves, balances too; and so do reductions and keys alone.
#[test]
fn events_of_operators_balance() {
    let mut config = timely::Config::thread();
    let options = differential_dataflow::Config::default().idle_merge_effort(Some(1000));
    differential_dataflow::configure(&mut config.worker, &options);
    timely::execute(config, |worker| {
        let totals = totals(worker);
        let (mut input, done) = (InputSession::<u64, (u64, u64), isize>::new(), Handle::new());
        worker.dataflow(|scope| {
            let pairs = input.to_collection(scope);
            let sums = pairs.clone().arrange_by_key_with::<Vals>().reduce_into::<Vals, u64, isize>(
                "Sum",
                |_, vals, out| {
                    out.push((vals.iter().map(|(val, _)| **val).sum(), 1));
                },
            );
            let keys = pairs.map(|(key, _)| key).arrange_by_self_with::<OrdKeySpine<_, _, _>>();
            sums.join_core(keys, |key, sum, _| Some((*key, *sum))).probe_with(&done);
        });
        let mut random = Random(11);
        for epoch in 0..30 {
            for _ in 0..40 {
                input.update((random.below(9), random.below(9)), 1 - 2 * random.below(2) as isize);
            }
            input.advance_to(epoch + 1);
            input.flush();
            worker.step_while(|| done.less_than(&(epoch + 1)));
        }
        drop(input);
        settle(worker);
        let told = totals.borrow().clone();
        assert!(told.started > 10 && told.merged > 10, "{told:?}");
        told.assert_zero();
    })
    .unwrap();
}
