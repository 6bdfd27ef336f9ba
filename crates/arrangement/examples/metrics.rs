//! How does an arrangement tell a metrics library of its sizes and its work?
//!
//! Here the library is the crate `metrics`, and its recorder for debugging stands for the exporter of your choice.

use arrangement::spine::Counters;
use arrangement::trace::Event;
use arrangement::{Arrangement, ArrangementSizes, Metrics, OrdValSpine, Progress};
use metrics::{counter, gauge, with_local_recorder};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

/// Passes on what an arrangement tells, under its name.
struct Exported(&'static str);

impl Metrics for Exported {
    fn event(&mut self, event: Event) {
        match event {
            Event::Batch { len } => {
                counter!("updates_inserted", "arrangement" => self.0).increment(len as u64)
            }
            Event::Merged { .. } => counter!("merges", "arrangement" => self.0).increment(1),
            _ => {}
        }
    }
    fn state(&mut self, sizes: &ArrangementSizes, counters: &Counters) {
        for (part, sizes) in [
            ("batches", sizes.batches.total()),
            ("merging", sizes.merging.total()),
            ("batcher", sizes.batcher),
        ] {
            gauge!("updates", "arrangement" => self.0, "part" => part).set(sizes.records as f64);
            gauge!("bytes_reserved", "arrangement" => self.0, "part" => part)
                .set(sizes.bytes_reserved as f64);
        }
        counter!("updates_merged", "arrangement" => self.0).absolute(counters.updates_read as u64);
    }
}

fn main() {
    let recorder = DebuggingRecorder::new();
    let exported = with_local_recorder(&recorder, || {
        let builder = Arrangement::<OrdValSpine<u64, u64, u64, i64>>::builder();
        let mut index = builder.metrics(Exported("prices")).build();
        for time in 0..10 {
            index.extend((0..100).map(|key| ((key, time), time, 1))).expect("the time is not sealed");
            index.advance_to(time + 1).expect("time goes on");
        }
        while index.exert() == Progress::Working {}
        recorder.snapshotter().snapshot().into_vec()
    });

    let mut inserted = 0;
    for (key, _, _, value) in exported {
        println!("{} = {value:?}", key.key());
        if let ("updates_inserted", DebugValue::Counter(count)) = (key.key().name(), value) {
            inserted = count;
        }
    }
    assert_eq!(inserted, 1000);
}
