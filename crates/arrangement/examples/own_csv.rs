//! How do I index a CSV of my own, and ask it about the past?
//!
//! Run it with a file whose columns are key, val, time and difference; without one it takes the lines below.

use arrangement::{Arrangement, PreferredSpine};
use std::io::Read;

const LINES: &str = "\
city,shop,day,change
Oslo,books,1,1
Oslo,tea,2,1
Lima,tea,2,1
Oslo,books,4,-1
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1);
    let input: Box<dyn Read> = match &file {
        Some(path) => Box::new(std::fs::File::open(path)?),
        None => Box::new(LINES.as_bytes()),
    };

    let mut index = Arrangement::<PreferredSpine<str, str, u64, i64>>::new();
    let mut last = 0;
    for record in csv::Reader::from_reader(input).deserialize() {
        let (key, val, time, diff): (String, String, u64, i64) = record?;
        index.update(key, val, time, diff)?;
        last = last.max(time);
    }
    index.advance_to(last + 1)?;

    for time in [0, last / 2, last] {
        let then = index.as_of(&time)?;
        println!("at {time}: {} keys, {} pairs", then.keys().count(), then.rows().count());
    }
    println!("{index}");
    if file.is_none() {
        let shops = |city: &str, day: u64| index.as_of(&day).map(|then| then.get(city).count());
        assert_eq!((shops("Oslo", 3)?, shops("Oslo", 4)?, shops("Lima", 1)?), (2, 1, 0));
    }
    Ok(())
}
