//! What happened to a key, and what changed between two times?

use arrangement::{Arrangement, OrdValSpine};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut staff = Arrangement::<OrdValSpine<String, String, u64, i64>>::new();
    staff.insert("ann", "research", 2019)?;
    staff.insert("bob", "sales", 2020)?;
    staff.remove("ann", "research", 2022)?;
    staff.insert("ann", "management", 2022)?;
    staff.remove("bob", "sales", 2023)?;
    staff.advance_to(2024)?;

    // Each val of a key with all its times, as far as compaction leaves them.
    let view = staff.view();
    for (place, times) in view.history().get("ann") {
        println!("ann, {place}: {times:?}");
    }
    let history: Vec<_> = view.history().get("ann").map(|(place, times)| (place.as_str(), times)).collect();
    assert_eq!(history, [("management", vec![(2022, 1)]), ("research", vec![(2019, 1), (2022, -1)])]);

    // What must be done to the staff of 2020 to have that of 2023.
    let difference = view.difference(&2020, &2023)?;
    let rows: Vec<_> =
        difference.rows().map(|(name, place, diff)| format!("{diff:+} {name} {place}")).collect();
    println!("{rows:#?}");
    assert_eq!(rows, ["+1 ann management", "-1 ann research", "-1 bob sales"]);

    // When each of these changes was.
    let when: Vec<_> = view.changes(&2020, &2023)?.rows().flat_map(|(_, _, times)| times).collect();
    assert_eq!(when, [(2022, 1), (2022, -1), (2023, -1)]);

    // What bob did as of some years.
    for (year, places) in [(2019, 0), (2020, 1), (2022, 1), (2023, 0)] {
        assert_eq!(staff.as_of(&year)?.get("bob").count(), places);
    }
    Ok(())
}
