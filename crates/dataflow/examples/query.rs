//! An index that keeps changing, while another thread asks it.
//!
//! A worker indexes where each word was seen; every round more words come, and those of a hundred rounds ago go. Another
//! thread looks words up meanwhile, each time in the latest snapshot: it takes no lock, never waits for the worker, and what it has in hand
//! does not change under it.
//!
//! `cargo run --release -p arrangement-dataflow --example query`

use anyhow::{Result, anyhow};
use arrangement::dataflow::{Arrange, SnapshotReader};
use arrangement::{Antichain, ArcShare, PreferredSpine, TraceReader};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use timely::dataflow::InputHandle;

/// Words, and in which chapter they are, over rounds. `ArcShare` is what makes batches readable elsewhere.
type Words = PreferredSpine<str, u64, u64, i64, ArcShare>;
type Batch = <Words as TraceReader>::Batch;

const ROUNDS: u64 = 2_000;
const WORDS: [&str; 6] = ["arrangement", "batch", "cursor", "frontier", "spine", "trace"];

fn main() -> Result<()> {
    let (sender, receiver) = mpsc::channel();
    let asking = thread::spawn(move || receiver.recv().map(ask));
    let guards = timely::execute(timely::Config::thread(), move |worker| {
        let mut input = InputHandle::new();
        let mut trace = worker.dataflow::<u64, _, _>(|scope| input.to_stream(scope).arrange::<Words>().trace);
        sender.send(trace.publish()).expect("the other thread listens");
        for round in 0..ROUNDS {
            for (index, word) in (0u64..).zip(WORDS) {
                for chapter in (0..50).filter(|chapter| (chapter + round) % (index + 2) == 0) {
                    input.send(((word.to_string(), chapter), round, 1));
                    if round + 100 < ROUNDS {
                        input.send(((word.to_string(), chapter), round + 100, -1));
                    }
                }
            }
            input.advance_to(round + 1);
            while !trace.is_complete_before(&(round + 1)) {
                worker.step();
            }
            // Readers want the present: let the index forget what was before.
            let present = Antichain::from_elem(round);
            trace.set_logical_compaction(present.borrow());
            trace.set_physical_compaction(present.borrow());
        }
        // The trace is kept until it is complete; with it would go what is published.
        input.close();
        while worker.has_dataflows() {
            worker.step();
        }
    });
    for result in guards.map_err(|error| anyhow!(error))?.join() {
        result.map_err(|error| anyhow!(error))?;
    }
    let asked = asking.join().map_err(|_| anyhow!("the asking thread panicked"))??;
    println!("{asked} questions were answered while the index changed {ROUNDS} times.");
    Ok(())
}

/// Asks for one word after the other until the index is complete, and returns how often.
fn ask(reader: SnapshotReader<Batch>) -> usize {
    let mut asked = 0;
    loop {
        let snapshot = reader.latest();
        let word = WORDS[asked % WORDS.len()];
        // The present is as far as the index still tells times apart. At first it is not known yet.
        let seen = snapshot.since().as_option().and_then(|now| snapshot.as_of(now).ok());
        let (mut chapters, mut count) = (0, 0);
        for (_, times) in seen.iter().flat_map(|seen| seen.get(word)) {
            chapters += 1;
            count += times;
        }
        // The empty bound says that nothing more will come.
        let round = snapshot.upper().iter().next();
        if asked % 101 == 0 || round.is_none() {
            let when = round.map_or("in the end".to_string(), |round| format!("before round {round}"));
            println!("{when}: `{word}` was seen {count} times, in {chapters} chapters");
        }
        asked += 1;
        if round.is_none() {
            return asked;
        }
        thread::sleep(Duration::from_micros(500));
    }
}
