//! How is the backend swapped?
//!
//! Change the one line below to any of the others, and nothing else.

use arrangement::Arrangement;

type Index = arrangement::PreferredSpine<str, str, u64, i64>;
// or: arrangement::OrdValSpine<String, String, u64, i64>
// or: arrangement::ColValSpine<String, String, u64, i64>, with the feature `columnation`
// or: arrangement::FlatValSpine<String, String, u64, i64>, with the feature `flatcontainer`

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut index = Arrangement::<Index>::new();
    index.insert("bash", "libc6", 0)?;
    index.insert("bash", "libtinfo5", 0)?;
    index.remove("bash", "libtinfo5", 1)?;
    index.insert("bash", "libtinfo6", 1)?;
    index.advance_to(2)?;
    for release in 0..2 {
        let on: Vec<String> = index.as_of(&release)?.get("bash").map(|(on, _)| on.to_string()).collect();
        println!("bash in release {release} depends on {on:?}");
        assert_eq!(on, ["libc6".to_string(), format!("libtinfo{}", release + 5)]);
    }
    Ok(())
}
