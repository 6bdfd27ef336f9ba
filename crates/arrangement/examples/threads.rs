//! How is an arrangement shared with other threads?
//!
//! One thread writes, and gives snapshots away. Each is what was sealed when it was taken, whatever the writer does next;
//! readers wait for nobody, and nobody for them.

use arrangement::{Arrangement, ArrangementBatch, PreferredSpine, Snapshot};
use std::sync::mpsc;
use std::thread;

type Words = PreferredSpine<str, u64, u64, i64>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (sender, receiver) = mpsc::channel::<(u64, Snapshot<ArrangementBatch<Words>>)>();
    let reader = thread::spawn(move || {
        let mut keys = Vec::new();
        for (time, snapshot) in receiver {
            let now = snapshot.view().as_of(&time).expect("the writer sealed this time");
            println!("at {time}: {:?}", now.keys().collect::<Vec<_>>());
            keys.push(now.keys().count());
        }
        keys
    });

    let mut words = Arrangement::<Words>::new();
    for (time, line) in ["to be or not", "to be that is", "the question"].into_iter().enumerate() {
        let time = time as u64;
        for word in line.split(' ') {
            words.insert(word, word.len() as u64, time)?;
        }
        words.advance_to(time + 1)?;
        words.compact_to(time)?;
        sender.send((time, words.snapshot()))?;
    }
    drop(sender);
    assert_eq!(reader.join().expect("the reader ends well"), [4, 6, 8]);

    // The arrangement itself can be lent to threads as well, while nobody writes.
    thread::scope(|scope| {
        for word in ["be", "question"] {
            let words = &words;
            scope.spawn(move || assert!(words.as_of(&2).expect("sealed").contains_key(word)));
        }
    });
    Ok(())
}
