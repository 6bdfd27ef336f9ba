//! What is the right way to read out a collection?
//!
//! Say that a time is complete, then read as of that time. Each row comes with its multiplicity: what was added and taken
//! away again is not there, and what was added twice is there once, with a 2.

use arrangement::{Arrangement, OrdValSpine};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut stock = Arrangement::<OrdValSpine<String, String, u64, i64>>::new();
    stock.insert("fruit", "apple", 0)?;
    stock.insert("fruit", "pear", 0)?;
    stock.insert("root", "carrot", 0)?;
    stock.update("fruit", "pear", 1, 4)?; // four more pears
    stock.remove("root", "carrot", 1)?;

    // Not yet: more updates at time 1 may come.
    let error = stock.as_of(&1).unwrap_err();
    println!("{error}");

    // Nothing before 2 will change any more.
    stock.advance_to(2)?;
    let now = stock.as_of(&1)?;
    for (kind, name, count) in now.rows() {
        println!("{kind}: {count} x {name}");
    }
    let rows: Vec<_> = now.rows().map(|(_, name, count)| (name.as_str(), count)).collect();
    assert_eq!(rows, [("apple", 1), ("pear", 5)]);

    // Earlier times can still be read.
    assert_eq!(stock.as_of(&0)?.rows().count(), 3);

    // One key, and owned rows that outlive the arrangement.
    let fruit: Vec<(String, i64)> = now.get("fruit").map(|(name, count)| (name.clone(), count)).collect();
    assert_eq!(fruit.len(), 2);
    Ok(())
}
