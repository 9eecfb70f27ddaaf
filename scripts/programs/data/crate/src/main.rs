//! Parses, groups, rewrites in threads and serialises records.
use serde_derive::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize, Clone, PartialEq)]
struct Record {
    id: u32,
    name: String,
    score: f64,
    tags: Vec<String>,
    nested: BTreeMap<String, serde_json::Value>,
}

fn checksum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("no file")?;
    let records: Vec<Record> = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let mut names = Vec::new();
    std::thread::scope(|scope| {
        let parts: Vec<_> = records
            .chunks(500)
            .map(|chunk| scope.spawn(|| chunk.iter().map(|r| r.name.to_uppercase() + &"y".repeat(r.id as usize % 300)).collect::<Vec<_>>()))
            .collect();
        names.extend(parts.into_iter().flat_map(|part| part.join().expect("a thread panicked")));
    });
    println!("names {} {}", names.len(), checksum(&names.join(",")));
    let mut groups: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for record in &records {
        groups.entry(record.tags[0].clone()).or_default().push(record.clone());
    }
    let text = serde_json::to_string_pretty(&groups)?;
    let again: BTreeMap<String, Vec<Record>> = serde_json::from_str(&text)?;
    println!("groups {} {} {}", groups.len(), again == groups, checksum(&text));
    let total: usize = (0..64usize)
        .map(|n| (0..2000usize).map(|i| vec![n as u8; (i * n) % 4000].into_boxed_slice().len()).sum::<usize>())
        .sum();
    println!("boxes {total}");
    Ok(())
}
