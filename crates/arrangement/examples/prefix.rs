//! How are keys scanned by range or prefix, and backwards?
//!
//! Keys are in order, whatever the backend, so that both ends of any range are found by a seek, and only what is taken
//! from a scan is read.

use arrangement::{Arrangement, PreferredSpine};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = Arrangement::<PreferredSpine<str, u64, u64, i64>>::new();
    let paths = ["etc/hosts", "usr/bin/cat", "usr/bin/ls", "usr/lib/libc.so", "usr/lib/libm.so", "var/log"];
    for (size, path) in (1..).zip(paths) {
        files.insert(path, size * 100, 0)?;
    }
    files.advance_to(1)?;
    let now = files.as_of(&0)?;

    // A prefix, backwards, of which only two are read.
    let last: Vec<&str> = now.prefix("usr/").keys().rev().take(2).collect();
    println!("{last:?}");
    assert_eq!(last, ["usr/lib/libm.so", "usr/lib/libc.so"]);

    // A range.
    assert!(now.range("f".."usr/lib").keys().eq(["usr/bin/cat", "usr/bin/ls"]));

    // First, last, and the nearest to a key that is not there.
    assert_eq!((now.first_key(), now.last_key()), (Some("etc/hosts"), Some("var/log")));
    assert_eq!(now.key_not_less("usr/bin/d"), Some("usr/bin/ls"));
    assert_eq!(now.key_not_greater("usr/bin/d"), Some("usr/bin/cat"));

    // The sizes of all libraries.
    let bytes: u64 = now.prefix("usr/lib/").rows().map(|(_, size, _)| *size).sum();
    println!("{bytes} bytes of libraries");
    assert_eq!(bytes, 900);
    Ok(())
}
