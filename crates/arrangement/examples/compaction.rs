//! What does compaction do?
//!
//! It gives up telling apart the times before a frontier. Reads at or beyond the frontier find what they always found;
//! reads before it are refused. Updates that differ only in their time, and those that cancel, become one or none.

use arrangement::{Arrangement, OrdValSpine, Progress};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // One sensor whose value changes every second.
    let mut sensors = Arrangement::<OrdValSpine<String, u64, u64, i64>>::new();
    for second in 0..100 {
        sensors.insert("boiler", second * 7, second)?;
        if second > 0 {
            sensors.remove("boiler", (second - 1) * 7, second)?;
        }
    }
    sensors.advance_to(100)?;
    let before = sensors.sizes().batches.updates.records;
    assert_eq!(before, 199); // all history: each value came, and all but one went
    assert!(sensors.as_of(&10)?.get("boiler").eq([(&70, 1)]));

    // From now on nobody asks for what was before second 90.
    sensors.compact_to(90)?;
    println!("{}", sensors.as_of(&10).unwrap_err());
    assert!(sensors.as_of(&90)?.get("boiler").eq([(&630, 1)]));

    // Memory follows as batches merge: with what comes in, or at once if there is time.
    while sensors.exert() == Progress::Working {}
    let after = sensors.sizes().batches.updates.records;
    println!("{before} updates before, {after} after");
    assert_eq!(after, 19); // the value as of 90, and nine times one that went and one that came
    assert!(sensors.as_of(&90)?.get("boiler").eq([(&630, 1)]));
    assert!(sensors.as_of(&99)?.get("boiler").eq([(&693, 1)]));
    Ok(())
}
