//! What the disk takes for one flush, in the same minute.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::time::Instant;

use crate::sample;

/// Writes a page and flushes it, again and again.
pub(crate) fn measure() {
    let mut file = tempfile::tempfile().unwrap();
    let page = [7_u8; 4096];
    let begun = Instant::now();
    let flush = |_| {
        let started = Instant::now();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&page).unwrap();
        file.sync_data().unwrap();
        started.elapsed()
    };
    let waited = (0..500).map(flush).collect();
    sample::print("flush", 1, waited, begun.elapsed());
}
