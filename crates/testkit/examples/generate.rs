//! Writes the workloads of the benchmarks as JSON: `cargo xtask bench generate <folder>`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};
use testkit::wire;
use testkit::workload::{Workload, reference, shapes};

/// A folder and how JSON gets into it: one line per file, as its hash expects.
struct Folder(PathBuf);

impl Folder {
    fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        fs::write(self.0.join(name), serde_json::to_string(value)? + "\n")
    }

    /// The same in our own words.
    fn write_ours(&self, name: &str, workload: &Workload) -> io::Result<()> {
        self.write(&format!("{name}_documents.json"), &workload.documents())?;
        let carts = workload.engine_carts();
        let requests: Vec<Value> = carts.iter().map(|cart| json!({"cart": wire::cart(cart, &[])})).collect();
        self.write(&format!("{name}_requests.json"), &requests)
    }
}

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [path] = words.as_slice() else {
        return Err(io::Error::other("say into which folder"));
    };
    let folder = Folder(Path::new(path).to_owned());
    fs::create_dir_all(&folder.0)?;
    folder.write("products.json", &reference::SHOP.products())?;
    for rules in [1, 10] {
        for count in [10, 100, 1000, 10_000] {
            let workload = reference::workload(count, rules);
            let name = match rules {
                1 => format!("promotions_{count}"),
                _ => format!("promotions_{count}_r{rules}"),
            };
            folder.write("carts.json", &workload.carts)?;
            folder.write(&format!("{name}.json"), &workload.promotions)?;
            folder.write_ours(&name, &workload)?;
        }
    }
    let shapes = [
        ("sparse_10000", shapes::sparse(10_000)),
        ("fixed_100", shapes::fixed(100)),
        ("fixed_10000", shapes::fixed(10_000)),
        ("dense_1000", shapes::dense(1000)),
        ("wholesale_500", shapes::wholesale(500)),
    ];
    for (name, workload) in shapes {
        folder.write(&format!("{name}.json"), &workload.promotions)?;
        folder.write(&format!("{name}_carts.json"), &workload.carts)?;
        folder.write_ours(name, &workload)?;
    }
    Ok(())
}
