//! How is a long scan cut into pages that can be asked for one by one?
//!
//! Take as many rows as a page has. Where the scan then is, its bookmark, is plain data from which a later scan goes on: of
//! this arrangement, or of a snapshot in another place. A budget bounds what a page costs instead: so many pairs are
//! looked at, shown or not.

use arrangement::{Arrangement, OrdValSpine};

const PAGE: usize = 100;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut index = Arrangement::<OrdValSpine<u64, u64, u64, i64>>::new();
    index.extend((0..1_000).map(|n| ((n / 3, n), 0, 1)))?;
    index.extend((0..1_000).filter(|n| n % 10 > 0).map(|n| ((n / 3, n), 1, -1)))?;
    index.advance_to(2)?;

    // Pages of so many rows.
    let then = index.as_of(&0)?;
    let (mut rows, mut pages) = (then.rows(), Vec::new());
    while let Some(bookmark) = rows.bookmark() {
        rows = then.rows().resume(&bookmark);
        pages.push(rows.by_ref().take(PAGE).count());
    }
    println!("pages of {pages:?} rows");
    assert_eq!(pages, [PAGE; 10]);

    // Pages that cost so much, of what is mostly gone.
    let now = index.as_of(&1)?;
    let (mut bookmark, mut pages, mut vals) = (None, 0, Vec::new());
    loop {
        let mut page = now.rows().with_budget(PAGE);
        if let Some(bookmark) = &bookmark {
            page = page.resume(bookmark);
        }
        vals.extend(page.by_ref().map(|(_, val, _)| *val));
        pages += 1;
        bookmark = page.bookmark();
        if bookmark.is_none() {
            break;
        }
    }
    println!("{} rows on {pages} pages", vals.len());
    assert_eq!((vals.len(), pages), (100, 10));
    assert!(vals.iter().eq((0..1_000).step_by(10).collect::<Vec<u64>>().iter()));
    Ok(())
}
