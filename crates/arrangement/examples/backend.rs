//! A program whose backend is one alias: who depends on what, release by release.
//!
//! Change the one line below to any of the others, and nothing else.

use arrangement::{Antichain, Batcher, Cursor, IntoOwned, Pipeline, Trace, TraceReader};

type Index = arrangement::PreferredSpine<str, str, u64, i64>;
// or: arrangement::OrdValSpine<String, String, u64, i64>
// or: arrangement::ColValSpine<String, String, u64, i64>, with the feature `columnation`
// or: arrangement::FlatValSpine<String, String, u64, i64>, with the feature `flatcontainer`

fn main() {
    let mut batcher = <Index as Pipeline>::Batcher::new();
    let mut index = Index::new();
    let depends = |package: &str, on: &str, release, diff| ((package.into(), on.into()), release, diff);
    let releases = [
        vec![depends("bash", "libc6", 0, 1), depends("bash", "libtinfo5", 0, 1)],
        vec![depends("bash", "libtinfo5", 1, -1), depends("bash", "libtinfo6", 1, 1)],
    ];
    for (release, mut updates) in (1..).zip(releases) {
        batcher.push(&mut updates);
        index.insert(batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(release)));
    }

    let (mut cursor, batches) = index.cursor();
    type Keys = <<Index as TraceReader>::Batch as arrangement::BatchReader>::Key;
    cursor.seek_key(&batches, Keys::borrow_as(&"bash".to_string()));
    for release in 0..2 {
        println!("bash in release {release}:");
        cursor.rewind_vals(&batches);
        while let Some(on) = cursor.get_val(&batches) {
            let mut count = 0;
            cursor.map_times(&batches, |time, diff| count += if *time <= release { *diff } else { 0 });
            if count > 0 {
                println!("  {on}");
            }
            cursor.step_val(&batches);
        }
    }
}
