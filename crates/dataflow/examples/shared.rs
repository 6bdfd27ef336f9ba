//! One arrangement that two dataflows read: prices, arranged once, asked for by key and counted.
//!
//! `cargo run --release -p arrangement-dataflow --example shared`, with `-w 2` for two workers.

use anyhow::{Result, anyhow};
use arrangement::dataflow::Arrange;
use arrangement::{Antichain, OrdKeySpine, OrdValSpine, TraceReader};
use timely::dataflow::operators::{Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};

/// Fruit, price, day, and whether it is sold from then on or no more.
type Prices = OrdValSpine<String, u64, u64, i64>;
type Names = OrdKeySpine<String, u64, i64>;

fn main() -> Result<()> {
    let config = timely::Config::process(workers()?);
    let guards = timely::execute(config, |worker| {
        let first = worker.index() == 0;
        let (mut prices, mut wanted) = (InputHandle::new(), InputHandle::new());
        let probe = ProbeHandle::new();

        // This dataflow builds the index, and does nothing else.
        let mut trace =
            worker.dataflow::<u64, _, _>(|scope| prices.to_stream(scope).arrange::<Prices>().trace);

        // This one asks it for what is wanted.
        worker.dataflow::<u64, _, _>(|scope| {
            let wanted = wanted.to_stream(scope).arrange::<Names>();
            trace
                .import(scope)
                .semijoin(wanted)
                .inspect(|((fruit, price), day, diff)| {
                    println!("  day {day}: {} {fruit} at {price}", if *diff > 0 { "now" } else { "no more" });
                })
                .probe_with(&probe);
        });

        let price = |fruit: &str, price, day, diff| ((fruit.to_string(), price), day, diff);
        if first {
            println!("Days 0 and 1: an apple costs 3, then 4; pears come.");
            prices.send(price("apple", 3, 0, 1));
            wanted.send((("apple".to_string(), ()), 0, 1));
            prices.send(price("apple", 3, 1, -1));
            prices.send(price("apple", 4, 1, 1));
            prices.send(price("pear", 5, 1, 1));
        }
        prices.advance_to(2);
        wanted.advance_to(2);
        while probe.less_than(&2) {
            worker.step();
        }

        // And this one comes later: it counts all that the index holds by then, whose past nobody needs any more.
        let today = Antichain::from_elem(2);
        trace.set_logical_compaction(today.borrow());
        trace.set_physical_compaction(today.borrow());
        worker.dataflow::<u64, _, _>(|scope| {
            trace
                .import(scope)
                .count::<i64>()
                .inspect(|((fruit, count), day, diff)| {
                    println!("  day {day}: prices of {fruit}: {count} ({diff:+})");
                })
                .probe_with(&probe);
        });

        if first {
            println!("Day 2: pears are wanted, and there is a second price of apples.");
            wanted.send((("pear".to_string(), ()), 2, 1));
            prices.send(price("apple", 9, 2, 1));
        }
        prices.advance_to(3);
        wanted.advance_to(3);
        while probe.less_than(&3) {
            worker.step();
        }
        let sizes = trace.sizes().total();
        println!(
            "Worker {} holds one index of {} updates for both dataflows.",
            worker.index(),
            sizes.records
        );
    });
    for result in guards.map_err(|error| anyhow!(error))?.join() {
        result.map_err(|error| anyhow!(error))?;
    }
    Ok(())
}

/// The number after `-w`, or one.
fn workers() -> Result<usize> {
    let mut args = std::env::args().skip(1);
    match (args.next().as_deref(), args.next()) {
        (None, _) => Ok(1),
        (Some("-w"), Some(count)) => Ok(count.parse()?),
        (Some(other), _) => Err(anyhow!("no such argument: `{other}`; there is `-w WORKERS`")),
    }
}
