//! All stages, all sides: see the library of this package, and `--help`.

use anyhow::Result;
use arrangement_benches::bench::Bench;
use arrangement_benches::options::Options;
use arrangement_benches::{heap, report, stages};
use clap::Parser;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

fn main() -> Result<()> {
    let options = Options::parse();
    let (json, smoke) = (options.json, options.smoke);
    let mut bench = Bench::new(options);
    heap::keep_warm(bench.sizes.warm);
    stages::run(&mut bench)?;
    let sizes = bench.sizes;
    let outcomes = bench.into_outcomes();
    if json {
        report::print_json(&outcomes)?;
    } else if smoke {
        println!("{} cases: in each, all sides did the same", outcomes.len());
    } else {
        report::print_tables(sizes, &outcomes);
    }
    Ok(())
}
