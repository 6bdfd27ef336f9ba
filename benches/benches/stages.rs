//! All stages, all sides: see the library of this package, and `--help`.

use anyhow::Result;
use arrangement_benches::bench::Bench;
use arrangement_benches::options::Options;
use arrangement_benches::{process, report, stages};
use bench_kit::heap;
use clap::Parser;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

fn main() -> Result<()> {
    let options = Options::parse();
    let origin = options.writes().then(report::origin);
    let mut bench = Bench::new(options.clone());
    heap::keep_warm(bench.sizes.warm);
    stages::run(&mut bench)?;
    let sizes = bench.sizes;
    let outcomes = bench.into_outcomes();
    if options.sample {
        process::print_sample(&outcomes)?;
    } else if options.json {
        report::print_json(&outcomes)?;
    } else if options.smoke {
        println!("{} cases: in each, all sides did the same", outcomes.len());
    } else {
        print!("{}", report::tables(sizes, &outcomes));
        if let Some(origin) = origin {
            report::write(&origin, sizes, &outcomes)?;
        }
    }
    Ok(())
}
