//! Which types can be keys, vals and differences?
//!
//! Keys and vals are ordered, can be cloned and shown: most types by one `derive`. Differences are what adds up: a count, a
//! sum of money beside it, a maximum.

use arrangement::trace::Max;
use arrangement::{Arrangement, OrdKeySpine, OrdValSpine};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Account {
    branch: u16,
    number: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Paid,
    Received,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // How many payments, and how much money in all.
    let mut payments = Arrangement::<OrdValSpine<Account, Kind, u64, (i64, i64)>>::new();
    let account = |number| Account { branch: 7, number };
    for (number, kind, day, cents) in
        [(1, Kind::Paid, 0, 250), (2, Kind::Received, 0, 250), (1, Kind::Paid, 3, 99)]
    {
        payments.update(account(number), kind, day, (1, cents))?;
    }
    payments.advance_to(4)?;
    let rows: Vec<_> = payments.as_of(&3)?.get(&account(1)).collect();
    println!("{rows:?}");
    assert_eq!(rows, [(&Kind::Paid, (2, 349))]);

    // The highest reading so far, of keys alone.
    let mut highest = Arrangement::<OrdKeySpine<String, u64, Max<i32>>>::new();
    for (hour, degrees) in [(0, -4), (1, 2), (2, 1)] {
        highest.update_key("roof", hour, Max(degrees))?;
    }
    highest.advance_to(3)?;
    assert_eq!(highest.as_of(&0)?.weight("roof"), Some(Max(-4)));
    assert_eq!(highest.as_of(&2)?.weight("roof"), Some(Max(2)));
    Ok(())
}
