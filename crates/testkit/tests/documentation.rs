//! Pages of `docs/` that are made from what the engine declares say what it says.

use std::path::Path;

use engine::promotion::reason;

/// Compares a page with what it should be, or writes it when `UPDATE_DOCS` is set.
fn check(page: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{page} is out of date: run UPDATE_DOCS=1 cargo xtask test documentation"
    );
}

#[test]
fn the_list_of_reasons_is_complete() {
    let mut page = "# Why a promotion or a code does not apply\n\n\
        Every promotion that does not apply, and every code that is refused, has exactly one `reason`: the first gate \
        that closed, the first condition that failed, or the promotion that it lost to. The codes are stable: they may \
        be shown, counted and programmed against. `needed` and `found` tell the figures, `winner_id` the promotion \
        that won, `message` what a shopper reads.\n\n\
        | `reason` | What it means |\n|---|---|\n"
        .to_owned();
    for kind in reason::all() {
        page.push_str(&format!("| `{}` | {} |\n", kind.code, kind.doc));
    }
    check("reasons.md", &page);
}

#[test]
fn every_reason_has_a_code_of_its_own() {
    let mut codes: Vec<&str> = reason::all().map(|kind| kind.code).collect();
    codes.sort_unstable();
    let count = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), count);
}
