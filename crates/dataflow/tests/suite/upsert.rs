//! Upserts against a map of the latest vals.

use crate::support::{Data, Random, at, execute};
use arrangement::dataflow::ArrangeUpsert;
use arrangement::{
    BatchReader, ColValSpine, FlatValSpine, IntoOwned, OrdValSpine, Pipeline, PreferredSpine, TraceReader,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use timely::dataflow::operators::{Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};

/// A key, what is said of it, when it holds, and when it is sent.
type Said = (u64, Option<u64>, u64, u64);

fn said(seed: u64) -> Vec<Said> {
    let mut random = Random(seed);
    let mut all = Vec::new();
    for sent in 0..10 {
        for _ in 0..random.below(8) {
            let val = if random.below(3) == 0 { None } else { Some(random.below(4)) };
            let ahead = if random.below(4) == 0 { random.below(3) } else { 0 };
            all.push((random.below(4), val, sent + ahead, sent));
        }
    }
    all
}

fn check<S, K, V>()
where
    S: Pipeline<Time = u64, Input = Vec<((K, V), u64, i64)>, Batcher: 'static, Builder: 'static>,
    S::Batch: BatchReader<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Diff = i64>,
    K: Data,
    V: Data,
{
    for (workers, seed) in [(1, 1), (1, 2), (2, 3), (3, 4)] {
        let all = said(seed);
        let sent = all.clone();
        let made = execute(workers, move |worker| {
            let mut input = InputHandle::<u64, _>::new();
            let (out, probe) = (Rc::new(RefCell::new(Vec::new())), ProbeHandle::new());
            let made = Rc::clone(&out);
            let mut trace = worker.dataflow(|scope| {
                let arranged = input.to_stream(scope).arrange_upsert::<S>();
                let trace = arranged.trace.clone();
                arranged
                    .as_stream()
                    .inspect(move |update| made.borrow_mut().push(update.clone()))
                    .probe_with(&probe);
                trace
            });
            for round in 0..13u64 {
                for (index, (key, val, time, at)) in sent.iter().enumerate() {
                    if *at == round && index % worker.peers() == worker.index() {
                        input.send((K::pick(*key), val.map(V::pick), *time));
                    }
                }
                input.advance_to(round + 1);
                while probe.less_than(&(round + 1)) {
                    worker.step();
                }
                if round % 3 == 0 {
                    let since = arrangement::Antichain::from_elem(round);
                    trace.set_logical_compaction(since.borrow());
                    trace.set_physical_compaction(since.borrow());
                }
            }
            drop(input);
            while worker.has_dataflows() {
                worker.step();
            }
            out.take()
        });
        let mut latest = BTreeMap::new();
        for time in 0..14 {
            // Several at once: the greatest val.
            let mut now: Vec<_> = all
                .iter()
                .filter(|said| said.2 == time)
                .map(|said| (K::pick(said.0), said.1.map(V::pick)))
                .collect();
            now.sort();
            latest.extend(now);
            let there: BTreeMap<_, _> = latest
                .iter()
                .filter_map(|(key, val): (&K, &Option<V>)| Some(((key.clone(), val.clone()?), 1)))
                .collect();
            assert_eq!(at(&made, &time), there, "at {time}, {workers} workers, {all:?}");
        }
        assert!(made.iter().all(|update| update.2.abs() == 1), "what already holds changes nothing");
    }
}

#[test]
fn the_latest_val_holds() {
    check::<OrdValSpine<u64, u64, u64, i64>, _, _>();
    check::<OrdValSpine<String, String, u64, i64>, _, _>();
    check::<PreferredSpine<str, str, u64, i64>, String, String>();
    check::<ColValSpine<String, u64, u64, i64>, _, _>();
    check::<FlatValSpine<String, u64, u64, i64>, _, _>();
}

/// R17: several times of one key in one seal, whose vals come in another order than their times.
#[test]
fn r17_upserts_of_one_key_in_one_seal() {
    let made = execute(1, |worker| {
        let mut input = InputHandle::<u64, _>::new();
        let trace = worker.dataflow(|scope| {
            input.to_stream(scope).arrange_upsert::<OrdValSpine<u64, String, u64, i64>>().trace
        });
        for (val, time) in [(Some("z"), 1), (Some("a"), 2), (None, 3)] {
            input.send((7, val.map(str::to_owned), time));
        }
        input.advance_to(4);
        while !trace.is_complete_before(&4) {
            worker.step();
        }
        let (mut cursor, batches) = trace.cursor();
        arrangement::Cursor::to_updates(&mut cursor, &batches)
    });
    let update = |val: &str, time, diff| ((7, val.to_string()), time, diff);
    assert_eq!(made, [update("a", 2, 1), update("a", 3, -1), update("z", 1, 1), update("z", 2, -1)]);
}
